package nonbis_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// guard makes a guard over a fresh memory ledger, both on the process's clock.
func guard(t *testing.T, o nonbis.Options) *nonbis.Guard {
	t.Helper()
	clock := nonbis.ProcessClock()
	o.Clock = clock
	return nonbis.New(memory.New(clock), &o)
}

var greeting = nonbis.Effect{Task: "t-1", Operation: "test.greet", Payload: map[string]string{"to": "Ada"}}

func TestTheSecondCallIsAnsweredFromTheLedger(t *testing.T) {
	g := guard(t, nonbis.Options{})
	calls := 0
	send := func(context.Context, nonbis.Attempt) (string, error) { calls++; return "hello", nil }
	first, err := nonbis.Do(t.Context(), g, greeting, send)
	if err != nil || first.Replayed || first.Value != "hello" {
		t.Fatalf("first call: %+v, %v", first, err)
	}
	second, err := nonbis.Do(t.Context(), g, greeting, send)
	if err != nil || !second.Replayed || second.Value != "hello" || second.ID != first.ID || !second.AppliedAt.Equal(first.AppliedAt) {
		t.Fatalf("second call: %+v, %v; first: %+v", second, err, first)
	}
	if calls != 1 {
		t.Fatalf("sent %d times", calls)
	}
}

func TestAnErrorIsUnknownAndNotSentAgain(t *testing.T) {
	g := guard(t, nonbis.Options{})
	calls := 0
	timeout := errors.New("read: connection reset")
	send := func(context.Context, nonbis.Attempt) (string, error) { calls++; return "", timeout }
	_, err := nonbis.Do(t.Context(), g, greeting, send)
	if !errors.Is(err, nonbis.ErrUnknown) || !errors.Is(err, timeout) {
		t.Fatalf("first call: %v", err)
	}
	_, err = nonbis.Do(t.Context(), g, greeting, send)
	if !errors.Is(err, nonbis.ErrUnknown) {
		t.Fatalf("second call: %v", err)
	}
	if calls != 1 {
		t.Fatalf("sent %d times", calls)
	}
}

func TestOnlyTheSendersWordFrees(t *testing.T) {
	g := guard(t, nonbis.Options{})
	calls := 0
	send := func(context.Context, nonbis.Attempt) (int, error) {
		calls++
		if calls == 1 {
			return 0, nonbis.NotApplied(errors.New("connection refused"))
		}
		return calls, nil
	}
	if _, err := nonbis.Do(t.Context(), g, greeting, send); !errors.Is(err, nonbis.ErrNotApplied) {
		t.Fatalf("first call: %v", err)
	}
	r, err := nonbis.Do(t.Context(), g, greeting, send)
	if err != nil || r.Replayed || r.Value != 2 {
		t.Fatalf("second call: %+v, %v", r, err)
	}
}

func TestNotAppliedBesideAnotherErrorProvesNothing(t *testing.T) {
	g := guard(t, nonbis.Options{})
	_, err := nonbis.Do(t.Context(), g, greeting, func(context.Context, nonbis.Attempt) (int, error) {
		return 0, errors.Join(errors.New("timeout"), nonbis.NotApplied(errors.New("refused")))
	})
	if !errors.Is(err, nonbis.ErrUnknown) {
		t.Fatal(err)
	}
}

func TestConcurrentCallsShareOneSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, nonbis.Options{})
		var calls atomic.Int32
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				r, err := nonbis.Do(t.Context(), g, greeting, func(ctx context.Context, _ nonbis.Attempt) (string, error) {
					calls.Add(1)
					time.Sleep(time.Minute)
					return "hello", ctx.Err()
				})
				if err != nil || r.Value != "hello" {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		wg.Wait()
		if n := calls.Load(); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}

func TestTheCallerLeavingDoesNotStopTheSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, nonbis.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		send := func(ctx context.Context, _ nonbis.Attempt) (string, error) {
			time.Sleep(10 * time.Second)
			return "done", ctx.Err()
		}
		_, err := nonbis.Do(ctx, g, greeting, send)
		if !errors.Is(err, nonbis.ErrInFlight) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		r, err := nonbis.Do(t.Context(), g, greeting, send)
		if err != nil || r.Value != "done" || !r.Replayed {
			t.Fatalf("%+v, %v", r, err)
		}
		if err := g.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAPanicIsUnknownAndPanicsOn(t *testing.T) {
	g := guard(t, nonbis.Options{})
	func() {
		defer func() {
			if p := recover(); p != "boom" {
				t.Errorf("recovered %v", p)
			}
		}()
		_, _ = nonbis.Do(t.Context(), g, greeting, func(context.Context, nonbis.Attempt) (int, error) { panic("boom") })
	}()
	_, err := nonbis.Do(t.Context(), g, greeting, func(context.Context, nonbis.Attempt) (int, error) { return 1, nil })
	if !errors.Is(err, nonbis.ErrUnknown) {
		t.Fatal(err)
	}
}

func TestAnotherPayloadUnderTheSameIdentityIsAMismatch(t *testing.T) {
	g := guard(t, nonbis.Options{})
	e := nonbis.Effect{Task: "t", Operation: "test.pay", Payload: map[string]any{"order": 1, "amount": 5}, Identity: []string{"/order"}}
	send := func(context.Context, nonbis.Attempt) (int, error) { return 1, nil }
	if _, err := nonbis.Do(t.Context(), g, e, send); err != nil {
		t.Fatal(err)
	}
	e.Payload = map[string]any{"order": 1, "amount": 6}
	if _, err := nonbis.Do(t.Context(), g, e, send); !errors.Is(err, nonbis.ErrMismatch) {
		t.Fatal(err)
	}
}

