package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// wanderer drives a ledger at random, as owners, resolvers and people do.
type wanderer struct {
	*rand.Rand
	ledger nonbis.Ledger
	now    *nonbis.Instant
	claims []nonbis.Claim
}

func (w *wanderer) step(ctx context.Context, t *testing.T) {
	t.Helper()
	now := w.now.Add(time.Duration(w.IntN(20)) * time.Second)
	*w.now = now
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch w.IntN(10) {
	case 0, 1, 2:
		claims, err := w.ledger.Claim(ctx, []nonbis.Intent{w.intent(t)})
		check(err)
		if claims[0].Verdict == nonbis.Granted {
			w.claims = append(w.claims, claims[0])
		}
	case 3:
		_, err := w.ledger.Due(ctx, nonbis.DueQuery{Operations: []string{"run"}, Lease: time.Minute, Limit: 5})
		check(err)
	case 4:
		if w.IntN(20) == 0 {
			_, err := w.ledger.Prune(ctx, nonbis.PruneQuery{Before: w.now.Wall.Add(-time.Minute)})
			check(err)
		}
	default:
		if len(w.claims) == 0 {
			return
		}
		r := w.claims[w.IntN(len(w.claims))].Record
		fresh, err := w.ledger.Get(ctx, r.ID)
		check(err)
		a := r.Latest()
		_, err = w.ledger.Advance(ctx, []nonbis.Transition{{
			ID: r.ID, Event: nonbis.Event(1 + w.IntN(6)), Fence: a.Fence, Revision: fresh.Revision,
			Token:   []nonbis.Token{a.Token, fresh.Look.Token}[w.IntN(2)],
			Outcome: nonbis.Outcome(1 + w.IntN(3)), Verdict: nonbis.FindingVerdict(w.IntN(4)),
			Gone: w.IntN(2) == 0, Lease: 10 * time.Second,
			Result: nonbis.NewOutput([]byte(`{"a":1}`), w.IntN(20)),
		}})
		check(err)
	}
}

func (w *wanderer) intent(t *testing.T) nonbis.Intent {
	t.Helper()
	e := nonbis.Effect{Task: fmt.Sprint("t", w.IntN(4)), Operation: "run", Payload: w.IntN(2), Repeat: []string{"", "again"}[w.IntN(2)]}
	if w.IntN(4) == 0 {
		e.Task, e.Key = "", "k"
	}
	name, payload, err := e.Describe("default")
	if err != nil {
		t.Fatal(err)
	}
	in := nonbis.Intent{
		Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(), Owner: nonbis.Owner{PID: 1},
		Lease: 10 * time.Second, Deadline: 20 * time.Second, Send: w.IntN(4) > 0,
	}
	if e.Task == "" {
		in.Scope = nonbis.ScopeKey
	}
	switch w.IntN(3) {
	case 0:
		in.Terms.Verify = true
	case 1: // whose claim may repeat an unknown: then it is about to send
		in.Terms.KeyWindow, in.Request, in.Send = 3*time.Minute, []byte("r"), true
	}
	return in
}

func TestAuditFindsNothingWrongWithWhateverHappens(t *testing.T) {
	for seed := range uint64(40) {
		now := nonbis.Instant{Wall: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Tick: time.Hour, Timeline: "test"}
		l := memory.New(func() nonbis.Instant { return now })
		w := &wanderer{Rand: rand.New(rand.NewPCG(seed, 0)), ledger: l, now: &now}
		for range 1000 {
			w.step(t.Context(), t)
		}
		a := audit{ledger: l}
		if err := a.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(a.problems) > 0 {
			t.Errorf("seed %d: %d effects, %d changes:\n%s", seed, a.effects, a.changes, strings.Join(a.problems, "\n"))
		}
		if a.effects < 8 || a.changes < 50 {
			t.Errorf("seed %d walked over no more than %d effects and %d changes", seed, a.effects, a.changes)
		}
	}
}

// damaged is a ledger that was changed behind its back.
type damaged struct {
	nonbis.Ledger
	record func(*nonbis.Record)
	change func([]nonbis.Change) []nonbis.Change
}

func (d damaged) Get(ctx context.Context, id nonbis.ID) (*nonbis.Record, error) {
	r, err := d.Ledger.Get(ctx, id)
	if err == nil && d.record != nil {
		d.record(r)
	}
	return r, err
}

func (d damaged) List(ctx context.Context, q nonbis.Query) (nonbis.Page, error) {
	p, err := d.Ledger.List(ctx, q)
	for _, r := range p.Records {
		if d.record != nil {
			d.record(r)
		}
	}
	return p, err
}

