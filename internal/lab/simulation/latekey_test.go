package simulation_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/simulator"
	"github.com/nonbis/nonbis/ledger/memory"
)

// A provider that may apply a request later, by up to its settle time, must not be
// given a key so late that its window is over by then. Callers come back every
// minute of the window; half of what they send is applied without an answer, half
// is applied ten minutes later.
func TestARepeatedKeyArrivesWithinItsWindowHoweverLate(t *testing.T) {
	const window, late = time.Hour, 10 * time.Minute
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			applied := 0
			p := simulator.New(simulator.Personality{
				Keys: simulator.KeysHonoured, Window: window, ReplaysErrors: true, LateFrom: late - time.Minute, LateTo: late,
				Rates: map[simulator.Fault]float64{simulator.FaultDropped: 0.5, simulator.FaultLate: 0.5},
			}, func(e judge.Event) {
				if e.What == "applied" {
					applied++
				}
			}, time.Now, rand.New(rand.NewPCG(1, seed)))
			clock := nonbis.ProcessClock()
			g := nonbis.New(memory.New(clock), &nonbis.Options{Clock: clock})
			terms := &nonbis.Terms{KeyWindow: window, Settle: late}
			for range 70 {
				_, err := nonbis.Do(t.Context(), g, nonbis.Effect{Task: "t", Operation: "o", Payload: 1, Terms: terms}, func(ctx context.Context, a nonbis.Attempt) (string, error) {
					ctx, cancel := context.WithTimeout(ctx, time.Second)
					defer cancel()
					reply, err := p.Send(ctx, simulator.Request{Effect: a.ID.String(), Fence: a.Fence, Key: a.ProviderKey})
					return string(reply.Body), err
				})
				if !errors.Is(err, nonbis.ErrUnknown) {
					t.Fatalf("nobody was ever answered: %v", err)
				}
				time.Sleep(time.Minute)
			}
			p.Drain()
			if applied != 1 {
				t.Errorf("seed %d: applied %d times", seed, applied)
			}
		})
	}
}
