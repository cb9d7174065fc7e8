package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// claimsAgain tests who may claim what was claimed before.
func claimsAgain(l *lab) {
	l.run("a claim that lapsed goes to the next owner", func(l *lab) {
		s := l.bring("claimed")
		l.clock.pass(lease - 1)
		l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateClaimed)
		l.clock.pass(1)
		next := l.wantNext(s, another(s.Intent))
		if len(next.r.Attempts) != 1 {
			l.t.Errorf("%d attempts are recorded: the first owner sent nothing", len(next.r.Attempts))
		}
		for _, e := range []nonbis.Event{nonbis.EventSend, nonbis.EventRelease} {
			_, err := l.advance(s.event(e))
			l.wantErr(err, nonbis.ErrStale, s.r.ID)
		}
		l.wantSame(next.r)
	})
	l.run("an effect that is sending stays its owner's when the lease lapses", func(l *lab) {
		s := l.bring("sending")
		l.clock.pass(1000 * time.Hour)
		l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateSending)
		l.wantSame(s.r)
	})
	l.run("time alone frees nothing", func(l *lab) {
		for _, condition := range []string{"unknown", "lapsed", "disputed", "applied"} {
			s := l.bring(condition)
			l.clock.pass(10 * 365 * 24 * time.Hour)
			l.clock.reboot()
			l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, s.r.State)
			l.wantSame(s.r)
		}
	})
	l.run("released: the next owner may send", func(l *lab) {
		s := l.bring("released")
		next := l.wantNext(s, another(s.Intent))
		if len(next.r.Attempts) != 1 {
			l.t.Errorf("%d attempts are recorded: the first owner sent nothing", len(next.r.Attempts))
		}
	})
	l.run("not applied: the next attempt is counted", func(l *lab) {
		s := l.bring("not-applied")
		for n := 2; n < 5; n++ {
			s = l.wantNext(s, another(s.Intent))
			if a := s.r.Attempts; len(a) != n || a[n-1].Number != n || a[n-2].Outcome != nonbis.OutcomeNotApplied {
				l.t.Fatalf("the attempts are %+v, want %d, those before not applied", a, n)
			}
			s = l.then(s, s.report(nonbis.OutcomeNotApplied))
		}
	})
	l.run("not applied: the next claim brings the terms of now", func(l *lab) {
		s := l.bring("not-applied")
		next := l.wantNext(s, another(s.Intent, under(verifiable)))
		if next.r.Terms != verifiable {
			l.t.Errorf("the terms are %+v", next.r.Terms)
		}
	})
	l.run("what came back of an attempt that was not applied is no result", func(l *lab) {
		s := l.start(l.intent())
		s = l.then(s, s.report(nonbis.OutcomeNotApplied, returning(`"refused"`)))
		if s.r.Result == nil || s.r.Result.Replayable {
			l.t.Errorf("the evidence is %+v, want it kept and not replayable", s.r.Result)
		}
		if next := l.wantNext(s, another(s.Intent)); next.r.Result != nil {
			l.t.Errorf("of the attempt before there is still %+v", next.r.Result)
		}
	})
}

// wantNext checks that an intent gets the effect of a specimen, under a higher
// fence.
func (l *lab) wantNext(s specimen, in nonbis.Intent) specimen {
	l.t.Helper()
	next := l.start(in)
	a := next.r.Latest()
	switch {
	case next.r.ID != s.r.ID:
		l.t.Fatal("another effect was claimed")
	case next.fence <= s.fence || a.Fence != next.fence || a.Token != in.Token || a.Owner != in.Owner:
		l.t.Fatalf("the claim is %+v, want a fence above %d and the next owner's token", a, s.fence)
	case next.r.Revision != s.r.Revision+1 || next.r.Generation != s.r.Generation:
		l.t.Fatalf("revision %d, generation %d; they were %d and %d", next.r.Revision, next.r.Generation, s.r.Revision, s.r.Generation)
	}
	return next
}

// returning gives a transition a result.
func returning(body string) func(*nonbis.Transition) {
	return func(t *nonbis.Transition) { t.Result = nonbis.NewOutput([]byte(body), 1<<20) }
}
