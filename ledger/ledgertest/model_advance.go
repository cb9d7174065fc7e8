package ledgertest

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
)

// advance asks both ledgers for a transition.
func (m *machine) advance(t *rapid.T, ours, model nonbis.Transition) error {
	ctx := context.Background()
	done, err := m.handle(t).Advance(ctx, []nonbis.Transition{ours})
	want, _ := m.model.Advance(ctx, []nonbis.Transition{model})
	if err != nil || len(done) != 1 {
		t.Fatalf("advance: %d answers to one transition, error %v", len(done), err)
	}
	m.sameErr(t, want[0].Err, done[0].Err)
	m.same(t, want[0].Record, done[0].Record)
	return done[0].Err
}

// byOwner draws a claim, now and then one that was never granted, and asks for
// an event of it.
func (m *machine) byOwner(t *rapid.T, e nonbis.Event, change ...func(*nonbis.Transition)) {
	if len(m.grants) == 0 {
		return
	}
	// The latest are the most interesting.
	back := rapid.IntRange(0, len(m.grants)-1).Draw(t, "grants ago")
	tr := m.grants[len(m.grants)-1-back].event(e, change...)
	switch rapid.IntRange(0, 20).Draw(t, "who") {
	case 0:
		tr.Fence++
	case 1:
		tr.Token = m.token()
	case 2:
		tr.Token = nonbis.Token{}
	case 3:
		tr.ID = hash("nobody")
	}
	_ = m.advance(t, tr, tr)
}

func (m *machine) send(t *rapid.T)    { m.byOwner(t, nonbis.EventSend) }
func (m *machine) release(t *rapid.T) { m.byOwner(t, nonbis.EventRelease) }

func (m *machine) report(t *rapid.T) {
	o := rapid.SampledFrom([]nonbis.Outcome{nonbis.OutcomeApplied, nonbis.OutcomeNotApplied, nonbis.OutcomeUnknown}).Draw(t, "outcome")
	m.byOwner(t, nonbis.EventReport, m.result(t), func(tr *nonbis.Transition) { tr.Outcome, tr.Note = o, "reported" })
}

// result draws a result, or none.
func (m *machine) result(t *rapid.T) func(*nonbis.Transition) {
	body := rapid.SampledFrom([]string{"", `"x"`, `"too large to be kept"`}).Draw(t, "result")
	return func(tr *nonbis.Transition) {
		if body != "" {
			tr.Result = nonbis.NewOutput([]byte(body), 10)
		}
	}
}

func (m *machine) heartbeat(t *rapid.T) {
	if len(m.grants) == 0 {
		return
	}
	b := rapid.SampledFrom(m.grants).Draw(t, "grant").beat()
	if rapid.IntRange(0, 9).Draw(t, "who") == 0 {
		b.Fence++
	}
	ctx := context.Background()
	got, err := m.handle(t).Heartbeat(ctx, []nonbis.Beat{b})
	want, _ := m.model.Heartbeat(ctx, []nonbis.Beat{b})
	if err != nil || len(got) != 1 {
		t.Fatalf("heartbeat: %d answers, error %v", len(got), err)
	}
	m.sameErr(t, want[0], got[0])
}

// any draws a record as it is, or returns nil.
func (m *machine) any(t *rapid.T, states ...nonbis.State) *nonbis.Record {
	p, _ := m.model.List(context.Background(), nonbis.Query{States: states})
	if len(p.Records) == 0 {
		return nil
	}
	return p.Records[rapid.IntRange(0, len(p.Records)-1).Draw(t, "effect")]
}

// seen makes a transition stand on the revision that is, or rarely on another.
func seen(t *rapid.T, r *nonbis.Record, tr nonbis.Transition) nonbis.Transition {
	tr.ID, tr.Revision = r.ID, r.Revision
	if rapid.IntRange(0, 9).Draw(t, "revision") == 0 {
		tr.Revision--
	}
	return tr
}

func (m *machine) lapse(t *rapid.T) {
	r := m.any(t, nonbis.StateClaimed, nonbis.StateSending, nonbis.StateUnknown)
	if r == nil {
		return
	}
	tr := seen(t, r, nonbis.Transition{Event: nonbis.EventLapse, Gone: rapid.Bool().Draw(t, "gone"), Fence: r.Fence})
	if r.State == nonbis.StateUnknown && len(r.Attempts) > 1 {
		tr.Fence = rapid.SampledFrom(r.Attempts).Draw(t, "attempt").Fence
	}
	_ = m.advance(t, tr, tr)
}

func (m *machine) resolve(t *rapid.T) {
	r := m.any(t)
	if r == nil || rapid.IntRange(0, 2).Draw(t, "asked") > 0 { // persons are rare
		return
	}
	o := rapid.SampledFrom([]nonbis.Outcome{nonbis.OutcomeApplied, nonbis.OutcomeNotApplied}).Draw(t, "outcome")
	tr := seen(t, r, nonbis.Transition{Event: nonbis.EventResolve, Outcome: o, Note: "decided"})
	m.result(t)(&tr)
	_ = m.advance(t, tr, tr)
}

// looked ends a look that was leased, however long ago.
func (m *machine) looked(t *rapid.T) {
	if len(m.looks) > 0 {
		m.find(t, m.looks[len(m.looks)-1-rapid.IntRange(0, len(m.looks)-1).Draw(t, "looks ago")])
	}
}

// look lets some time pass, leases all looks that are due, and ends one of them.
func (m *machine) look(t *rapid.T) {
	m.clock.pass(rapid.SampledFrom([]time.Duration{0, settle, settle, lease, time.Hour}).Draw(t, "time"))
	n := len(m.looks)
	m.dueOf(t, nonbis.DueQuery{Operations: m.operations, Lease: lease})
	if len(m.looks) > n {
		m.find(t, m.looks[rapid.IntRange(n, len(m.looks)-1).Draw(t, "look")])
	}
}

// find ends a look with a finding.
func (m *machine) find(t *rapid.T, look leased) {
	v := rapid.SampledFrom([]nonbis.FindingVerdict{nonbis.Absent, nonbis.Absent, nonbis.Absent, nonbis.Absent, nonbis.Inconclusive, nonbis.Present, nonbis.Conflicting}).Draw(t, "finding")
	ours, model := found(look.got, v), found(look.want, v)
	m.result(t)(&ours)
	model.Result = ours.Result
	// The attempts as they are now, the look as it was leased.
	before, err := m.handles[0].Get(context.Background(), ours.ID)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	if m.advance(t, ours, model) == nil {
		before.Look.Started = look.got.Look.Started
		m.watch.looked(before, v)
	}
}
