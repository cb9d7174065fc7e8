package simulation_test

import (
	"context"
	"time"

	"github.com/nonbis/nonbis"
)

// held are the records that wait for a person.
func (w *world) held() []*nonbis.Record {
	p, err := w.ledger.List(context.Background(), nonbis.Query{Held: true})
	if err != nil {
		panic(err) // it is in memory
	}
	return p.Records
}

// everythingHeld settles what is held or disputed when all is quiet, and returns
// how much that was.
func (w *world) everythingHeld() int {
	held := w.held()
	for _, r := range held {
		w.count("held " + string(r.Protection()))
		if r.State == nonbis.StateDisputed {
			w.count("disputed")
		}
		if r.Hold != "" && r.Protection() == nonbis.ProtectionVerifiable {
			w.count("held though it could be asked for")
		}
		w.decide(r)
	}
	return len(held)
}

// person looks after what is held during the day. What was held at one visit, and
// is as it was at the next, is settled: by then whoever could still send has, and
// the provider shows it.
func (w *world) person() {
	r := w.chance.of("person")
	before := map[nonbis.ID]int64{} // revision at the last visit
	for !w.calm.Load() {
		select {
		case <-time.After(between(r, time.Hour, 3*time.Hour)):
		case <-w.stopped:
			return
		}
		now := map[nonbis.ID]int64{}
		for _, held := range w.held() {
			if now[held.ID] = held.Revision; before[held.ID] == held.Revision && !w.calm.Load() {
				w.count("person by day")
				w.decide(held)
			}
		}
		before = now
	}
}

// decide is a person's word about one effect. It may be refused.
func (w *world) decide(r *nonbis.Record) {
	d := nonbis.Resolution{Outcome: nonbis.OutcomeNotApplied, Note: "looked at the provider", Revision: r.Revision}
	w.mu.Lock()
	for _, p := range w.provider {
		if p.What == "applied" && p.Effect == r.ID.String() {
			d.Outcome = nonbis.OutcomeApplied
		}
	}
	w.mu.Unlock()
	p := w.slot(0)
	_, err := p.guard.Resolve(context.Background(), r.ID, d)
	w.count("person")
	w.tell(r.ID.String(), p, "a person says %s: %v", d.Outcome, err)
}
