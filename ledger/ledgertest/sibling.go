package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// repeated makes an intent a deliberate repetition.
func repeated(name string) func(*nonbis.Intent) {
	return func(in *nonbis.Intent) { in.Repeat = name }
}

// siblings tests rule 15: nothing slips past an effect that is open.
func siblings(l *lab) {
	for _, condition := range openConditions() {
		l.run("no repeat while the original is open: "+condition, func(l *lab) {
			s := l.bring(condition)
			l.wantBlocked(another(s.Intent, repeated("second")), s)
		})
		l.run("no original while a repeat is open: "+condition, func(l *lab) {
			s := l.bring(condition, repeated("second"))
			l.wantBlocked(another(s.Intent, repeated("")), s)
			l.wantBlocked(another(s.Intent, repeated("third")), s)
		})
		l.run("what was not applied waits for an open repeat: "+condition, func(l *lab) {
			original := l.bring("not-applied")
			s := l.bring(condition, func(in *nonbis.Intent) { *in = another(original.Intent, repeated("second")) })
			c := l.claim(another(original.Intent))
			l.wantClaim(c, nonbis.Blocked, s.r.State)
			l.wantSame(original.r)
		})
		l.run("what was applied is answered beside an open repeat: "+condition, func(l *lab) {
			original := l.bring("applied")
			l.bring(condition, func(in *nonbis.Intent) { *in = another(original.Intent, repeated("second")) })
			l.wantClaim(l.claim(another(original.Intent)), nonbis.Existing, nonbis.StateApplied)
		})
		l.run("a mismatch is told beside an open repeat: "+condition, func(l *lab) {
			original := l.bring("applied")
			l.bring(condition, func(in *nonbis.Intent) { *in = another(original.Intent, repeated("second")) })
			in := another(original.Intent, func(in *nonbis.Intent) { in.Fingerprint = hash("another payload") })
			l.wantClaim(l.claim(in), nonbis.Mismatched, nonbis.StateApplied)
		})
	}
	l.run("nor when the repeat is reached by its key, from another task", func(l *lab) {
		repeat := l.bring("not-applied", repeated("second"), withKey("of the repeat"))
		original := l.start(another(repeat.Intent, repeated(""), withKey("")))
		c := l.claim(l.intent(withKey("of the repeat")))
		l.wantClaim(c, nonbis.Blocked, nonbis.StateSending)
		if c.Record.ID != original.r.ID {
			l.t.Error("it is not the original that blocks")
		}
		l.wantSame(repeat.r)
	})
	for _, condition := range []string{"applied", "not-applied", "released", "pruned applied", "pruned not-applied"} {
		l.run("a repeat after the original: "+condition, func(l *lab) {
			s := l.bring(condition)
			repeat := l.granted(another(s.Intent, repeated("second")))
			if repeat.ID == s.r.ID || repeat.Base != s.r.Base || repeat.Fence != 1 {
				l.t.Errorf("the repeat has id %s, base %s, fence %d", repeat.ID, repeat.Base, repeat.Fence)
			}
			l.wantSame(s.r)
		})
	}
	l.run("the time that passes unblocks nothing but a claim that lapsed and was let go", func(l *lab) {
		s := l.bring("claimed")
		repeat := another(s.Intent, repeated("second"))
		l.clock.pass(1000 * time.Hour)
		l.wantBlocked(repeat, s)
		l.then(s, s.event(nonbis.EventLapse))
		l.granted(repeat)
	})
	l.run("another payload, task, operation or namespace is no sibling", func(l *lab) {
		s := l.bring("sending")
		for _, change := range []func(*nonbis.Intent){
			func(in *nonbis.Intent) { in.Identity.Digest = hash("another identity") },
			func(in *nonbis.Intent) { in.Task += "0" },
			func(in *nonbis.Intent) { in.Operation += "0" },
			func(in *nonbis.Intent) { in.Namespace += "0" },
		} {
			l.granted(another(s.Intent, change, repeated("second")))
		}
	})
}

// wantBlocked checks that a sibling refuses an intent, and that nothing remains
// of it.
func (l *lab) wantBlocked(in nonbis.Intent, by specimen) {
	l.t.Helper()
	c := l.claim(in)
	l.wantClaim(c, nonbis.Blocked, by.r.State)
	if d := diff(by.r, c.Record); d != "" {
		l.t.Fatalf("the sibling that blocks (-want +got):\n%s", d)
	}
	l.wantNone(in.Name.ID())
	l.wantSame(by.r)
}
