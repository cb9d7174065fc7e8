package simulation_test

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// chance draws numbers that depend on what they are drawn for, not on which
// goroutine comes first: a seed tells the same story again.
type chance struct {
	seed uint64

	mu    sync.Mutex
	drawn map[string]int
}

func newChance(seed uint64) *chance { return &chance{seed: seed, drawn: map[string]int{}} }

// of is the source for the next thing that happens under a name.
func (c *chance) of(name string) *rand.Rand {
	c.mu.Lock()
	n := c.drawn[name]
	c.drawn[name]++
	c.mu.Unlock()
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(c.seed*0x9e3779b97f4a7c15+uint64(n), h.Sum64()))
}

// between draws a duration; every one is another, to the nanosecond, so that few
// things happen at the same moment.
func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(max(1, to-from))))
}

func often(r *rand.Rand, rate float64) bool { return r.Float64() < rate }

func oneOf[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }
