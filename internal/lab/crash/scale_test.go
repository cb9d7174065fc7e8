//go:build linux

package crash_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// scale is LAB_SCALE: how much is tried, 1 by default.
func scale(t *testing.T) int {
	t.Helper()
	return int(number(t, "LAB_SCALE", 1))
}

// seed is LAB_SEED, or one from the clock.
var clockSeed = uint64(time.Now().UnixNano())

func seed(t *testing.T) uint64 {
	t.Helper()
	return number(t, "LAB_SEED", clockSeed)
}

func number(t *testing.T, name string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
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
