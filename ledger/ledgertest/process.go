package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// twoProcesses tests that a ledger is one, through however many handles.
func twoProcesses(l *lab) {
	second := l.other().ledger
	l.run("what one wrote the other reads at once", func(l *lab) {
		for _, condition := range conditions {
			s := l.bring(condition, withKey("told "+condition))
			l.on(second).wantSame(s.r)
			l.on(second).wantHistory(s.r)
		}
		if a, b := l.epoch(), l.on(second).epoch(); a != b {
			l.t.Errorf("the epochs are %+v and %+v", a, b)
		}
	})
	l.run("one goes on where the other stopped", func(l *lab) {
		here, there := l, l.on(second)
		s := here.bring("claimed")
		s = there.sent(s)
		if err := here.beat(s.beat()); err != nil {
			l.t.Fatal(err)
		}
		s = there.then(s, s.report(nonbis.OutcomeNotApplied))
		s = here.wantNext(s, another(s.Intent, func(in *nonbis.Intent) { in.Send = true }))
		there.wantClaim(there.claim(another(s.Intent)), nonbis.Existing, nonbis.StateSending)
		s = there.then(s, s.report(nonbis.OutcomeApplied))
		here.wantHistory(s.r)
	})
	l.run("a heartbeat through one keeps the other from lapsing", func(l *lab) {
		for _, condition := range []string{"claimed", "sending"} {
			here, there := l, l.on(second)
			s := here.bring(condition)
			l.clock.pass(lease)
			if err := there.beat(s.beat()); err != nil {
				l.t.Fatal(err)
			}
			here.wantAdvance(here.get(s.r.ID), s.event(nonbis.EventLapse), "!stale")
			here.wantClaim(here.claim(another(s.Intent)), nonbis.Existing, s.r.State)
		}
	})
	l.run("and is not undone by late evidence through the other", func(l *lab) {
		here, there := l, l.on(second)
		first, now := here.overtaken("freed by a person", "sending")
		l.clock.pass(lease / 2)
		if err := there.beat(now.beat()); err != nil {
			l.t.Fatal(err)
		}
		want := l.clock.read().Add(lease)
		if r := here.must(first.report(nonbis.OutcomeUnknown)); r.Due != want {
			l.t.Errorf("the lease ends at %v, want %v", r.Due, want)
		}
	})
	l.run("a report through one finds what the other has decided", func(l *lab) {
		here, there := l, l.on(second)
		s := here.bring("sending")
		freed := there.then(there.then(s, s.gone()), s.report(nonbis.OutcomeUnknown))
		there.must(freed.resolve(nonbis.OutcomeNotApplied))
		r := here.must(s.report(nonbis.OutcomeApplied))
		l.wantState(r, nonbis.StateDisputed)
		l.wantHistory(r)
	})
	l.run("a claim through one finds what the other has learned", func(l *lab) {
		here, there := l, l.on(second)
		s := here.bring("applied")
		here.wantClaim(here.claim(another(s.Intent)), nonbis.Existing, nonbis.StateApplied)
		there.wantState(there.must(s.report(nonbis.OutcomeNotApplied)), nonbis.StateDisputed)
		here.wantClaim(here.claim(another(s.Intent)), nonbis.Existing, nonbis.StateDisputed)
	})
	l.run("of many claims through both one is granted", func(l *lab) {
		for range 5 {
			in := l.intent()
			var all []nonbis.Intent
			for range callers {
				all = append(all, another(in))
			}
			claims := make([]nonbis.Claim, callers)
			together(callers, func(i int) {
				ledger := []nonbis.Ledger{l.ledger, second}[i%2]
				c, err := ledger.Claim(l.t.Context(), all[i:i+1])
				if err != nil {
					l.t.Errorf("claim: %v", err)
					return
				}
				claims[i] = c[0]
			})
			if l.t.Failed() {
				return
			}
			l.wantOne(all, claims, nonbis.Existing)
		}
	})
	l.run("a look is leased through one of them", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		leased := make([]int, callers)
		together(callers, func(i int) {
			ledger := []nonbis.Ledger{l.ledger, second}[i%2]
			due, err := ledger.Due(l.t.Context(), nonbis.DueQuery{ID: s.r.ID, Operations: []string{s.Operation}, Lease: lease})
			if err != nil {
				l.t.Errorf("due: %v", err)
			}
			leased[i] = len(due)
		})
		sum := 0
		for _, n := range leased {
			sum += n
		}
		if sum != 1 {
			l.t.Errorf("it was leased %d times", sum)
		}
	})
	l.run("when one is closed the other goes on", func(l *lab) {
		third := l.other()
		s := third.bring("sending")
		if err := third.ledger.Close(); err != nil {
			l.t.Fatal(err)
		}
		l.then(s, s.report(nonbis.OutcomeApplied))
	})
}

// persistence tests what a ledger has after everybody closed it.
func persistence(l *lab) {
	var all []specimen
	for _, condition := range conditions {
		all = append(all, l.bring(condition, withKey("kept "+condition)))
	}
	before, changes := l.epoch(), l.changes(nonbis.HistoryQuery{})
	records := l.list(nonbis.Query{})
	if err := l.ledger.Close(); err != nil {
		l.t.Fatalf("close: %v", err)
	}
	l = l.other()
	l.run("every record, in the same order", func(l *lab) { l.wantList(nonbis.Query{}, records) })
	l.run("the history", func(l *lab) {
		now := l.changes(nonbis.HistoryQuery{})
		if len(now) != len(changes) {
			l.t.Fatalf("%d changes, there were %d", len(now), len(changes))
		}
		for i := range now {
			if now[i] != changes[i] {
				l.t.Fatalf("change %d is %+v, it was %+v", i, now[i], changes[i])
			}
		}
	})
	l.run("the epoch", func(l *lab) {
		if now := l.epoch(); now != before {
			l.t.Errorf("it is %+v, it was %+v", now, before)
		}
	})
	l.run("keys, claims and what blocks them", func(l *lab) {
		for _, s := range all {
			if s.r.State == nonbis.StateNotApplied || s.r.State == nonbis.StateClaimed { // which has lapsed
				l.wantNext(s, another(s.Intent))
				continue
			}
			from := l.intent(withKey(s.Key))
			from.Namespace = s.Namespace
			l.wantClaim(l.claim(from), nonbis.Existing, s.r.State)
			c := l.claim(another(s.Intent, withKey(""), repeated("second")))
			if blocked := c.Verdict == nonbis.Blocked; blocked != (s.r.State != nonbis.StateApplied) {
				l.t.Errorf("a repeat of what is %s: %s", s.r.State, verdict(c.Verdict))
			}
		}
	})
	l.run("and it goes on", func(l *lab) {
		s := all[1] // sending
		s.r = l.get(s.r.ID)
		s = l.then(s, s.report(nonbis.OutcomeApplied))
		l.wantHistory(s.r)
		l.bring("applied")
	})
}
