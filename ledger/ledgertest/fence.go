package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// fences tests that claims are numbered for ever, and changes without a gap.
func fences(l *lab) {
	l.run("every claim has a higher fence, whatever became of the one before", func(l *lab) {
		s := l.bring("claimed", inOwnNamespace(l, l.intent(under(keyed))))
		for _, end := range []func(specimen) specimen{
			func(s specimen) specimen { l.clock.pass(lease); return s },
			func(s specimen) specimen { return l.then(s, s.event(nonbis.EventRelease)) },
			func(s specimen) specimen { return l.then(s, s.gone()) },
			func(s specimen) specimen { return l.then(l.sent(s), s.report(nonbis.OutcomeNotApplied)) },
			func(s specimen) specimen {
				s = l.then(l.sent(s), s.report(nonbis.OutcomeUnknown))
				s = l.wantNext(s, another(s.Intent, func(in *nonbis.Intent) { in.Send = true }))
				s = l.then(s, s.report(nonbis.OutcomeUnknown))
				return l.then(s, s.resolve(nonbis.OutcomeNotApplied))
			},
			func(s specimen) specimen { return l.prune(l.then(s, s.event(nonbis.EventRelease))) },
			func(s specimen) specimen { return l.then(s, s.event(nonbis.EventRelease)) },
		} {
			s = end(s)
			s = l.wantNext(s, another(s.Intent, unsent))
		}
		l.wantHistory(s.r)
	})
	l.run("every change is one revision", func(l *lab) {
		s := l.bring("claimed", under(verifiable))
		s = l.sent(s)
		s = l.then(s, s.report(nonbis.OutcomeUnknown))
		r := l.look(s.r.ID)
		l.must(found(r, nonbis.Inconclusive))
		c := l.claim(another(s.Intent, withKey("another name")))
		l.must(s.report(nonbis.OutcomeApplied))
		r = l.must(s.report(nonbis.OutcomeNotApplied))
		if want := int64(8); r.Revision != want || c.Record.Revision != want-2 {
			l.t.Errorf("revision %d, want %d", r.Revision, want)
		}
		l.wantHistory(r)
	})
	for _, condition := range conditions {
		l.run("the history of what is "+condition, func(l *lab) {
			s := l.bring(condition, under(keyed))
			l.wantHistory(s.r)
		})
	}
	l.run("a heartbeat is no change", func(l *lab) {
		s := l.bring("sending")
		before := len(l.history(s.r.ID))
		l.clock.pass(1)
		if err := l.beat(s.beat()); err != nil {
			l.t.Fatal(err)
		}
		s.r.Due = l.clock.read().Add(lease)
		l.wantSame(s.r)
		if now := len(l.history(s.r.ID)); now != before {
			l.t.Errorf("there are %d entries in the history, there were %d", now, before)
		}
	})
}

// sent takes a claim to the wire.
func (l *lab) sent(s specimen) specimen {
	l.t.Helper()
	return l.then(s, s.event(nonbis.EventSend))
}

// history returns all changes of an effect.
func (l *lab) history(id nonbis.ID) []nonbis.Change {
	l.t.Helper()
	changes, err := l.ledger.History(l.t.Context(), nonbis.HistoryQuery{ID: id})
	if err != nil {
		l.t.Fatalf("history: %v", err)
	}
	return changes
}

// wantHistory checks that the history of a record has every revision, that no
// fence falls, that each state may follow on the one before, and that it ends
// with the record.
func (l *lab) wantHistory(r *nonbis.Record) {
	l.t.Helper()
	changes := l.history(r.ID)
	last := nonbis.Change{ID: r.ID}
	for i, c := range changes {
		switch {
		case c.ID != r.ID || c.Seq <= last.Seq || c.Revision != last.Revision+1:
			l.t.Fatalf("change %d of the history is %+v, after %+v", i, c, last)
		case c.Fence < last.Fence || c.Fence > last.Fence+1:
			l.t.Fatalf("change %d has fence %d, after %d", i, c.Fence, last.Fence)
		case !legal(last.State, c.State, l.forgot):
			l.t.Fatalf("change %d makes the effect %s, which was %s", i, c.State, last.State)
		}
		last = c
	}
	if last.Revision != r.Revision || last.State != r.State || last.Fence != r.Fence {
		l.t.Fatalf("the history ends with %+v; the record has revision %d, fence %d and is %s", last, r.Revision, r.Fence, r.State)
	}
}
