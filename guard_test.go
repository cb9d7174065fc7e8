package nonbis_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

func TestAnEffectOfAnotherNamespaceIsNotThere(t *testing.T) {
	clock := nonbis.ProcessClock()
	ledger := memory.New(clock)
	alice := nonbis.New(ledger, &nonbis.Options{Clock: clock, Namespace: "alice"})
	bob := nonbis.New(ledger, &nonbis.Options{Clock: clock, Namespace: "bob"})
	send := func(context.Context, nonbis.Attempt) (string, error) { return "alice's", errors.New("timeout") }
	res, err := nonbis.Do(t.Context(), alice, greeting, send)
	if !errors.Is(err, nonbis.ErrUnknown) {
		t.Fatal(err)
	}
	if r, err := bob.Get(t.Context(), res.ID); !errors.Is(err, nonbis.ErrNotFound) {
		t.Errorf("bob sees %+v, %v", r, err)
	}
	if p, err := bob.List(t.Context(), nonbis.Query{Namespace: "alice"}); err != nil || len(p.Records) != 0 {
		t.Errorf("bob lists %+v, %v", p, err)
	}
	if _, err := bob.Resolve(t.Context(), res.ID, nonbis.Resolution{Outcome: nonbis.OutcomeNotApplied}); !errors.Is(err, nonbis.ErrNotFound) {
		t.Errorf("bob settles it: %v", err)
	}
}

// An owner that is silent beyond its deadline, and seen alive, may still send: so
// neither that nothing is found frees the effect, nor that a person says so.
func TestNobodyFreesAnEffectBesideItsLivingOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		ledger := memory.New(clock)
		fate := nonbis.FateAlive
		g := nonbis.New(ledger, &nonbis.Options{Clock: clock, Fate: func(nonbis.Owner) nonbis.Fate { return fate }})
		e := greeting
		e.Terms = &nonbis.Terms{Verify: func(context.Context, *nonbis.Record) (nonbis.Finding, error) {
			return nonbis.Finding{Verdict: nonbis.Absent}, nil
		}}
		name, payload, err := e.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = ledger.Claim(t.Context(), []nonbis.Intent{{
			Name: name, Fingerprint: payload.Fingerprint(), Terms: nonbis.TermsRecord{Verify: true}, Token: nonbis.NewToken(),
			Owner: nonbis.Owner{Machine: "here", Boot: "now", PID: 4711}, Lease: lease, Deadline: deadline, Send: true,
		}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		calls := 0
		if _, err := nonbis.Do(t.Context(), g, e, counted(&calls)); !errors.Is(err, nonbis.ErrUnknown) || calls != 0 {
			t.Errorf("nothing is found: sent %d times, %v", calls, err)
		}
		notApplied := nonbis.Resolution{Outcome: nonbis.OutcomeNotApplied}
		if _, err := g.Resolve(t.Context(), name.ID(), notApplied); !errors.Is(err, nonbis.ErrInFlight) {
			t.Errorf("a person says so: %v", err)
		}
		fate = nonbis.FateGone
		if _, err := g.Resolve(t.Context(), name.ID(), notApplied); err != nil {
			t.Errorf("a person says so once the owner is gone: %v", err)
		}
	})
}

// An owner on another machine may be sending until its deadline, whatever a person
// believes.
func TestAPersonWaitsForTheDeadlineOfAnOwnerOutOfSight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		ledger := memory.New(clock)
		g := nonbis.New(ledger, &nonbis.Options{Clock: clock, Fate: func(nonbis.Owner) nonbis.Fate { return nonbis.FateUnseen }})
		name, payload, err := greeting.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = ledger.Claim(t.Context(), []nonbis.Intent{{
			Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(),
			Owner: nonbis.Owner{Machine: "there", Boot: "now", PID: 4711}, Lease: lease, Deadline: deadline, Send: true,
		}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lease)
		notApplied := nonbis.Resolution{Outcome: nonbis.OutcomeNotApplied}
		_, err = g.Resolve(t.Context(), name.ID(), notApplied)
		if e, ok := errors.AsType[*nonbis.Error](err); !ok || e.Kind != nonbis.ErrInFlight || e.RetryAfter != deadline-lease {
			t.Errorf("before the deadline: %v", err)
		}
		time.Sleep(deadline - lease)
		if _, err := g.Resolve(t.Context(), name.ID(), notApplied); err != nil {
			t.Errorf("after the deadline: %v", err)
		}
	})
}
