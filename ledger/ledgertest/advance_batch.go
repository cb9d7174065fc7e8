package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// advancesInBatches tests many transitions in one call, and who may ask for them.
func advancesInBatches(l *lab) {
	l.run("no transition, no answer", func(l *lab) {
		if done, err := l.ledger.Advance(l.t.Context(), nil); err != nil || len(done) != 0 {
			l.t.Errorf("%v, error %v", done, err)
		}
	})
	l.run("each gets its own answer, in the order given", func(l *lab) {
		s, other := l.bring("claimed"), l.bring("sending")
		nobody := other.event(nonbis.EventSend)
		nobody.ID = hash("nobody")
		done, err := l.ledger.Advance(l.t.Context(), []nonbis.Transition{
			s.event(nonbis.EventSend),
			nobody,
			other.event(nonbis.EventRelease),
			s.report(nonbis.OutcomeApplied, returning(`1`)),
			s.report(nonbis.OutcomeApplied, returning(`2`)),
		})
		if err != nil || len(done) != 5 {
			l.t.Fatalf("%d answers, error %v", len(done), err)
		}
		l.wantErr(done[1].Err, nonbis.ErrNotFound, nobody.ID)
		l.wantErr(done[2].Err, nonbis.ErrStale, other.r.ID)
		if done[0].Err != nil || done[3].Err != nil || done[4].Err != nil || done[1].Record != nil || done[2].Record == nil {
			l.t.Fatalf("the answers are %+v", done)
		}
		for i, want := range map[int]nonbis.State{0: nonbis.StateSending, 2: nonbis.StateSending, 3: nonbis.StateApplied, 4: nonbis.StateApplied} {
			l.wantState(done[i].Record, want)
		}
		r := l.get(s.r.ID)
		if string(r.Result.Body) != `1` || r.Revision != 3 {
			l.t.Errorf("result %s, revision %d: the second report changed something", r.Result.Body, r.Revision)
		}
		l.wantSame(other.r)
	})

	zero := func(t *nonbis.Transition) { t.Token = nonbis.Token{} }
	strangers := map[string]func(*nonbis.Transition){
		"another token":      func(t *nonbis.Transition) { t.Token = nonbis.NewToken() },
		"no token":           zero,
		"a higher fence":     func(t *nonbis.Transition) { t.Fence++ },
		"a lower fence":      func(t *nonbis.Transition) { t.Fence-- },
		"no fence, no token": func(t *nonbis.Transition) { zero(t); t.Fence = 0 },
	}
	for name, change := range strangers {
		for _, condition := range []string{"claimed", "sending", "unknown", "applied"} {
			l.run("refused under "+name+": "+condition, func(l *lab) {
				s := l.bring(condition)
				for _, e := range []nonbis.Event{nonbis.EventSend, nonbis.EventRelease, nonbis.EventReport} {
					t := s.event(e, change)
					t.Outcome = nonbis.OutcomeApplied
					want := "!stale"
					if e == nonbis.EventReport && t.Token == (nonbis.Token{}) {
						want = "!invalid"
					}
					l.wantAdvance(s.r, t, want)
				}
			})
		}
	}
	l.run("time speaks only of the revision that was seen", func(l *lab) {
		for _, condition := range []string{"claimed", "sending", "lapsed"} {
			s := l.bring(condition)
			for _, revision := range []int64{0, s.r.Revision - 1, s.r.Revision + 1} {
				t := s.gone()
				t.Revision = revision
				l.wantAdvance(s.r, t, "!stale")
			}
		}
	})
	l.run("news of an owner that is gone is about its own attempt", func(l *lab) {
		s := l.bring("not-applied")
		next := l.start(another(s.Intent))
		t := next.gone()
		t.Fence = s.fence // the first owner, long over
		if _, err := l.advance(t); err != nil && nonbis.KindOf(err) != nonbis.ErrStale {
			l.t.Errorf("error %v", err)
		}
		l.wantSame(next.r)
	})
	l.run("also when that attempt was not known to be over", func(l *lab) {
		for _, condition := range []string{"claimed", "sending"} {
			first, now := l.overtaken("freed by a person", condition)
			t := first.gone()
			t.Revision = now.r.Revision
			r, err := l.advance(t)
			if err != nil && nonbis.KindOf(err) != nonbis.ErrStale {
				l.t.Errorf("error %v", err)
			}
			if r.State != now.r.State || r.Due != now.r.Due || !r.Latest().Ended.IsZero() || r.Latest().Fence != now.fence {
				l.t.Errorf("the effect is %s, the latest attempt %+v", r.State, r.Latest())
			}
		}
	})
}
