package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// absences tests rule 5: when "not found" proves that nothing happened.
func absences(l *lab) {
	l.run("two looks after the settle time, spaced by it, prove absence", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		l.clock.pass(settle)
		l.absent(s, nonbis.StateUnknown)
		l.clock.pass(settle)
		r := l.absent(s, nonbis.StateNotApplied)
		if r.Generation != 0 || r.Attempts[0].Outcome != nonbis.OutcomeNotApplied {
			l.t.Errorf("generation %d, attempts %+v", r.Generation, r.Attempts)
		}
		s.r = r
		l.wantNext(s, another(s.Intent))
	})
	l.run("looks within the settle time do not count", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		l.absent(s, nonbis.StateUnknown)
		l.clock.pass(settle)
		l.absent(s, nonbis.StateUnknown)
		l.clock.pass(settle)
		l.absent(s, nonbis.StateNotApplied)
	})
	l.run("a look that began within the settle time does not count, however long it took", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		r := l.look(s.r.ID)
		l.clock.pass(lease - 1)
		l.wantAdvance(r, found(r, nonbis.Absent), "unknown")
		l.clock.pass(settle)
		l.absent(s, nonbis.StateUnknown)
	})
	l.run("looks that are not spaced count as one", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		l.clock.pass(settle)
		for range 10 {
			if r := l.mayLook(s.r.ID); r != nil {
				l.wantAdvance(r, found(r, nonbis.Absent), "unknown")
			}
			l.clock.pass(settle/10 - 1)
		}
		l.clock.pass(settle)
		l.absent(s, nonbis.StateNotApplied)
	})
	l.run("whatever made them due", func(l *lab) {
		s := l.bring("lapsed", under(verifiable))
		s = l.then(s, s.gone())
		l.clock.pass(settle)
		l.absent(s, nonbis.StateUnknown)
		l.must(s.report(nonbis.OutcomeUnknown)) // late, of an attempt that is known to be over
		if r := l.mayLook(s.r.ID); r != nil {
			l.wantAdvance(r, found(r, nonbis.Absent), "unknown")
		}
		l.clock.pass(settle)
		l.absent(s, nonbis.StateNotApplied)
	})
	l.run("as many looks as the terms demand", func(l *lab) {
		terms := verifiable
		terms.MinAbsent = 4
		s := l.bring("unknown", under(terms))
		for range 3 {
			l.clock.pass(settle)
			l.absent(s, nonbis.StateUnknown)
		}
		l.clock.pass(settle)
		l.absent(s, nonbis.StateNotApplied)
	})
	l.run("once is not enough even where the terms say so", func(l *lab) {
		s := l.bring("unknown", under(nonbis.TermsRecord{Verify: true, MinAbsent: 1}))
		l.clock.pass(time.Second)
		l.absent(s, nonbis.StateUnknown)
	})
	endless := func(in *nonbis.Intent) { in.Deadline = 0 }
	l.run("nothing counts while the attempt may still be sending", func(l *lab) {
		s := l.bring("lapsed", under(verifiable), endless)
		for range 5 {
			l.clock.pass(24 * time.Hour)
			l.absent(s, nonbis.StateUnknown)
		}
		s.r = l.get(s.r.ID)
		s = l.then(s, s.gone())
		l.clock.pass(settle)
		l.absent(s, nonbis.StateUnknown)
		l.clock.pass(settle)
		l.absent(s, nonbis.StateNotApplied)
	})
	l.run("a look that began before the attempt ended does not count", func(l *lab) {
		s := l.bring("lapsed", under(nonbis.TermsRecord{Verify: true}), endless)
		l.endsDuringALook(s, func() { l.clock.pass(time.Second) })
	})
	l.run("nor when the machine was restarted in between", func(l *lab) {
		s := l.bring("lapsed", under(nonbis.TermsRecord{Verify: true}), endless)
		l.endsDuringALook(s, l.clock.reboot)
	})
	l.run("an owner elsewhere is over after its deadline", func(l *lab) {
		s := l.bring("lapsed", under(verifiable))
		l.absent(s, nonbis.StateUnknown) // lease < deadline
		l.clock.pass(patience - lease + settle)
		l.absent(s, nonbis.StateUnknown)
		l.clock.pass(settle)
		l.absent(s, nonbis.StateNotApplied)
	})
	l.run("but not where doing it twice does harm", func(l *lab) {
		terms := verifiable
		terms.Harmful = true
		s := l.bring("lapsed", under(terms))
		for range 5 {
			l.clock.pass(24 * time.Hour)
			l.absent(s, nonbis.StateUnknown)
		}
	})
	l.run("a wall clock that is set forward proves nothing", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		l.clock.jump(24 * time.Hour)
		l.absent(s, nonbis.StateUnknown)
		l.clock.jump(24 * time.Hour)
		if r := l.mayLook(s.r.ID); r != nil {
			l.wantAdvance(r, found(r, nonbis.Absent), "unknown")
		}
	})
	l.run("looks before the key was repeated do not count", func(l *lab) {
		both := verifiable
		both.KeyWindow = window
		s := l.bring("unknown", under(both))
		l.clock.pass(settle)
		s.r = l.absent(s, nonbis.StateUnknown)
		s = l.wantNext(s, another(s.Intent))
		s = l.then(s, s.report(nonbis.OutcomeUnknown))
		l.clock.pass(settle)
		l.absent(s, nonbis.StateUnknown)
		l.clock.pass(settle)
		l.absent(s, nonbis.StateNotApplied)
	})
	l.run("every attempt must be over", func(l *lab) {
		both := verifiable
		both.KeyWindow = window
		s := l.start(l.intent(under(both), endless))
		l.clock.pass(lease)
		s = l.then(s, s.event(nonbis.EventLapse))
		for range 3 {
			l.clock.pass(time.Hour)
			l.absent(s, nonbis.StateUnknown)
		}
	})
}

// absent makes a look that finds nothing, and checks what follows.
func (l *lab) absent(s specimen, want nonbis.State) *nonbis.Record {
	l.t.Helper()
	r := l.look(s.r.ID)
	r = l.wantAdvance(r, found(r, nonbis.Absent), want.String())
	if want == nonbis.StateUnknown && r.Due.Reached(l.clock.read()) {
		l.t.Fatal("the next look is due at once")
	}
	return r
}

// endsDuringALook checks that a look does not count which was under way when the
// attempt was found to be over.
func (l *lab) endsDuringALook(s specimen, meanwhile func()) {
	l.t.Helper()
	r := l.look(s.r.ID)
	meanwhile()
	s.r = l.get(s.r.ID)
	s = l.then(s, s.gone())
	_, _ = l.advance(found(r, nonbis.Absent))
	l.clock.pass(time.Minute)
	l.absent(s, nonbis.StateUnknown)
	l.clock.pass(time.Minute)
	l.absent(s, nonbis.StateNotApplied)
}