func (d damaged) History(ctx context.Context, q nonbis.HistoryQuery) ([]nonbis.Change, error) {
	changes, err := d.Ledger.History(ctx, q)
	if d.change != nil {
		changes = d.change(changes)
	}
	return changes, err
}

func TestAuditFindsDamage(t *testing.T) {
	tests := []struct {
		name, fate string
		record     func(*nonbis.Record)
		change     func([]nonbis.Change) []nonbis.Change
		want       string
	}{
		{name: "another task", fate: "applied", record: func(r *nonbis.Record) { r.Task = "x" }, want: "its id is not that of its name"},
		{name: "another base", fate: "applied", record: func(r *nonbis.Record) { r.Base[0]++ }, want: "its base id is not that of its name"},
		{name: "another state", fate: "unknown", record: func(r *nonbis.Record) { r.State = nonbis.StateNotApplied }, want: "its history ends as unknown"},
		{name: "another revision", fate: "unknown", record: func(r *nonbis.Record) { r.Revision++ }, want: "its history ends at revision 2"},
		{name: "a lower fence", fate: "unknown", record: func(r *nonbis.Record) { r.Fence = 0 }, want: "attempt 1 has fence 1, the effect 0"},
		{name: "a result cut short", fate: "applied", record: func(r *nonbis.Record) { r.Result.Body = r.Result.Body[:1] }, want: "its result is not the one"},
		{name: "sending, but over", fate: "sending", record: func(r *nonbis.Record) { r.Attempts[0].Outcome = nonbis.OutcomeApplied }, want: "it is sending, but"},
		{name: "claimed, but sent", fate: "claimed", record: func(r *nonbis.Record) { r.Attempts[0].Sent = true }, want: "it is claimed, but"},
		{name: "unknown without cause", fate: "unknown", record: func(r *nonbis.Record) { r.Attempts[0].Outcome = nonbis.OutcomeNotApplied }, want: "it is unknown, but every attempt"},
		{name: "freed without proof", fate: "not-applied", record: func(r *nonbis.Record) { r.Attempts[0].Outcome = nonbis.OutcomeUnknown }, want: "it is not applied, but of an attempt"},
		{name: "freed although it happened", fate: "not-applied", record: func(r *nonbis.Record) { r.Attempts[0].Outcome = nonbis.OutcomeApplied }, want: "it is not applied, but an attempt was"},
		{name: "applied by nobody", fate: "applied", record: func(r *nonbis.Record) { r.Attempts[0].Outcome = nonbis.OutcomeUnknown }, want: "it is applied, but no attempt was"},
		{name: "held although settled", fate: "applied", record: func(r *nonbis.Record) { r.Hold = "x" }, want: "it is applied, and held"},
		{name: "an open tombstone", fate: "unknown", record: func(r *nonbis.Record) { r.Pruned = true }, want: "it was pruned while it was unknown"},
		{name: "a hole in the history", fate: "applied", change: func(c []nonbis.Change) []nonbis.Change {
			return slices.DeleteFunc(c, func(c nonbis.Change) bool { return c.Revision == 1 })
		}, want: "its history goes from revision 0 to 2"},
		{name: "no history", fate: "applied", change: func([]nonbis.Change) []nonbis.Change { return nil }, want: "it has a record, but no history"},
		{name: "an illegal step", fate: "applied", change: func(c []nonbis.Change) []nonbis.Change {
			if len(c) > 0 {
				c[0].State = nonbis.StateDisputed
			}
			return c
		}, want: "its history goes from none to disputed at revision 1, which is not legal"},
		{name: "a fence that goes back", fate: "applied", change: func(c []nonbis.Change) []nonbis.Change {
			if len(c) > 0 && c[0].Revision == 1 {
				c[0].Fence = 9
			}
			return c
		}, want: "its fence went back from 9 to 1 at revision 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := memory.New(nil)
			s := seed{effect: nonbis.Effect{Task: "t", Operation: "run", Payload: 1}, namespace: "default", fate: test.fate, result: `{"a":1}`}
			if _, err := s.plant(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			sound := audit{ledger: l}
			if err := sound.run(t.Context()); err != nil || len(sound.problems) > 0 {
				t.Fatalf("undamaged: %v %q", err, sound.problems)
			}
			a := audit{ledger: damaged{Ledger: l, record: test.record, change: test.change}}
			if err := a.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(a.problems, "\n"), test.want) {
				t.Errorf("problems %q, want one with %q", a.problems, test.want)
			}
		})
	}
}
