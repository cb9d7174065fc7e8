package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// inConversation makes an intent one of a scope that is wider than a task.
func inConversation(in *nonbis.Intent) { in.Scope, in.Window = nonbis.ScopeConversation, window }

// occurrences tests scopes that are wider than a task: an applied effect is
// replayed within a window, and then may happen once more.
func occurrences(l *lab) {
	for _, scope := range []nonbis.Scope{nonbis.ScopeConversation, nonbis.ScopeAmbient} {
		l.run("within the window it is replayed, then it occurs again", func(l *lab) {
			s := l.bring("applied", inConversation, func(in *nonbis.Intent) { in.Scope = scope })
			l.clock.pass(window - 1)
			l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateApplied)
			l.clock.pass(1)
			in := another(s.Intent)
			second := l.granted(in)
			if in.Occurrence = 2; second.Occurrence != 2 || second.ID != in.Name.ID() || second.Base != s.r.Base || second.Scope != scope {
				l.t.Fatalf("occurrence %d, id %s, base %s", second.Occurrence, second.ID, second.Base)
			}
			l.wantSame(s.r)
			third := l.claim(another(s.Intent))
			l.wantClaim(third, nonbis.Existing, nonbis.StateSending)
			if third.Record.ID != second.ID {
				l.t.Error("it is not about the latest occurrence")
			}
		})
	}
	l.run("the latest occurrence counts, not their number", func(l *lab) {
		s := l.bring("applied", inConversation)
		for n := 2; n < 5; n++ {
			l.clock.pass(window)
			s = l.start(another(s.Intent))
			if s.r.Occurrence != n {
				l.t.Fatalf("occurrence %d, want %d", s.r.Occurrence, n)
			}
			s = l.then(s, s.report(nonbis.OutcomeApplied))
		}
	})
	for _, condition := range []string{"sending", "unknown", "lapsed", "disputed"} {
		l.run("the next occurrence waits for one that is open: "+condition, func(l *lab) {
			s := l.bring(condition, inConversation)
			l.clock.pass(1000 * window)
			c := l.claim(another(s.Intent))
			l.wantClaim(c, nonbis.Existing, s.r.State)
			l.wantSame(s.r)
		})
	}
	for _, condition := range []string{"not-applied", "released", "pruned not-applied"} {
		l.run("what did not happen is claimed again, not once more: "+condition, func(l *lab) {
			s := l.bring(condition, inConversation)
			l.clock.pass(1000 * window)
			l.wantNext(s, another(s.Intent))
		})
	}
	l.run("what was pruned is remembered", func(l *lab) {
		s := l.bring("pruned applied", inConversation)
		l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateApplied)
		l.clock.pass(window)
		if second := l.granted(another(s.Intent)); second.Occurrence != 2 {
			l.t.Errorf("occurrence %d, want 2", second.Occurrence)
		}
	})
	l.run("each repeat has occurrences of its own, and an open one blocks the others", func(l *lab) {
		s := l.bring("applied", inConversation)
		l.clock.pass(window)
		repeat := l.bring("sending", func(in *nonbis.Intent) { *in = another(s.Intent, repeated("second")) })
		if repeat.r.Occurrence != 1 {
			l.t.Errorf("the repeat is occurrence %d, want 1", repeat.r.Occurrence)
		}
		c := l.claim(another(s.Intent))
		l.wantClaim(c, nonbis.Blocked, nonbis.StateSending)
		if c.Record.ID != repeat.r.ID {
			l.t.Error("it is not the repeat that blocks")
		}
	})
	l.run("a caller of another wide scope is told of the latest occurrence, one of a task of the first", func(l *lab) {
		s := l.bring("applied", inConversation)
		l.clock.pass(window)
		second := l.start(another(s.Intent))
		c := l.claim(another(s.Intent, func(in *nonbis.Intent) { in.Scope = nonbis.ScopeAmbient }))
		l.wantClaim(c, nonbis.Existing, nonbis.StateSending)
		l.wantSame(second.r)
		c = l.claim(another(s.Intent, func(in *nonbis.Intent) { in.Scope = nonbis.ScopeTask }))
		l.wantClaim(c, nonbis.Existing, nonbis.StateApplied)
	})
	for _, scope := range []nonbis.Scope{nonbis.ScopeTask, nonbis.ScopeKey} {
		l.run("a task's effect, and a key's, is replayed for ever", func(l *lab) {
			s := l.bring("applied", inConversation, func(in *nonbis.Intent) { in.Scope = scope })
			l.clock.pass(1000 * time.Hour * 24)
			l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateApplied)
			l.wantSame(s.r)
		})
	}
}
