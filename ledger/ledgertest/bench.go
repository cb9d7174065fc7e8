package ledgertest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nonbis/nonbis"
)

// Bench measures a ledger as an engine uses it. An effect is a claim that goes
// straight to sending and a report with a small result: two durable writes. A
// replay is reading an effect that was done. Both report how many are done in a
// second; beside them belongs the raw ceiling of the machine.
func Bench(b *testing.B, h Harness) {
	b.Helper()
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("effect/callers=%d", callers), func(b *testing.B) {
			ledger := h.Open(b, nonbis.SystemClock)
			defer func() { _ = ledger.Close() }()
			l := &lab{made: new(atomic.Int64)}
			each(b, callers, func() error { return l.effect(b, ledger) })
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "effects/s")
		})
	}
	b.Run("replay", func(b *testing.B) {
		ledger := h.Open(b, nonbis.SystemClock)
		defer func() { _ = ledger.Close() }()
		l := &lab{made: new(atomic.Int64)}
		if err := l.effect(b, ledger); err != nil {
			b.Fatal(err)
		}
		page, err := ledger.List(b.Context(), nonbis.Query{Limit: 1})
		if err != nil {
			b.Fatal(err)
		}
		id := page.Records[0].ID
		each(b, 1, func() error {
			_, err := ledger.Get(b.Context(), id)
			return err
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "replays/s")
	})
}

// effect does one effect, from the claim to the outcome.
func (l *lab) effect(b *testing.B, ledger nonbis.Ledger) error {
	b.Helper()
	in := l.intent(under(keyed))
	claims, err := ledger.Claim(b.Context(), []nonbis.Intent{in})
	if err != nil {
		return err
	}
	if claims[0].Verdict != nonbis.Granted {
		return fmt.Errorf("a new effect: %s", verdict(claims[0].Verdict))
	}
	s := specimen{Intent: in, fence: claims[0].Record.Fence, r: claims[0].Record}
	done, err := ledger.Advance(b.Context(), []nonbis.Transition{s.report(nonbis.OutcomeApplied, returning(`{"ok":true,"ts":"1503435956.000247"}`))})
	if err != nil {
		return err
	}
	return done[0].Err
}

// each does something b.N times, shared among callers.
func each(b *testing.B, callers int, do func() error) {
	b.Helper()
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
}
