package nonbis_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// faulty is a ledger of which a test changes what a call does.
type faulty struct {
	nonbis.Ledger
	claim   func([]nonbis.Intent) ([]nonbis.Claim, error)
	advance func([]nonbis.Transition) ([]nonbis.Advanced, error)
}

func (f *faulty) Claim(ctx context.Context, intents []nonbis.Intent) ([]nonbis.Claim, error) {
	if f.claim != nil {
		return f.claim(intents)
	}
	return f.Ledger.Claim(ctx, intents)
}

func (f *faulty) Advance(ctx context.Context, transitions []nonbis.Transition) ([]nonbis.Advanced, error) {
	if f.advance != nil {
		return f.advance(transitions)
	}
	return f.Ledger.Advance(ctx, transitions)
}

// overFaulty makes a guard over a ledger that works, until a test changes it.
func overFaulty(o nonbis.Options) (*nonbis.Guard, *faulty) {
	o.Clock = nonbis.ProcessClock()
	l := &faulty{Ledger: memory.New(o.Clock)}
	return nonbis.New(l, &o), l
}

var errDisk = nonbis.Errorf(nonbis.ErrUnavailable, "the disk is full")

// counted is a send that takes no time.
func counted(calls *int) func(context.Context, nonbis.Attempt) (string, error) {
	return func(context.Context, nonbis.Attempt) (string, error) { *calls++; return "hello", nil }
}

func TestTheIntentIsInTheLedgerBeforeTheSend(t *testing.T) {
	g, ledger := overFaulty(nonbis.Options{})
	_, err := nonbis.Do(t.Context(), g, greeting, func(ctx context.Context, a nonbis.Attempt) (string, error) {
		r, err := ledger.Get(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if last := r.Latest(); r.State != nonbis.StateSending || !last.Sent || last.Number != a.Number || last.Fence != a.Fence || last.Deadline == 0 {
			t.Errorf("while attempt %+v is sent the effect is %s, and its latest attempt is %+v", a, r.State, last)
		}
		return "hello", nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsSentWithoutALedger(t *testing.T) {
	g, ledger := overFaulty(nonbis.Options{})
	calls := 0
	ledger.claim = func([]nonbis.Intent) ([]nonbis.Claim, error) { return nil, errDisk }
	if _, err := nonbis.Do(t.Context(), g, greeting, counted(&calls)); !errors.Is(err, nonbis.ErrUnavailable) || calls != 0 {
		t.Fatalf("sent %d times: %v", calls, err)
	}
	ledger.claim = nil
	if r, err := nonbis.Do(t.Context(), g, greeting, counted(&calls)); err != nil || r.Replayed || calls != 1 {
		t.Fatalf("sent %d times: %+v, %v", calls, r, err)
	}
}

func TestAClaimThatIsInDoubtIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ledger := overFaulty(nonbis.Options{})
		calls := 0
		ledger.claim = func(intents []nonbis.Intent) ([]nonbis.Claim, error) {
			_, _ = ledger.Ledger.Claim(t.Context(), intents)
			return nil, errDisk
		}
		if _, err := nonbis.Do(t.Context(), g, greeting, counted(&calls)); !errors.Is(err, nonbis.ErrUnavailable) || calls != 0 {
			t.Fatalf("sent %d times: %v", calls, err)
		}
		synctest.Wait()
		ledger.claim = nil
		if r, err := nonbis.Do(t.Context(), g, greeting, counted(&calls)); err != nil || r.Replayed || calls != 1 {
			t.Fatalf("sent %d times: %+v, %v", calls, r, err)
		}
	})
}

func TestAnAttemptThatBeginsAfterItsDeadlineIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ledger := overFaulty(nonbis.Options{Deadline: time.Minute, Lease: time.Hour})
		calls := 0
		ledger.claim = func(intents []nonbis.Intent) ([]nonbis.Claim, error) {
			claims, err := ledger.Ledger.Claim(t.Context(), intents)
			time.Sleep(2 * time.Minute)
			return claims, err
		}
		if _, err := nonbis.Do(t.Context(), g, greeting, counted(&calls)); !errors.Is(err, nonbis.ErrNotApplied) || calls != 0 {
			t.Fatalf("sent %d times: %v", calls, err)
		}
	})
}

func TestASendThatIsCutOffIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := overFaulty(nonbis.Options{Deadline: time.Minute})
		_, err := nonbis.Do(t.Context(), g, greeting, func(ctx context.Context, _ nonbis.Attempt) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		if !errors.Is(err, nonbis.ErrUnknown) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	})
}

func TestAResultThatIsNotKeptLeavesAReceipt(t *testing.T) {
	for name, value := range map[string]any{"too large": strings.Repeat("x", 100), "not encodable": make(chan int)} {
		t.Run(name, func(t *testing.T) {
			g, _ := overFaulty(nonbis.Options{MaxResult: 50})
			calls := 0
			send := func(context.Context, nonbis.Attempt) (any, error) { calls++; return value, nil }
			first, err := nonbis.Do(t.Context(), g, greeting, send)
			if err != nil || first.Value != value {
				t.Fatalf("first call: %+v, %v", first, err)
			}
			again, err := nonbis.Do(t.Context(), g, greeting, send)
			if !errors.Is(err, nonbis.ErrResultGone) || again.ID != first.ID || calls != 1 {
				t.Fatalf("second call, sent %d times: %+v, %v", calls, again, err)
			}
		})
	}
}

func TestWhatCouldNotBeRecordedWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ledger := overFaulty(nonbis.Options{})
		calls := 0
		ledger.advance = func([]nonbis.Transition) ([]nonbis.Advanced, error) { return nil, errDisk }
		if _, err := nonbis.Do(t.Context(), g, greeting, counted(&calls)); !errors.Is(err, nonbis.ErrUnknown) || errors.Is(err, nonbis.ErrUnavailable) || calls != 1 {
			t.Fatalf("sent %d times: %v", calls, err)
		}
	})
}

func TestWhoWaitedForARefusalSharesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := overFaulty(nonbis.Options{})
		calls := 0
		send := func(context.Context, nonbis.Attempt) (string, error) {
			calls++
			time.Sleep(time.Minute)
			return "", nonbis.NotApplied(errors.New("the card was declined"))
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := nonbis.Do(t.Context(), g, greeting, send); !errors.Is(err, nonbis.ErrNotApplied) {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if calls != 1 {
			t.Errorf("sent %d times", calls)
		}
	})
}
