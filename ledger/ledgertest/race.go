package ledgertest

import (
	"strconv"
	"sync"

	"github.com/nonbis/nonbis"
)

// callers is how many goroutines race.
const callers = 64

// together starts n calls at the same moment and waits for all.
func together(n int, call func(int)) {
	var ready, over sync.WaitGroup
	begin := make(chan struct{})
	ready.Add(n)
	for i := range n {
		over.Go(func() {
			ready.Done()
			<-begin
			call(i)
		})
	}
	ready.Wait()
	close(begin)
	over.Wait()
}

// claimTogether makes one claim per caller at the same moment.
func (l *lab) claimTogether(intents []nonbis.Intent) []nonbis.Claim {
	l.t.Helper()
	claims := make([]nonbis.Claim, len(intents))
	together(len(intents), func(i int) {
		c, err := l.ledger.Claim(l.t.Context(), intents[i:i+1])
		if err != nil {
			l.t.Errorf("claim: %v", err)
			return
		}
		claims[i] = c[0]
	})
	if l.t.Failed() {
		l.t.FailNow()
	}
	return claims
}

// wantOne checks that exactly one of the intents was granted, as all agree, and
// that the others got the verdict.
func (l *lab) wantOne(intents []nonbis.Intent, claims []nonbis.Claim, others nonbis.Verdict) *nonbis.Record {
	l.t.Helper()
	var won *nonbis.Record
	for i, c := range claims {
		if c.Verdict == nonbis.Granted {
			if won != nil {
				l.t.Fatal("two callers were granted it")
			}
			won = c.Record
			if won.Latest().Token != intents[i].Token {
				l.t.Fatal("the claim is another caller's")
			}
		}
	}
	if won == nil {
		l.t.Fatal("nobody was granted it")
	}
	for _, c := range claims {
		if c.Verdict != nonbis.Granted && (c.Verdict != others || c.Record.ID != won.ID || c.Record.Fence != won.Fence) {
			l.t.Fatalf("another caller got %s, fence %d", verdict(c.Verdict), c.Record.Fence)
		}
	}
	l.stored(won)
	return won
}

// races tests callers that do the same thing at the same moment.
func races(l *lab) {
	intents := func(one func(i int) nonbis.Intent) (all []nonbis.Intent) {
		for i := range callers {
			all = append(all, one(i))
		}
		return all
	}
	l.run("of many claims one is granted", func(l *lab) {
		in := l.intent()
		all := intents(func(int) nonbis.Intent { return another(in) })
		l.wantOne(all, l.claimTogether(all), nonbis.Existing)
	})
	l.run("so is one of many that want what lapsed", func(l *lab) {
		s := l.bring("claimed")
		l.clock.pass(lease)
		all := intents(func(int) nonbis.Intent { return another(s.Intent) })
		if r := l.wantOne(all, l.claimTogether(all), nonbis.Existing); r.Fence != 2 {
			l.t.Errorf("fence %d, want 2", r.Fence)
		}
	})
	l.run("of many repeats one is granted", func(l *lab) {
		in := l.intent()
		all := intents(func(i int) nonbis.Intent { return another(in, repeated(strconv.Itoa(i))) })
		l.wantOne(all, l.claimTogether(all), nonbis.Blocked)
	})
	l.run("of many tasks with one key one is granted", func(l *lab) {
		all := intents(func(int) nonbis.Intent { return l.intent(withKey("contended")) })
		won := l.wantOne(all, l.claimTogether(all), nonbis.Existing)
		for _, in := range all {
			if in.Name.ID() != won.ID {
				l.wantNone(in.Name.ID())
			}
		}
	})
	l.run("a key that is added to two effects names one", func(l *lab) {
		a, b := l.bring("applied"), l.bring("applied")
		all := intents(func(i int) nonbis.Intent { return another([]specimen{a, b}[i%2].Intent, withKey("added")) })
		for i, c := range l.claimTogether(all) {
			if c.Record.ID != all[i].Name.ID() {
				l.t.Fatal("what an effect itself has come to does not outrank its other name")
			}
		}
		named := l.claim(l.intent(withKey("added"))).Record
		if again := l.claim(l.intent(withKey("added"))).Record; again.ID != named.ID || (named.ID != a.r.ID && named.ID != b.r.ID) {
			l.t.Fatal("it names two, or neither")
		}
	})
	l.run("each caller gets the answer to its own claim", func(l *lab) {
		all := intents(func(int) nonbis.Intent { return l.intent() })
		for i, c := range l.claimTogether(all) {
			l.wantClaim(c, nonbis.Granted, nonbis.StateSending)
			if c.Record.ID != all[i].Name.ID() || c.Record.Latest().Token != all[i].Token {
				l.t.Fatal("a caller got another's")
			}
		}
	})
	l.run("an owner that wakes up and the next one: one of them sends", func(l *lab) {
		for range 20 {
			s := l.bring("claimed")
			l.clock.pass(lease)
			var sent []nonbis.Advanced
			var claims []nonbis.Claim
			together(2, func(i int) {
				if i == 0 {
					sent, _ = l.ledger.Advance(l.t.Context(), []nonbis.Transition{s.event(nonbis.EventSend)})
				} else {
					claims, _ = l.ledger.Claim(l.t.Context(), []nonbis.Intent{another(s.Intent)})
				}
			})
			if len(sent) != 1 || len(claims) != 1 || (sent[0].Err == nil) == (claims[0].Verdict == nonbis.Granted) {
				l.t.Fatalf("sent %+v, claims %+v", sent, claims)
			}
			l.wantHistory(l.get(s.r.ID))
		}
	})
	l.run("the same report many times is one change", func(l *lab) {
		s := l.bring("sending")
		together(callers, func(int) {
			done, err := l.ledger.Advance(l.t.Context(), []nonbis.Transition{s.report(nonbis.OutcomeApplied)})
			if err != nil || done[0].Err != nil {
				l.t.Errorf("error %v, %+v", err, done)
			}
		})
		if r := l.get(s.r.ID); r.Revision != s.r.Revision+1 {
			l.t.Errorf("revision %d, want %d", r.Revision, s.r.Revision+1)
		}
	})
}