func TestTheProviderKeyIsRepeatedInsideItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, nonbis.Options{})
		e := greeting
		e.Terms = &nonbis.Terms{KeyWindow: time.Hour}
		var keys []string
		send := func(_ context.Context, a nonbis.Attempt) (int, error) {
			keys = append(keys, a.ProviderKey)
			if len(keys) < 3 {
				return 0, errors.New("timeout")
			}
			return 7, nil
		}
		for range 2 {
			if _, err := nonbis.Do(t.Context(), g, e, send); !errors.Is(err, nonbis.ErrUnknown) {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
		}
		r, err := nonbis.Do(t.Context(), g, e, send)
		if err != nil || r.Value != 7 || keys[0] != keys[1] || keys[1] != keys[2] {
			t.Fatalf("%+v, %v, %v", r, err, keys)
		}
	})
}

func TestTheProviderKeyIsNotRepeatedAfterItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, nonbis.Options{})
		e := greeting
		e.Terms = &nonbis.Terms{KeyWindow: time.Hour}
		calls := 0
		send := func(context.Context, nonbis.Attempt) (int, error) { calls++; return 0, errors.New("timeout") }
		_, _ = nonbis.Do(t.Context(), g, e, send)
		time.Sleep(time.Hour)
		if _, err := nonbis.Do(t.Context(), g, e, send); !errors.Is(err, nonbis.ErrUnknown) || calls != 1 {
			t.Fatal(err, calls)
		}
	})
}

func TestAbsenceNeedsTwoSpacedLooksAfterTheSettleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, nonbis.Options{Patience: time.Minute})
		e := greeting
		var looks []time.Duration
		start := time.Now()
		e.Terms = &nonbis.Terms{Settle: 5 * time.Second, Verify: func(context.Context, *nonbis.Record) (nonbis.Finding, error) {
			looks = append(looks, time.Since(start))
			return nonbis.Finding{Verdict: nonbis.Absent, Note: "not in the list"}, nil
		}}
		calls := 0
		send := func(context.Context, nonbis.Attempt) (int, error) {
			if calls++; calls == 1 {
				return 0, errors.New("timeout")
			}
			return calls, nil
		}
		if _, err := nonbis.Do(t.Context(), g, e, send); !errors.Is(err, nonbis.ErrNotApplied) {
			t.Fatal(err)
		}
		if r, err := nonbis.Do(t.Context(), g, e, send); err != nil || r.Value != 2 {
			t.Fatal(r, err)
		}
		counted := looks[len(looks)-2:]
		if counted[0] < 5*time.Second || counted[1]-counted[0] < 5*time.Second {
			t.Errorf("looks at %v", looks)
		}
	})
}

func TestTheResolverSettlesWhatAnOwnerLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		ledger := memory.New(clock)
		dead := nonbis.Owner{Machine: "here", Boot: "now", PID: 4711}
		g := nonbis.New(ledger, &nonbis.Options{Clock: clock, Fate: func(o nonbis.Owner) nonbis.Fate {
			if o == dead {
				return nonbis.FateGone
			}
			return nonbis.FateAlive
		}})
		verify := func(context.Context, *nonbis.Record) (nonbis.Finding, error) {
			return nonbis.Finding{Verdict: nonbis.Present, Result: "found"}, nil
		}
		g.Register("test.greet", nonbis.Terms{Verify: verify})
		name, payload, err := greeting.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		_, err = ledger.Claim(t.Context(), []nonbis.Intent{{
			Name: name, Fingerprint: payload.Fingerprint(), Terms: nonbis.TermsRecord{Verify: true},
			Token: nonbis.NewToken(), Owner: dead, Lease: time.Hour, Send: true,
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = g.Run(ctx) }()
		time.Sleep(3 * time.Second)
		cancel()
		r, err := g.Get(t.Context(), name.ID())
		if err != nil || r.State != nonbis.StateApplied {
			t.Fatal(r, err)
		}
		again, err := nonbis.Do(t.Context(), g, greeting, func(context.Context, nonbis.Attempt) (string, error) { return "again", nil })
		if err != nil || again.Value != "found" || !again.Replayed {
			t.Fatal(again, err)
		}
	})
}

func TestAPersonMaySayThatItHappenedWhileWhatItStartedLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		ledger := memory.New(clock)
		g := nonbis.New(ledger, &nonbis.Options{Clock: clock, Fate: func(nonbis.Owner) nonbis.Fate { return nonbis.FateAlive }})
		name, payload, err := greeting.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		_, err = ledger.Claim(t.Context(), []nonbis.Intent{{
			Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(),
			Owner: nonbis.Owner{Machine: "here", Boot: "now", PID: 4711, Lock: "/lock"}, Lease: time.Minute, Send: true,
		}})
		if err != nil {
			t.Fatal(err)
		}
		decide := func(o nonbis.Outcome) error {
			seen, err := g.Get(t.Context(), name.ID())
			if err != nil || seen.State != nonbis.StateSending {
				t.Fatal(seen, err)
			}
			_, err = g.Resolve(t.Context(), name.ID(), nonbis.Resolution{Outcome: o, Revision: seen.Revision})
			return err
		}
		if err := decide(nonbis.OutcomeApplied); !errors.Is(err, nonbis.ErrInFlight) {
			t.Errorf("inside the lease: %v", err)
		}
		time.Sleep(2 * time.Minute)
		if err := decide(nonbis.OutcomeNotApplied); !errors.Is(err, nonbis.ErrInFlight) {
			t.Errorf("that it did not happen: %v", err)
		}
		if err := decide(nonbis.OutcomeApplied); err != nil {
			t.Errorf("that it happened: %v", err)
		}
	})
}
