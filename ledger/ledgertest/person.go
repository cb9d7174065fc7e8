package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// persons tests what a person's decision does; which decisions are refused is in
// [advanceTable].
func persons(l *lab) {
	for _, condition := range []string{"unknown", "lapsed"} {
		l.run("it did not happen: the next attempt has a new provider key: "+condition, func(l *lab) {
			s := l.bring(condition, under(keyed))
			key := s.r.ProviderKey()
			s = l.then(s, s.resolve(nonbis.OutcomeNotApplied))
			if s.r.Generation != 1 || s.r.ProviderKey() == key || s.r.Attempts[0].Outcome != nonbis.OutcomeNotApplied {
				l.t.Errorf("generation %d, attempts %+v", s.r.Generation, s.r.Attempts)
			}
			next := l.wantNext(s, another(s.Intent))
			if a := next.r.Latest(); a.Generation != 1 || a.Number != 2 {
				l.t.Errorf("the next attempt is %+v", a)
			}
		})
		l.run("it happened: a result that the person gives is replayed: "+condition, func(l *lab) {
			s := l.bring(condition)
			t := s.resolve(nonbis.OutcomeApplied)
			t.Result = nonbis.NewOutput([]byte(`"seen"`), 100)
			s = l.then(s, t)
			if s.r.Result == nil || string(s.r.Result.Body) != `"seen"` || !s.r.Result.Replayable || s.r.Generation != 0 {
				l.t.Errorf("result %+v, generation %d", s.r.Result, s.r.Generation)
			}
			if !s.r.AppliedAt.Equal(l.clock.read().Wall) {
				l.t.Errorf("applied at %s", s.r.AppliedAt)
			}
		})
	}
	l.run("what the last attempt said is not replayed as the result", func(l *lab) {
		s := l.start(l.intent())
		s = l.then(s, s.report(nonbis.OutcomeUnknown, returning(`"half an answer"`)))
		s = l.then(s, s.resolve(nonbis.OutcomeApplied))
		if s.r.Result != nil && s.r.Result.Replayable {
			l.t.Errorf("the result is %+v", s.r.Result)
		}
	})
	l.run("the decision is kept as evidence", func(l *lab) {
		s := l.bring("unknown")
		s = l.then(s, s.resolve(nonbis.OutcomeApplied))
		e := s.r.Evidence[len(s.r.Evidence)-1]
		want := nonbis.Evidence{At: l.clock.read().Wall, Source: "person", Says: nonbis.OutcomeApplied, Note: "so says a person"}
		if e != want {
			l.t.Errorf("the evidence is %+v, want %+v", e, want)
		}
	})
	for _, condition := range []string{"unknown", "lapsed", "disputed"} {
		l.run("a person decides only what was looked at: "+condition, func(l *lab) {
			s := l.bring(condition)
			for _, revision := range []int64{0, s.r.Revision - 1, s.r.Revision + 1} {
				t := s.resolve(nonbis.OutcomeApplied)
				t.Revision = revision
				l.wantAdvance(s.r, t, "!stale")
			}
		})
	}
	l.run("the same decision again changes nothing", func(l *lab) {
		for _, o := range []nonbis.Outcome{nonbis.OutcomeApplied, nonbis.OutcomeNotApplied} {
			s := l.bring("unknown")
			decided := l.must(s.resolve(o))
			l.wantAdvance(decided, s.resolve(o), "=") // although the revision is older
		}
	})
	l.run("an effect that is held is held no more", func(l *lab) {
		s := l.bring("unknown")
		if s.r.Hold == "" {
			l.t.Fatal("an unknown that nothing can settle is not held")
		}
		if s = l.then(s, s.resolve(nonbis.OutcomeNotApplied)); s.r.Hold != "" {
			l.t.Errorf("it is still held: %s", s.r.Hold)
		}
	})
	l.run("only a person makes the generation rise", func(l *lab) {
		s := l.bring("not-applied", under(keyed))
		s = l.wantNext(s, another(s.Intent))
		s = l.then(s, s.report(nonbis.OutcomeUnknown))
		s = l.wantNext(s, another(s.Intent))
		s = l.then(s, s.report(nonbis.OutcomeApplied))
		if s.r.Generation != 0 {
			l.t.Errorf("generation %d, want 0", s.r.Generation)
		}
	})
	l.run("a disputed effect that a person closed stays applied", func(l *lab) {
		s := l.bring("disputed")
		s = l.then(s, s.resolve(nonbis.OutcomeApplied))
		l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateApplied)
		r := l.wantAdvance(s.r, s.report(nonbis.OutcomeNotApplied), "=") // said before
		l.wantAdvance(r, s.report(nonbis.OutcomeUnknown), "applied|=")
	})
}
