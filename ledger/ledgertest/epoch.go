package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// epoch reads the epoch.
func (l *lab) epoch() nonbis.Epoch {
	l.t.Helper()
	e, err := l.ledger.Epoch(l.t.Context())
	if err != nil || e.ID == "" {
		l.t.Fatalf("epoch %+v, error %v", e, err)
	}
	return e
}

// epochs tests that an unbroken memory keeps its name.
func epochs(l *lab) {
	l.run("it stays, whatever is written", func(l *lab) {
		before := l.epoch()
		if before.Suspect != "" {
			l.t.Errorf("a new ledger is suspect: %s", before.Suspect)
		}
		for _, condition := range conditions {
			l.bring(condition)
		}
		l.clock.reboot()
		if now := l.epoch(); now != before {
			l.t.Errorf("the epoch is %+v, it was %+v", now, before)
		}
	})
	l.run("a person's word begins a new one, and changes no effect", func(l *lab) {
		s := l.bring("sending")
		seen := map[string]bool{l.epoch().ID: true}
		for range 3 {
			if err := l.ledger.Accept(l.t.Context()); err != nil {
				l.t.Fatal(err)
			}
			e := l.epoch()
			if seen[e.ID] || e.Suspect != "" {
				l.t.Errorf("epoch %+v, after %v", e, seen)
			}
			seen[e.ID] = true
		}
		l.wantSame(s.r)
		l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateSending)
	})
	l.run("two ledgers have two", func(l *lab) {
		if a, b := l.epoch(), open(l.t, l.h).epoch(); l.h.Features.Persistent && a.ID == b.ID {
			l.t.Errorf("both are %s", a.ID)
		}
	})
}
