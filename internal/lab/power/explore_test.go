package power

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/power/record"
	"github.com/nonbis/nonbis/internal/lab/power/record/engine"
)

// result is what came of an exploration.
type result struct {
	operations, acknowledged int
	states, distinct         int
	problems                 map[string]int // how many of a kind
	examples                 map[string]string
}

func (r *result) String() string {
	if len(r.problems) == 0 {
		return "nothing"
	}
	var s strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(r.problems)) {
		fmt.Fprintf(&s, "%s in %d of %d states, such as %s\n", kind, r.problems[kind], r.distinct, r.examples[kind])
	}
	return strings.TrimSpace(s.String())
}

// explorer crashes a recorded run at every operation.
type explorer struct {
	*checker
	seed     uint64
	variants int // random crashes at each operation
	every    int // crash only at every so many operations

	mu   sync.Mutex
	seen map[[2]uint64]bool // image, and how much was acknowledged
	result
}

func explore(t *testing.T, r record.Recording, seed uint64, variants, every int) *result {
	t.Helper()
	if err := engine.Lazy(); err != nil {
		t.Fatal(err)
	}
	x := &explorer{checker: newChecker(r), seed: seed, variants: variants, every: every, seen: map[[2]uint64]bool{}}
	x.problems, x.examples = map[string]int{}, map[string]string{}
	x.operations = len(r.Operations)
	workers := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for w := range workers {
		folder := t.TempDir()
		all.Go(func() { x.crash(t.Context(), w, workers, folder) })
	}
	all.Wait()
	return &x.result
}

// crash does the crashes of this worker's operations.
func (x *explorer) crash(ctx context.Context, worker, workers int, folder string) {
	var d Disk
	var m Image
	now := told{latest: map[nonbis.ID]record.Snapshot{}}
	for k := range len(x.recording.Operations) + 1 {
		if k > 0 {
			d.Apply(x.recording.Operations[k-1])
			now.apply(x.recording.Operations[k-1])
		}
		if k%x.every != 0 || k/x.every%workers != worker {
			continue
		}
		fates := []Fate{Nothing}
		if d.Unsynced() {
			fates = append(fates, Everything)
			for v := range x.variants {
				fates = append(fates, Some(x.seed, k, v))
			}
		}
		for _, f := range fates {
			d.Crash(f, &m)
			if n, fresh := x.fresh(&m, &now); fresh {
				x.found(x.check(ctx, &m, &now, folder, n%64 == 0), k)
			}
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.acknowledged = now.count
}

// fresh counts a state, and reports whether it has not been checked before.
func (x *explorer) fresh(m *Image, t *told) (n int, fresh bool) {
	key := [2]uint64{m.Digest(), uint64(t.count)}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.states++
	if x.seen[key] {
		return 0, false
	}
	x.seen[key] = true
	x.distinct++
	return x.distinct, true
}

func (x *explorer) found(p *problem, operation int) {
	if p == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.problems[p.kind]++
	if x.examples[p.kind] == "" {
		x.examples[p.kind] = fmt.Sprintf("after operation %d: %s", operation, p.what)
	}
}
