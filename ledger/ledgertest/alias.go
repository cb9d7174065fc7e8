package ledgertest

import (
	"slices"

	"github.com/nonbis/nonbis"
)

// withKey gives an intent a caller's key.
func withKey(key string) func(*nonbis.Intent) {
	return func(in *nonbis.Intent) { in.Key = key }
}

// aliases tests callers' keys: beside a task, a key names the effect too.
func aliases(l *lab) {
	l.run("a key is stored with the first claim", func(l *lab) {
		in := l.intent(withKey("first"))
		l.wantFirst(in, l.granted(in))
	})
	for _, condition := range conditions {
		l.run("the key finds the effect from another task: "+condition, func(l *lab) {
			s := l.bring(condition, withKey("across "+condition))
			from := l.intent(withKey(s.Key))
			from.Namespace = s.Namespace
			c := l.claim(from)
			if c.Record.ID != s.r.ID {
				l.t.Fatalf("another effect was found: %s", verdict(c.Verdict))
			}
			switch {
			case condition == "pruned not-applied": // its own task is not known any more
				l.wantClaim(c, nonbis.Mismatched, nonbis.StateNotApplied)
			case s.r.State == nonbis.StateNotApplied:
				l.wantClaim(c, nonbis.Granted, nonbis.StateSending)
			default:
				l.wantClaim(c, nonbis.Existing, s.r.State)
			}
			l.wantNone(from.Name.ID())
		})
		l.run("another payload under the key is a mismatch: "+condition, func(l *lab) {
			s := l.bring(condition, withKey("mismatch "+condition))
			from := l.intent(withKey(s.Key), func(in *nonbis.Intent) { in.Fingerprint = hash("another payload") })
			from.Namespace = s.Namespace
			l.wantClaim(l.claim(from), nonbis.Mismatched, s.r.State)
			l.wantSame(s.r)
			l.wantNone(from.Name.ID())
		})
	}
	l.run("a key that comes later is added to the effect", func(l *lab) {
		for _, condition := range []string{"sending", "unknown", "applied"} {
			s := l.bring(condition)
			for i, key := range []string{"later " + condition, "even later " + condition} {
				c := l.claim(another(s.Intent, withKey(key)))
				l.wantClaim(c, nonbis.Existing, s.r.State)
				if !slices.Contains(c.Record.Aliases, key) || len(c.Record.Aliases) != i+1 {
					l.t.Fatalf("the aliases are %q", c.Record.Aliases)
				}
				if want := s.r.Revision + 1 + int64(i); c.Record.Revision != want {
					l.t.Fatalf("revision %d, want %d", c.Record.Revision, want)
				}
			}
			before := l.get(s.r.ID)
			l.wantClaim(l.claim(l.intent(withKey("later "+condition))), nonbis.Existing, s.r.State)
			l.wantSame(before) // a known key is no change
		}
	})
	l.run("the owner's own repeated claim may bring a key", func(l *lab) {
		s := l.bring("sending")
		in := s.Intent
		in.Key = "brought by the owner"
		l.wantClaim(l.claim(in), nonbis.Granted, nonbis.StateSending)
		l.wantClaim(l.claim(l.intent(withKey(in.Key))), nonbis.Existing, nonbis.StateSending)
	})
	l.run("a claim that is refused adds no key", func(l *lab) {
		s := l.bring("sending")
		refused := another(s.Intent, withKey("refused"), func(in *nonbis.Intent) { in.Fingerprint = hash("another payload") })
		l.wantClaim(l.claim(refused), nonbis.Mismatched, nonbis.StateSending)
		blocked := another(s.Intent, withKey("refused"), func(in *nonbis.Intent) { in.Repeat = "second" })
		l.wantClaim(l.claim(blocked), nonbis.Blocked, nonbis.StateSending)
		in := l.intent(withKey("refused"))
		l.wantFirst(in, l.granted(in))
	})
	l.run("keys belong to a namespace and an operation", func(l *lab) {
		l.granted(l.intent(withKey("mine")))
		l.granted(l.intent(withKey("mine"), func(in *nonbis.Intent) { in.Namespace = "elsewhere" }))
		l.granted(l.intent(withKey("mine"), func(in *nonbis.Intent) { in.Operation = "test.receive" }))
	})
	l.run("keys differ in every byte", func(l *lab) {
		for _, key := range []string{"key", "Key", "kéy", "ke\u0301y", "key ", "%", "_", "\\", "'"} {
			l.granted(l.intent(withKey(key)))
		}
	})
}
