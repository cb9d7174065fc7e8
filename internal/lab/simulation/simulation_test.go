package simulation_test

import (
	"runtime/debug"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/nonbis/nonbis/internal/lab/effort"
	"github.com/nonbis/nonbis/internal/simulator"
)

// seedsAtScale1 is how many worlds a plain run makes.
const seedsAtScale1 = 200

// TestMain lets garbage be: worlds are short-lived.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	m.Run()
}

// TestSimulation lives through many worlds, each a day, and finds no violation.
// LAB_SCALE multiplies their number, LAB_SEED makes one alone.
func TestSimulation(t *testing.T) {
	first, one := effort.Seed(t, 1)
	n := seedsAtScale1 * effort.Scale(t)
	if one {
		n = 1
	}
	all := &ending{counts: map[string]int{}}
	var mu sync.Mutex
	next := make(chan uint64, n)
	for i := range n {
		next <- first + uint64(i)
	}
	close(next)
	t.Run("worlds", func(t *testing.T) {
		for range 2 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := range next {
					end := inBubble(t, seed)
					mu.Lock()
					all.add(end)
					enough := all.failed > 2
					mu.Unlock()
					if len(end.violations) > 0 {
						t.Errorf("LAB_SEED=%d: %v\n%s", seed, end.violations, end.story)
					}
					if enough {
						return
					}
				}
			})
		}
	})
	if !one && all.failed == 0 {
		all.provesSomething(t)
	}
	t.Logf("%v", all.counts)
	t.Logf("lab: simulation days=%d effects=%d calls=%d applied=%d held=%d duplicates=%d lost=%d seed=%d",
		all.days, all.effects, all.calls, all.applied, all.held, all.broken("I1"), all.broken("I14"), first)
}

// seedsThatOnceFailed, by what was wrong with the product. A seed's world changes
// with the simulation: each was found by, and fails, its mutant in [once].
var seedsThatOnceFailed = map[uint64]string{
	2:   "the ledger failed while a call settled an unknown, and the call ended the process",
	179: "a held effect was looked for without a pause",
	190: "the same",
}

func TestSeedsThatOnceFailed(t *testing.T) {
	for seed, why := range seedsThatOnceFailed {
		if end := inBubble(t, seed); len(end.violations) > 0 {
			t.Errorf("LAB_SEED=%d (once: %s): %v\n%s", seed, why, end.violations, end.story)
		}
	}
}

// TestASeedTellsItsStoryAgain lives through a world twice.
func TestASeedTellsItsStoryAgain(t *testing.T) {
	same := 0
	for seed := range uint64(10) {
		if once, again := inBubble(t, seed), inBubble(t, seed); once.digest == again.digest {
			same++
		}
	}
	if t.Logf("%d of 10 worlds were the same again", same); same < 8 {
		t.Error("a seed does not reproduce what it found")
	}
}

func inBubble(t *testing.T, seed uint64) (end *ending) {
	t.Helper()
	synctest.Test(t, func(*testing.T) { end = run(seed) })
	return end
}

func (e *ending) add(one *ending) {
	e.days++
	if len(one.violations) > 0 {
		e.failed++
	}
	e.violations = append(e.violations, one.violations...)
	e.calls += one.calls
	e.applied += one.applied
	e.effects += one.effects
	e.held += one.held
	for what, n := range one.counts {
		e.counts[what] += n
	}
}

func (e *ending) broken(rule string) (n int) {
	for _, v := range e.violations {
		if v.Rule == rule {
			n++
		}
	}
	return n
}

// provesSomething fails when what the worlds are for did not happen in any.
func (e *ending) provesSomething(t *testing.T) {
	t.Helper()
	must := []string{
		"crash", "pause", "reboot", "wall forwards", "wall backwards", "outage",
		"slow ledger", "ledger fails before", "ledger fails after", "ledger commits later",
		"not connected", "caller left", "sender ended its goroutine", "look failed", "looks doubled",
		"unknown", "key repeated", "repeat blocked", "replayed", "held none", "held keyed", "disputed", "person", "person by day",
		"told applied", "told not-applied", "told unknown", "told in-flight", "told mismatch", "told disputed", "told unavailable",
	}
	for _, f := range simulator.Faults() {
		must = append(must, "provider "+string(f))
	}
	for _, what := range must {
		if e.counts[what] == 0 {
			t.Errorf("in no world: %s", what)
		}
	}
}
