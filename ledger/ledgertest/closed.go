package ledgertest

import (
	"context"

	"github.com/nonbis/nonbis"
)

// closed tests that a closed ledger says so, and pretends nothing.
func closed(l *lab) {
	s := l.bring("sending")
	if err := l.ledger.Close(); err != nil {
		l.t.Fatalf("close: %v", err)
	}
	for method, call := range map[string]func(context.Context) error{
		"Claim": func(ctx context.Context) error { _, err := l.ledger.Claim(ctx, []nonbis.Intent{s.Intent}); return err },
		"Advance": func(ctx context.Context) error {
			_, err := l.ledger.Advance(ctx, []nonbis.Transition{s.gone()})
			return err
		},
		"Heartbeat": func(ctx context.Context) error {
			_, err := l.ledger.Heartbeat(ctx, []nonbis.Beat{s.beat()})
			return err
		},
		"Get":     func(ctx context.Context) error { _, err := l.ledger.Get(ctx, s.r.ID); return err },
		"List":    func(ctx context.Context) error { _, err := l.ledger.List(ctx, nonbis.Query{}); return err },
		"Due":     func(ctx context.Context) error { _, err := l.ledger.Due(ctx, nonbis.DueQuery{}); return err },
		"History": func(ctx context.Context) error { _, err := l.ledger.History(ctx, nonbis.HistoryQuery{}); return err },
		"Prune":   func(ctx context.Context) error { _, err := l.ledger.Prune(ctx, nonbis.PruneQuery{}); return err },
		"Epoch":   func(ctx context.Context) error { _, err := l.ledger.Epoch(ctx); return err },
		"Accept":  func(ctx context.Context) error { return l.ledger.Accept(ctx) },
	} {
		l.run(method+" is unavailable", func(l *lab) {
			if err := call(l.t.Context()); nonbis.KindOf(err) != nonbis.ErrUnavailable {
				l.t.Errorf("error %v, want of kind %s", err, nonbis.ErrUnavailable)
			}
		})
	}
}

// cancelled tests calls whose context has ended before they began.
func cancelled(l *lab) {
	l.run("a claim is made for all, or for none", func(l *lab) {
		for range 20 {
			intents := []nonbis.Intent{l.intent(), l.intent(), l.intent()}
			claims, err := l.ledger.Claim(l.over(), intents)
			for i, in := range intents {
				if err != nil {
					l.wantNone(in.Name.ID())
					continue
				}
				l.wantClaim(claims[i], nonbis.Granted, nonbis.StateSending)
				l.stored(claims[i].Record)
			}
		}
	})
	l.run("an outcome is recorded, or it is not", func(l *lab) {
		for range 20 {
			s := l.bring("sending")
			done, err := l.ledger.Advance(l.over(), []nonbis.Transition{s.report(nonbis.OutcomeApplied)})
			if err != nil {
				l.wantSame(s.r)
				continue
			}
			l.wantState(done[0].Record, nonbis.StateApplied)
			l.stored(done[0].Record)
		}
	})
	l.run("the next call is not affected", func(l *lab) {
		l.bring("applied")
	})
}

// over is a context that has ended.
func (l *lab) over() context.Context {
	ctx, cancel := context.WithCancel(l.t.Context())
	cancel()
	return ctx
}
