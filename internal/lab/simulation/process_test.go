package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
)

var errDead = errors.New("the process is dead")

// process is one life of a program that runs effects: an owner and a guard. After
// its end no call of its goroutines has an effect.
type process struct {
	w       *world
	name    string
	slot    int
	machine *machine
	owner   nonbis.Owner
	guard   *nonbis.Guard
	ctx     context.Context //nolint:containedctx // ends with the process
	end     context.CancelFunc

	mu     sync.Mutex
	dead   bool
	paused chan struct{} // closed at its end; nil when it is not paused
	queue  time.Duration // grows with each that waits for its end
}

// start begins a life in a slot.
func (w *world) start(slot int) {
	w.mu.Lock()
	w.lives[slot]++
	life, m := w.lives[slot], w.home[slot]
	w.mu.Unlock()
	p := &process{w: w, name: fmt.Sprintf("p%d.%d", slot, life), slot: slot, machine: m}
	p.ctx, p.end = context.WithCancel(context.Background())
	p.owner = nonbis.Owner{Machine: m.name, Boot: m.boot(), Space: w.space[slot], PID: 1000*(1+slot) + life, Started: p.name}
	o := w.options
	o.Owner, o.Fate, o.Clock = p.owner, p.fate, m.clock
	p.guard = nonbis.New(&shaky{Ledger: w.ledger, p: p}, &o)
	for _, op := range w.operations {
		p.guard.Register(op.name, op.terms(p))
	}
	w.mu.Lock()
	w.slots[slot] = p
	w.everybody[p.owner.PID] = p
	w.mu.Unlock()
	w.tell("", p, "starts on %s", p.owner.Boot)
	w.going.Go(p.resolve)
}

// gate is passed by whatever the process does outside of itself. It waits while
// the process is paused.
func (p *process) gate() error {
	for {
		p.mu.Lock()
		dead, paused := p.dead, p.paused
		p.queue += time.Microsecond
		turn := p.queue
		p.mu.Unlock()
		switch {
		case dead:
			return errDead
		case paused == nil:
			return nil
		}
		<-paused
		time.Sleep(turn) // whoever goes on does so in order, so that a seed repeats it
	}
}

func (p *process) alive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.dead
}

// crash ends the process, and starts another in its slot later.
func (p *process) crash(why string) {
	p.crashFor(why, between(p.w.chance.of("restart "+p.name), time.Second, 20*time.Minute))
}

func (p *process) crashFor(why string, down time.Duration) {
	p.mu.Lock()
	was := p.dead
	p.dead = true
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
	}
	p.mu.Unlock()
	if was {
		return
	}
	p.end()
	p.w.count("crash")
	p.w.tell("", p, "crashes: %s", why)
	p.w.going.Go(func() {
		time.Sleep(down)
		p.w.start(p.slot)
	})
}

// long is how long a process is paused: for less than an hour.
func long(r *rand.Rand) time.Duration {
	return between(r, time.Second, oneOf(r, time.Minute, 10*time.Minute, 50*time.Minute))
}

// pause stops the process at its next step outside of itself, for a while.
func (p *process) pause(d time.Duration) {
	p.mu.Lock()
	if p.dead || p.paused != nil {
		p.mu.Unlock()
		return
	}
	paused := make(chan struct{})
	p.paused = paused
	p.queue = 0
	p.mu.Unlock()
	p.w.count("pause")
	p.w.tell("", p, "is paused for %s", d)
	p.w.going.Go(func() {
		time.Sleep(d)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.paused == paused {
			close(paused)
			p.paused = nil
			p.w.tell("", p, "goes on")
		}
	})
}

// fate is what this process can see of an owner: as [nonbis.Owner.Fate], with the
// world in the place of the system.
func (p *process) fate(o nonbis.Owner) nonbis.Fate {
	switch {
	case o.Machine != p.owner.Machine:
		return nonbis.FateUnseen
	case o.Boot != p.owner.Boot:
		return nonbis.FateGone
	case o.Space != p.owner.Space:
		return nonbis.FateUnseen
	case p.w.living(o):
		return nonbis.FateAlive
	}
	return nonbis.FateGone
}
