package simulation_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/nonbis/nonbis/internal/lab/export"
	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/simulator"
)

// ending is what came of a world.
type ending struct {
	violations []judge.Violation
	story      string // of the effects of the violations
	counts     map[string]int
	calls      int
	applied    int
	effects    int
	held       int
	digest     string // of what providers saw and callers were told

	days, failed int // of a sum of worlds
}

// run makes a world, lets it live and has it judged: once everything is settled
// that can be, and again when a person has settled the rest and callers came back.
func run(seed uint64) *ending {
	w := newWorld(seed)
	w.live()
	w.settle()
	end := &ending{}
	w.judge(end)
	end.held = w.everythingHeld()
	for slot := range w.slots {
		for _, wish := range w.wishes {
			w.do(w.slot(slot), wish, wish.effect, time.Minute)
		}
	}
	w.settle()
	w.judge(end)
	w.stop()
	for _, o := range w.operations {
		for fault, n := range o.provider.Counts() {
			w.counts["provider "+string(fault)] += n
		}
	}
	end.counts = w.counts
	return end
}

// settle waits until everybody lives, nothing is under way, and what is open waits
// for a person.
func (w *world) settle() {
	time.Sleep(time.Hour) // the longest that a process is down or paused
	for range 100 {
		if w.settled() {
			break
		}
		time.Sleep(time.Hour)
	}
	for _, o := range w.operations {
		o.provider.Drain()
	}
}

func (w *world) settled() bool {
	for _, r := range w.open() {
		if r.Hold == "" {
			return false
		}
	}
	return true
}

// stop ends all goroutines of the world.
func (w *world) stop() {
	close(w.stopped)
	for slot := range w.slots {
		w.slot(slot).end()
	}
	w.going.Wait()
}

// judge adds what the judge finds.
func (w *world) judge(end *ending) {
	ctx := context.Background()
	var effects, changes bytes.Buffer
	if err := export.Effects(ctx, w.ledger, &effects); err != nil {
		panic(err)
	}
	if err := export.Changes(ctx, w.ledger, &changes); err != nil {
		panic(err)
	}
	raw := effects.Bytes()
	c := judge.Case{Raw: raw, Settled: true}
	var err error
	if c.Records, err = judge.ReadLines[judge.Record](bytes.NewReader(raw)); err != nil {
		panic(err)
	}
	if c.History, err = judge.ReadLines[judge.Change](&changes); err != nil {
		panic(err)
	}
	w.mu.Lock()
	c.Provider, c.Calls = w.provider, w.calls
	w.mu.Unlock()
	end.digest = simulator.Digest(fmt.Appendf(nil, "%v %v", c.Provider, c.Calls))
	w.keptWords(c.Records)
	w.mu.Lock()
	found := append(judge.Judge(c), w.broken...)
	w.mu.Unlock()
	if len(end.violations) == 0 { // afterwards they follow from each other
		end.violations = found
		told := map[string]bool{}
		for _, v := range found {
			if !told[v.Effect] {
				told[v.Effect] = true
				end.story += fmt.Sprintf("%s\n%s", v, w.about(v.Effect))
			}
		}
	}
	end.effects, end.calls, end.applied = len(c.Records), len(c.Calls), 0
	for _, p := range c.Provider {
		if p.What == "applied" {
			end.applied++
		}
	}
}
