package simulation_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/ledger/memory"
)

// day is for how long callers call.
const day = 24 * time.Hour

// wishes is how many effects a world has, repeats not counted.
const wishes = 24

// world is everything that one seed makes.
type world struct {
	seed      uint64
	chance    *chance
	roughness float64 // of what happens to processes and to the ledger

	machines   []*machine
	oneBoot    bool       // one machine, of which all processes can be ended, but which is never started again
	home       []*machine // by slot
	space      []string   // by slot: the pid namespace
	host       *machine   // of the ledger
	ledger     *memory.Ledger
	options    nonbis.Options
	operations []*operation
	wishes     []*wish

	calm     atomic.Bool // nothing more goes wrong
	stopped  chan struct{}
	going    sync.WaitGroup
	settling *settling

	mu        sync.Mutex
	lives     [3]int // by slot
	slots     []*process
	everybody map[int]*process // by pid
	outage    time.Time        // the ledger is down until then
	provider  []judge.Event
	calls     []judge.Call
	story     []line
	counts    map[string]int
	words     map[string]nonbis.Outcome // what a sender has said of its effect: applied outranks
	lost      map[claimed]bool          // attempts that were told that they lost their claim
	looks     map[string]int            // by effect
	broken    []judge.Violation         // found without the judge
}

// newWorld draws a world. It is called inside the bubble.
func newWorld(seed uint64) *world {
	w := &world{
		seed: seed, chance: newChance(seed), stopped: make(chan struct{}), settling: newSettling(),
		everybody: map[int]*process{}, counts: map[string]int{}, words: map[string]nonbis.Outcome{}, lost: map[claimed]bool{}, looks: map[string]int{}, slots: make([]*process, 3),
	}
	r := w.chance.of("world")
	w.roughness = oneOf(r, 0.3, 1, 2)
	for n := range 3 {
		w.machines = append(w.machines, newMachine(fmt.Sprintf("m%d", n), between(r, time.Minute, 90*day)))
	}
	w.host = w.machines[0]
	a, b, c := w.machines[0], w.machines[1], w.machines[2]
	w.home = oneOf(r, []*machine{a, a, a}, []*machine{a, a, b}, []*machine{a, b, c}, []*machine{b, c, c})
	w.oneBoot = w.home[0] == w.home[1] && w.home[1] == w.home[2] && seed%2 == 0
	w.space = oneOf(r, []string{"s", "s", "s"}, []string{"s", "s", "s"}, []string{"s", "s", "t"})
	w.ledger = memory.New(w.host.clock)
	w.options = nonbis.Options{
		Lease: between(r, 3*time.Second, 40*time.Second), Deadline: oneOf(r, -1, between(r, 5*time.Second, 2*time.Minute)),
		Wait: between(r, time.Second, time.Minute), Patience: oneOf(r, 0, time.Second),
	}
	for n := range protections {
		w.operations = append(w.operations, w.newOperation(n))
	}
	for n := range wishes {
		w.wishes = append(w.wishes, w.newWish(n, ""))
		if n%8 == 3 {
			w.wishes = append(w.wishes, w.newWish(n, "second"))
		}
	}
	return w
}

// live lets a day pass.
func (w *world) live() {
	for slot := range w.slots {
		w.start(slot)
	}
	var callers sync.WaitGroup
	for n, wish := range w.wishes {
		for c := range 1 + n%3 {
			callers.Go(func() { w.want(fmt.Sprintf("%d.%d", n, c), wish) })
		}
	}
	w.going.Go(w.nature)
	if w.chance.of("attended").IntN(3) == 0 {
		w.going.Go(w.person)
	}
	time.Sleep(day)
	w.calm.Store(true)
	callers.Wait()
}

// slot is the present process of a slot.
func (w *world) slot(n int) *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slots[n]
}

// living reports whether the process behind an owner lives.
func (w *world) living(o nonbis.Owner) bool {
	w.mu.Lock()
	p := w.everybody[o.PID]
	w.mu.Unlock()
	return p != nil && p.alive()
}

// down reports whether the ledger cannot be reached by anybody.
func (w *world) down() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Before(w.outage)
}

func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
}
