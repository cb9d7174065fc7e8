package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// forgetful tests rule 13: after a restore, effects that the ledger does not know
// may have happened.
func forgetful(l *lab) {
	applied, freed, unknown := l.bring("applied"), l.bring("not-applied"), l.bring("unknown", under(keyed))
	freedKeyed := l.bring("not-applied", under(keyed))
	claimed := l.bring("claimed")
	before := l.epoch()
	l = l.on(l.h.Restore(l.t, l.ledger, l.clock.read))
	l.forgot = true
	closeAfter(l.t, l.ledger)
	l.run("it is noticed, and stays so", func(l *lab) {
		if e := l.epoch(); e.Suspect == "" {
			l.t.Errorf("epoch %+v, it was %+v", e, before)
		}
	})
	l.run("an unknown effect that nothing can settle is held", func(l *lab) {
		in := l.intent()
		c := l.claim(in)
		l.wantClaim(c, nonbis.Existing, nonbis.StateUnknown)
		if c.Record.Hold == "" {
			l.t.Error("it is not held")
		}
		l.wantHistory(c.Record)
		l.wantClaim(l.claim(in), nonbis.Existing, nonbis.StateUnknown)
		s := specimen{Intent: in, fence: c.Record.Fence, r: c.Record}
		s = l.then(s, s.resolve(nonbis.OutcomeNotApplied))
		l.wantState(s.r, nonbis.StateNotApplied)
	})
	l.run("one that can be looked for is looked for first", func(l *lab) {
		in := l.intent(under(verifiable))
		l.wantClaim(l.claim(in), nonbis.Existing, nonbis.StateUnknown)
		r := l.look(in.Name.ID())
		l.wantAdvance(r, found(r, nonbis.Present, returning(`"found"`)), "applied")
	})
	l.run("one with a provider key is sent under it", func(l *lab) {
		in := l.intent(under(keyed))
		l.wantFirst(in, l.granted(in))
	})
	l.run("what was not applied may have been applied since", func(l *lab) {
		l.wantClaim(l.claim(another(freed.Intent)), nonbis.Existing, nonbis.StateUnknown)
		l.wantNext(freedKeyed, another(freedKeyed.Intent))
	})
	l.run("what was claimed may have been sent since", func(l *lab) {
		l.clock.pass(lease)
		c := l.claim(another(claimed.Intent))
		l.wantClaim(c, nonbis.Existing, nonbis.StateUnknown)
		l.wantHistory(c.Record)
	})
	l.run("what it does know it knows", func(l *lab) {
		l.wantClaim(l.claim(another(applied.Intent)), nonbis.Existing, nonbis.StateApplied)
		l.wantSame(applied.r)
		l.wantNext(unknown, another(unknown.Intent))
	})
	l.run("an open repeat blocks as ever", func(l *lab) {
		s := l.bring("sending", under(keyed))
		l.wantBlocked(another(s.Intent, repeated("second")), s)
	})
	l.run("until a person trusts it", func(l *lab) {
		if err := l.ledger.Accept(l.t.Context()); err != nil {
			l.t.Fatal(err)
		}
		if e := l.epoch(); e.Suspect != "" || e.ID == before.ID {
			l.t.Errorf("epoch %+v, it was %+v", e, before)
		}
		in := l.intent()
		l.wantFirst(in, l.granted(in))
	})
}
