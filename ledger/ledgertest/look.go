package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// look leases the look at an effect, which must be due.
func (l *lab) look(id nonbis.ID) *nonbis.Record {
	l.t.Helper()
	r := l.mayLook(id)
	if r == nil {
		l.t.Fatal("no look is due")
	}
	return r
}

// mayLook leases the look at an effect, or returns nil.
func (l *lab) mayLook(id nonbis.ID) *nonbis.Record {
	l.t.Helper()
	due, err := l.ledger.Due(l.t.Context(), nonbis.DueQuery{Operations: []string{"test.send"}, ID: id, Lease: lease, Limit: 10})
	if err != nil || len(due) > 1 {
		l.t.Fatalf("due: %d records of one effect, error %v", len(due), err)
	}
	if len(due) == 0 || due[0].Look.Token == (nonbis.Token{}) {
		return nil
	}
	l.stored(due[0])
	return due[0]
}

// found is what the look that r carries has found.
func found(r *nonbis.Record, v nonbis.FindingVerdict, change ...func(*nonbis.Transition)) nonbis.Transition {
	t := nonbis.Transition{ID: r.ID, Event: nonbis.EventLooked, Token: r.Look.Token, Verdict: v, Note: "so says the provider"}
	for _, f := range change {
		f(&t)
	}
	return t
}

// looks tests what findings do, and whose are heard.
func looks(l *lab) {
	l.run("present: it was applied, and what was found is replayed", func(l *lab) {
		for _, condition := range []string{"unknown", "lapsed"} {
			s := l.bring(condition, under(verifiable))
			r := l.look(s.r.ID)
			r = l.wantAdvance(r, found(r, nonbis.Present, returning(`"found"`)), "applied")
			if r.Result == nil || string(r.Result.Body) != `"found"` || !r.Result.Replayable || !r.AppliedAt.Equal(l.clock.read().Wall) {
				l.t.Errorf("result %+v, applied at %s", r.Result, r.AppliedAt)
			}
			if r.Look != (nonbis.Look{}) || !r.Due.IsZero() {
				l.t.Errorf("something is still to be looked for: %+v, due %v", r.Look, r.Due)
			}
		}
	})
	l.run("present: of several attempts it may be any", func(l *lab) {
		both := verifiable
		both.KeyWindow = window
		s := l.bring("unknown", under(both))
		next := l.start(another(s.Intent))
		l.must(next.report(nonbis.OutcomeUnknown))
		r := l.look(s.r.ID)
		r = l.wantAdvance(r, found(r, nonbis.Present), "applied")
		r = l.wantAdvance(r, next.report(nonbis.OutcomeNotApplied), "applied")
		l.wantAdvance(r, s.report(nonbis.OutcomeNotApplied), "disputed") // then it was none
	})
	l.run("conflicting: it is disputed", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		r := l.look(s.r.ID)
		l.wantAdvance(r, found(r, nonbis.Conflicting), "disputed")
	})
	l.run("inconclusive: it is looked for again, later, and in the end a person is asked", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		for range 100 {
			r := l.look(s.r.ID)
			r = l.wantAdvance(r, found(r, nonbis.Inconclusive), "unknown")
			if r.Hold != "" {
				return
			}
			if r.Due.Reached(l.clock.read()) {
				l.t.Fatal("the next look is due at once")
			}
			l.clock.pass(r.Due.Tick - l.clock.read().Tick)
		}
		l.t.Error("a hundred looks were made")
	})
	l.run("the first look is due at once, for one at a time", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		r := l.look(s.r.ID)
		if r.Revision != s.r.Revision+1 || r.State != nonbis.StateUnknown || r.Look.Started != l.clock.read() {
			l.t.Errorf("revision %d, %s, look %+v", r.Revision, r.State, r.Look)
		}
		if l.mayLook(s.r.ID) != nil {
			l.t.Error("a second look was leased")
		}
		l.clock.pass(lease)
		l.look(s.r.ID)
	})
	l.run("a look that lapsed is not heard when another was leased", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		stale := l.look(s.r.ID)
		l.clock.pass(lease)
		r := l.look(s.r.ID)
		l.wantAdvance(r, found(stale, nonbis.Present), "!stale")
		l.wantAdvance(r, found(r, nonbis.Present), "applied")
	})
	l.run("a look is heard once", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		look := l.look(s.r.ID)
		r := l.wantAdvance(look, found(look, nonbis.Inconclusive), "unknown")
		l.wantAdvance(r, found(look, nonbis.Present), "!stale")
	})
	l.run("a look without its token is not heard", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		l.wantAdvance(s.r, found(s.r, nonbis.Present), "!stale") // none is under way
		r := l.look(s.r.ID)
		for _, token := range []nonbis.Token{{}, s.Token, nonbis.NewToken()} {
			t := found(r, nonbis.Present)
			t.Token = token
			l.wantAdvance(r, t, "!stale")
		}
	})
	l.run("a look is not heard once the effect moved on", func(l *lab) {
		both := verifiable
		both.KeyWindow = window
		for _, move := range []func(*lab, specimen){
			func(l *lab, s specimen) { l.must(s.report(nonbis.OutcomeApplied)) },
			func(l *lab, s specimen) { l.must(s.report(nonbis.OutcomeNotApplied)) },
			func(l *lab, s specimen) { l.granted(another(s.Intent)) },
			func(l *lab, s specimen) {
				s = l.start(another(s.Intent))
				l.must(s.report(nonbis.OutcomeUnknown))
			},
		} {
			s := l.bring("unknown", under(both))
			look := l.look(s.r.ID)
			move(l, s)
			for v := nonbis.Inconclusive; v <= nonbis.Conflicting; v++ {
				l.wantAdvance(l.get(s.r.ID), found(look, v), "!stale")
			}
		}
	})
	for _, condition := range conditions {
		if conditionState[condition] != nonbis.StateUnknown {
			l.run("nothing is looked for: "+condition, func(l *lab) {
				s := l.bring(condition, under(verifiable))
				l.clock.pass(time.Hour)
				if l.mayLook(s.r.ID) != nil {
					l.t.Fatal("a look was leased")
				}
				t := found(s.r, nonbis.Present)
				l.wantAdvance(s.r, t, "!stale")
				t.Token = s.Token
				l.wantAdvance(s.r, t, "!stale")
			})
		}
	}
}
