package ledgertest

import (
	"slices"
	"time"

	"github.com/nonbis/nonbis"
)

// due asks what is due; without operations, no look is.
func (l *lab) due(q nonbis.DueQuery) []*nonbis.Record {
	l.t.Helper()
	q.Lease = lease
	due, err := l.ledger.Due(l.t.Context(), q)
	if err != nil {
		l.t.Fatalf("due: %v", err)
	}
	for _, r := range due {
		l.stored(r)
	}
	return due
}

// wantDue checks which effects are due, in any order.
func (l *lab) wantDue(q nonbis.DueQuery, want ...specimen) {
	l.t.Helper()
	due := l.due(q)
	for _, r := range due {
		if !slices.ContainsFunc(want, func(s specimen) bool { return s.r.ID == r.ID }) {
			l.t.Errorf("an effect that is %s is due: %s", r.State, r.ID)
		}
	}
	if len(due) != len(want) {
		l.t.Errorf("%d are due, want %d", len(due), len(want))
	}
}

// dues tests what time has something to say about.
func dues(l *lab) {
	both := []string{"claimed", "sending"}
	bring := func(l *lab) (all []specimen) {
		for _, condition := range both {
			all = append(all, l.bring(condition))
		}
		return all
	}
	l.fresh("what lapsed is due, not a moment before", func(l *lab) {
		all := bring(l)
		l.wantDue(nonbis.DueQuery{})
		l.clock.pass(lease - 1)
		l.wantDue(nonbis.DueQuery{})
		l.clock.pass(1)
		l.wantDue(nonbis.DueQuery{}, all...)
		l.wantDue(nonbis.DueQuery{}, all...) // it is only reported
		for _, s := range all {
			l.wantSame(s.r)
		}
	})
	l.fresh("what was lapsed is due no more", func(l *lab) {
		for _, s := range bring(l) {
			l.clock.pass(lease)
			l.then(s, s.event(nonbis.EventLapse))
		}
		l.clock.pass(lease)
		l.wantDue(nonbis.DueQuery{})
	})
	l.fresh("the wall clock says nothing about leases", func(l *lab) {
		all := bring(l)
		l.clock.jump(1000 * time.Hour)
		l.wantDue(nonbis.DueQuery{})
		l.wantClaim(l.claim(another(all[0].Intent)), nonbis.Existing, nonbis.StateClaimed)
		l.clock.jump(-2000 * time.Hour)
		l.wantDue(nonbis.DueQuery{})
		l.clock.tick(lease)
		l.wantDue(nonbis.DueQuery{}, all...)
	})
	l.fresh("after a restart every lease has lapsed", func(l *lab) {
		all := bring(l)
		l.clock.reboot()
		l.wantDue(nonbis.DueQuery{}, all...)
		l.wantNext(all[0], another(all[0].Intent))
		l.then(all[1], all[1].event(nonbis.EventLapse))
		l.wantDue(nonbis.DueQuery{})
	})
	l.fresh("one effect may be asked about", func(l *lab) {
		all := bring(l)
		l.wantDue(nonbis.DueQuery{ID: all[0].r.ID})
		l.clock.pass(lease)
		l.wantDue(nonbis.DueQuery{ID: all[1].r.ID}, all[1])
		l.wantDue(nonbis.DueQuery{ID: hash("nobody")})
	})
	l.fresh("no more than the limit", func(l *lab) {
		for range 3 {
			bring(l)
		}
		l.clock.pass(lease)
		for limit, want := range []int{6, 1, 2, 3, 4, 5, 6, 6} {
			if n := len(l.due(nonbis.DueQuery{Limit: limit})); n != want {
				l.t.Errorf("limit %d: %d are due, want %d", limit, n, want)
			}
		}
	})
	l.fresh("nothing that is over, disputed or held is ever due", func(l *lab) {
		for _, condition := range conditions {
			if !slices.Contains(both, condition) {
				l.bring(condition)
			}
		}
		l.clock.pass(10 * 365 * 24 * time.Hour)
		l.wantDue(nonbis.DueQuery{Operations: []string{"test.send"}})
		l.clock.reboot()
		l.wantDue(nonbis.DueQuery{Operations: []string{"test.send"}})
		for _, condition := range conditions {
			if s := l.bring(condition); !s.r.State.Open() || s.r.State == nonbis.StateDisputed {
				l.wantDue(nonbis.DueQuery{ID: s.r.ID, Operations: []string{"test.send"}})
			}
		}
	})
	l.fresh("an unknown whose key may be repeated is due when it no longer may, and then it is held", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		if s.r.Hold != "" {
			l.t.Fatalf("it is held inside the window: %s", s.r.Hold)
		}
		l.clock.pass(window - time.Hour)
		l.wantDue(nonbis.DueQuery{})
		l.clock.pass(time.Hour)
		l.wantDue(nonbis.DueQuery{}, s)
		if s = l.then(s, s.event(nonbis.EventLapse)); s.r.Hold == "" || s.r.State != nonbis.StateUnknown {
			l.t.Errorf("it is %s, held %q", s.r.State, s.r.Hold)
		}
		l.wantDue(nonbis.DueQuery{})
	})
	l.fresh("a hold that a clock caused ends with it", func(l *lab) {
		s := l.bring("sending", under(keyed))
		l.clock.pass(lease)
		l.clock.jump(-time.Hour)
		if s = l.then(s, s.event(nonbis.EventLapse)); s.r.Hold == "" {
			l.t.Fatal("it is not held although nobody knows how old its key is")
		}
		l.clock.jump(time.Hour)
		if s = l.then(s, s.report(nonbis.OutcomeUnknown)); s.r.Hold != "" {
			l.t.Errorf("it is held: %s", s.r.Hold)
		}
		l.wantNext(s, another(s.Intent))
	})
}
