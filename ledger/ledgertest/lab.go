package ledgertest

import (
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis"
)

// lab is a ledger under test, with the clock that it reads.
type lab struct {
	t      *testing.T
	h      Harness
	clock  *manual
	ledger nonbis.Ledger
	made   *atomic.Int64 // effects named so far
	forgot bool          // the ledger was restored
}

// open makes a lab with a fresh ledger.
func open(t *testing.T, h Harness) *lab {
	t.Helper()
	l := &lab{t: t, h: h, clock: newManual(), made: new(atomic.Int64)}
	l.ledger = h.Open(t, l.clock.read)
	closeAfter(t, l.ledger)
	return l
}

// closeAfter closes a ledger with the test. That it may be closed already, by
// the test or by the harness, is not an error.
func closeAfter(t *testing.T, ledger nonbis.Ledger) {
	t.Helper()
	t.Cleanup(func() { _ = ledger.Close() })
}

// run tests a behaviour on the ledger that the theme has.
func (l *lab) run(behaviour string, test func(*lab)) {
	l.t.Run(behaviour, func(t *testing.T) {
		sub := *l
		sub.t = t
		test(&sub)
	})
}

// fresh tests a behaviour on a ledger of its own.
func (l *lab) fresh(behaviour string, test func(*lab)) {
	l.t.Run(behaviour, func(t *testing.T) { test(open(t, l.h)) })
}

// on is the same lab with another ledger.
func (l *lab) on(ledger nonbis.Ledger) *lab {
	second := *l
	second.ledger = ledger
	return &second
}

// other is the same ledger through a second handle.
func (l *lab) other() *lab {
	l.t.Helper()
	second := l.on(l.h.Reopen(l.t, l.ledger, l.clock.read))
	closeAfter(l.t, second.ledger)
	return second
}

// claim makes one claim.
func (l *lab) claim(in nonbis.Intent) nonbis.Claim {
	l.t.Helper()
	return l.claimAll(in)[0]
}

// claimAll makes several claims in one call.
func (l *lab) claimAll(intents ...nonbis.Intent) []nonbis.Claim {
	l.t.Helper()
	claims, err := l.ledger.Claim(l.t.Context(), intents)
	if err != nil || len(claims) != len(intents) {
		l.t.Fatalf("claim: %d answers to %d intents, error %v", len(claims), len(intents), err)
	}
	for i, c := range claims {
		if c.Record == nil {
			l.t.Fatalf("claim %d: %s, without a record", i, verdict(c.Verdict))
		}
	}
	l.stored(claims[len(claims)-1].Record)
	return claims
}

// granted makes a claim that must succeed.
func (l *lab) granted(in nonbis.Intent) *nonbis.Record {
	l.t.Helper()
	c := l.claim(in)
	l.wantClaim(c, nonbis.Granted, sentOr(in.Send))
	return c.Record
}

// advance asks for one transition.
func (l *lab) advance(t nonbis.Transition) (*nonbis.Record, error) {
	l.t.Helper()
	done, err := l.ledger.Advance(l.t.Context(), []nonbis.Transition{t})
	if err != nil || len(done) != 1 {
		l.t.Fatalf("advance: %d answers to one transition, error %v", len(done), err)
	}
	if done[0].Record != nil {
		l.stored(done[0].Record)
	}
	return done[0].Record, done[0].Err
}

// must asks for a transition that must succeed.
func (l *lab) must(t nonbis.Transition) *nonbis.Record {
	l.t.Helper()
	r, err := l.advance(t)
	if err != nil || r == nil {
		l.t.Fatalf("%s: record %v, error %v", eventNames[t.Event], r, err)
	}
	return r
}

// get reads a record that must be there.
func (l *lab) get(id nonbis.ID) *nonbis.Record {
	l.t.Helper()
	r, err := l.ledger.Get(l.t.Context(), id)
	if err != nil {
		l.t.Fatalf("get: %v", err)
	}
	return r
}

// stored checks that an answered record is the stored one.
func (l *lab) stored(r *nonbis.Record) {
	l.t.Helper()
	if d := diff(l.get(r.ID), r); d != "" {
		l.t.Fatalf("the answer is not what is stored (-stored +answered):\n%s", d)
	}
}

// diff tells how two records differ. Empty and nil lists are the same.
func diff(want, got *nonbis.Record) string {
	want, got = plain(want), plain(got)
	if reflect.DeepEqual(want, got) { // which is fast
		return ""
	}
	return cmp.Diff(want, got, cmp.Comparer(sameTime), cmp.Comparer(sameBytes))
}

// plain confuses the kinds of nothing that a ledger may confuse.
func plain(r *nonbis.Record) *nonbis.Record {
	if r == nil {
		return nil
	}
	c := *r
	c.Aliases, c.Evidence, c.Request = orNil(c.Aliases), orNil(c.Evidence), orNil(c.Request)
	c.Attempts = orNil(slices.Clone(c.Attempts))
	for i := range c.Attempts {
		c.Attempts[i].Credential = orNil(c.Attempts[i].Credential)
	}
	return &c
}

func orNil[E any](s []E) []E {
	if len(s) == 0 {
		return nil
	}
	return s
}
