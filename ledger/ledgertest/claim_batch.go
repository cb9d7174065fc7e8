package ledgertest

import (
	"github.com/nonbis/nonbis"
)

// claimsInBatches tests many intents in one call: each is decided as if the ones
// before it had been made by themselves.
func claimsInBatches(l *lab) {
	l.run("no intent, no answer", func(l *lab) {
		if claims, err := l.ledger.Claim(l.t.Context(), nil); err != nil || len(claims) != 0 {
			l.t.Errorf("%v, error %v", claims, err)
		}
	})
	l.run("each gets its own answer, in the order given", func(l *lab) {
		applied, blocking := l.bring("applied"), l.bring("sending")
		fresh := l.intent()
		claims := l.claimAll(
			another(applied.Intent),
			fresh,
			another(blocking.Intent, func(in *nonbis.Intent) { in.Repeat = "second" }),
			another(applied.Intent, func(in *nonbis.Intent) { in.Fingerprint = hash("another payload") }),
			another(blocking.Intent),
		)
		l.wantClaim(claims[0], nonbis.Existing, nonbis.StateApplied)
		l.wantClaim(claims[1], nonbis.Granted, nonbis.StateSending)
		l.wantClaim(claims[2], nonbis.Blocked, nonbis.StateSending)
		l.wantClaim(claims[3], nonbis.Mismatched, nonbis.StateApplied)
		l.wantClaim(claims[4], nonbis.Existing, nonbis.StateSending)
		if claims[1].Record.ID != fresh.Name.ID() {
			l.t.Error("the granted record is another's")
		}
	})
	l.run("the same effect twice: the first is granted, the second exists", func(l *lab) {
		in := l.intent()
		claims := l.claimAll(in, another(in))
		l.wantClaim(claims[0], nonbis.Granted, nonbis.StateSending)
		l.wantClaim(claims[1], nonbis.Existing, nonbis.StateSending)
		if claims[1].Record.Latest().Token != in.Token {
			l.t.Error("the second took the effect")
		}
	})
	l.run("the same token twice: both are granted the one claim", func(l *lab) {
		in := l.intent()
		claims := l.claimAll(in, in)
		l.wantClaim(claims[0], nonbis.Granted, nonbis.StateSending)
		l.wantClaim(claims[1], nonbis.Granted, nonbis.StateSending)
		if r := claims[1].Record; r.Fence != 1 || r.Revision != 1 {
			l.t.Errorf("fence %d, revision %d: it was claimed twice", r.Fence, r.Revision)
		}
	})
	l.run("two repeats: the first blocks the second", func(l *lab) {
		in := l.intent()
		claims := l.claimAll(in, another(in, func(in *nonbis.Intent) { in.Repeat = "second" }))
		l.wantClaim(claims[0], nonbis.Granted, nonbis.StateSending)
		l.wantClaim(claims[1], nonbis.Blocked, nonbis.StateSending)
		if claims[1].Record.ID != claims[0].Record.ID {
			l.t.Error("it is not the first that blocks")
		}
	})
	l.run("two tasks with one key: one effect", func(l *lab) {
		a, b := l.intent(withKey("shared")), l.intent(withKey("shared"))
		claims := l.claimAll(a, b)
		l.wantClaim(claims[0], nonbis.Granted, nonbis.StateSending)
		l.wantClaim(claims[1], nonbis.Existing, nonbis.StateSending)
		l.wantNone(b.Name.ID())
	})
	l.run("two thousand new effects", func(l *lab) {
		intents := make([]nonbis.Intent, 2000)
		for i := range intents {
			intents[i] = l.intent()
		}
		for i, c := range l.claimAll(intents...) {
			if c.Verdict != nonbis.Granted || c.Record.ID != intents[i].Name.ID() || c.Record.Latest().Token != intents[i].Token {
				l.t.Fatalf("intent %d: %s, of the effect %s", i, verdict(c.Verdict), c.Record.ID)
			}
		}
	})
}
