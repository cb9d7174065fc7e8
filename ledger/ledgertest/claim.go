package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// claims tests the first claim of an effect, and what others get of it.
func claims(l *lab) {
	l.run("a new effect is sending at once", func(l *lab) {
		in := l.intent()
		l.wantFirst(in, l.granted(in))
	})
	l.run("a new effect is claimed when something lies before the wire", func(l *lab) {
		in := l.intent(unsent)
		l.wantFirst(in, l.granted(in))
	})
	l.run("the bytes to repeat are kept where there is a provider key", func(l *lab) {
		in := l.intent(under(keyed))
		l.wantFirst(in, l.granted(in))
	})
	l.run("the same token gets its own claim back", func(l *lab) {
		for _, condition := range []string{"claimed", "sending"} {
			s := l.bring(condition)
			c := l.claim(s.Intent)
			l.wantClaim(c, nonbis.Granted, s.r.State)
			l.wantSame(s.r)
		}
	})
	l.run("the same token gets nothing when its claim is over", func(l *lab) {
		s := l.bring("claimed")
		l.clock.pass(lease)
		next := l.start(another(s.Intent))
		l.wantClaim(l.claim(s.Intent), nonbis.Existing, nonbis.StateClaimed)
		l.wantSame(next.r)
	})
	for _, condition := range conditions {
		l.run("existing: "+condition, func(l *lab) {
			s := l.bring(condition)
			in := another(s.Intent)
			if s.r.State == nonbis.StateNotApplied {
				l.wantNext(s, in)
				return
			}
			l.wantClaim(l.claim(in), nonbis.Existing, s.r.State)
			l.wantSame(s.r)
		})
		l.run("another payload is a mismatch: "+condition, func(l *lab) {
			s := l.bring(condition)
			in := another(s.Intent, func(in *nonbis.Intent) { in.Fingerprint = hash("another payload") })
			l.wantClaim(l.claim(in), nonbis.Mismatched, s.r.State)
			l.wantSame(s.r)
		})
		l.run("other conditions are a mismatch: "+condition, func(l *lab) {
			s := l.bring(condition)
			in := another(s.Intent, func(in *nonbis.Intent) { in.Terms.Digest = "other" })
			want := nonbis.MismatchedTerms
			if s.r.State == nonbis.StateApplied { // nothing is left to be freed
				want = nonbis.Existing
			}
			l.wantClaim(l.claim(in), want, s.r.State)
			l.wantSame(s.r)
		})
		l.run("of two mismatches the payload's is told: "+condition, func(l *lab) {
			s := l.bring(condition)
			in := another(s.Intent, func(in *nonbis.Intent) { in.Fingerprint, in.Terms.Digest = hash("another payload"), "other" })
			l.wantClaim(l.claim(in), nonbis.Mismatched, s.r.State)
			l.wantSame(s.r)
		})
	}
}

// wantFirst checks all of a record that has just come into being.
func (l *lab) wantFirst(in nonbis.Intent, got *nonbis.Record) {
	l.t.Helper()
	now := l.clock.read()
	want := &nonbis.Record{
		ID: in.Name.ID(), Base: in.Name.Base(), Name: in.Name, Scope: in.Scope,
		Summary: in.Summary, Fingerprint: in.Fingerprint, Terms: in.Terms,
		State: sentOr(in.Send), Revision: 1, Fence: 1, Due: now.Add(in.Lease), Created: now.Wall, Updated: now.Wall,
		Attempts: []nonbis.AttemptRecord{{
			Number: 1, Fence: 1, Token: in.Token, Owner: in.Owner, Sent: in.Send,
			Started: now, Deadline: in.Deadline, Digest: in.Digest, Credential: in.Credential,
		}},
	}
	if in.Terms.KeyWindow > 0 {
		want.Request = in.Request
	}
	if in.Key != "" {
		want.Aliases = []string{in.Key}
	}
	if d := diff(want, got); d != "" {
		l.t.Fatalf("the new record (-want +got):\n%s", d)
	}
}
