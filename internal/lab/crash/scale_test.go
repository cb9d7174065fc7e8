//go:build linux

package crash_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/lab/effort"
)

var clockSeed = uint64(time.Now().UnixNano())

// seed is LAB_SEED, or one from the clock.
func seed(t *testing.T) uint64 {
	t.Helper()
	n, _ := effort.Seed(t, clockSeed)
	return n
}

func random(t *testing.T, stream int) *rand.Rand {
	t.Helper()
	return rand.New(rand.NewPCG(seed(t), uint64(stream)))
}

// atOnce is how many trials run at a time: most of the time they wait.
const atOnce = 8

// inParallel runs the trials, atOnce at a time, until all are over. A trial that
// cannot go on ends its goroutine.
func inParallel(trials []func()) {
	queue := make(chan func(), len(trials))
	for _, trial := range trials {
		queue <- trial
	}
	close(queue)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for trial := range queue {
				var one sync.WaitGroup
				one.Go(trial)
				one.Wait()
			}
		})
	}
	wg.Wait()
}
