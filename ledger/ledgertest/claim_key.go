package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// claimsByKey tests rule 6: a caller may send an unknown effect again with the
// same provider key, and when it may not.
func claimsByKey(l *lab) {
	l.run("inside the window the same call may repeat the key", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		l.clock.pass(window - time.Hour)
		next := l.wantNext(s, another(s.Intent))
		if next.r.ProviderKey() != s.r.ProviderKey() || len(next.r.Attempts) != 2 || next.r.Attempts[0].Outcome != nonbis.OutcomeUnknown {
			l.t.Errorf("the attempts are %+v, want a second under the same key, and the first still unknown", next.r.Attempts)
		}
	})
	l.run("when its owner is gone the key may be repeated", func(l *lab) {
		s := l.bring("lapsed", under(keyed))
		s = l.then(s, s.gone())
		l.wantNext(s, another(s.Intent))
	})
	l.run("a wall clock that is slewed by seconds holds nothing", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		l.clock.pass(time.Hour)
		l.clock.jump(-5 * time.Second)
		l.wantNext(s, another(s.Intent))
	})
	l.run("after a restart the wall clock tells the age", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		l.clock.reboot()
		l.wantNext(s, another(s.Intent))
	})
	l.run("proof that the repetition did nothing frees nothing", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		next := l.wantNext(s, another(s.Intent))
		next = l.then(next, next.report(nonbis.OutcomeNotApplied))
		l.wantState(next.r, nonbis.StateUnknown)
	})
	l.run("a repetition that was claimed and given up unsent frees nothing", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		c := l.claim(another(s.Intent, unsent))
		if c.Verdict != nonbis.Granted {
			l.wantSame(s.r)
			return
		}
		next := specimen{Intent: s.Intent, fence: c.Record.Fence, r: c.Record}
		next.Token = c.Record.Latest().Token
		next = l.then(next, next.event(nonbis.EventRelease))
		l.wantState(next.r, nonbis.StateUnknown)
	})

	other := []byte("other")
	for _, refused := range []struct {
		when, condition string
		terms           nonbis.TermsRecord
		time            func()
		change          func(*nonbis.Intent)
	}{
		{when: "the window is over", time: func() { l.clock.pass(window) }},
		{when: "it is nearly over", time: func() { l.clock.pass(window - time.Minute) }},
		{when: "it could be over before the attempt is", time: func() { l.clock.pass(window - time.Hour) }, change: func(in *nonbis.Intent) { in.Deadline = 2 * time.Hour }},
		{when: "it is over by the wall clock", time: func() { l.clock.jump(window) }},
		{when: "it is over by the tick", time: func() { l.clock.tick(window) }},
		{when: "it is over and the machine was restarted", time: func() { l.clock.jump(window); l.clock.reboot() }},
		{when: "the wall clock went back", time: func() { l.clock.pass(time.Hour); l.clock.jump(-2 * time.Hour) }},
		{when: "the wall clock went back over a restart", time: func() { l.clock.reboot(); l.clock.jump(-2 * time.Hour) }},
		{when: "the wall clock went back since a restart", time: func() { l.clock.reboot(); l.clock.pass(3 * time.Hour); l.clock.jump(-2 * time.Hour) }},
		{when: "the bytes differ", change: func(in *nonbis.Intent) { in.Request = other }},
		{when: "the credential differs", change: func(in *nonbis.Intent) { in.Credential = other }},
		{when: "the attempt before may still be sending", condition: "lapsed"},
		{when: "and it does so after its deadline", condition: "lapsed", time: func() { l.clock.pass(time.Hour) }},
		{when: "the provider knows no keys", terms: verifiable},
	} {
		l.run("not when "+refused.when, func(l *lab) {
			if refused.terms == unkeyed {
				refused.terms = keyed
			}
			if refused.condition == "" {
				refused.condition = "unknown"
			}
			s := l.bring(refused.condition, under(refused.terms))
			in := another(s.Intent)
			if refused.time != nil {
				refused.time()
			}
			if refused.change != nil {
				refused.change(&in)
			}
			l.wantClaim(l.claim(in), nonbis.Existing, nonbis.StateUnknown)
			l.wantSame(s.r)
		})
	}
}
