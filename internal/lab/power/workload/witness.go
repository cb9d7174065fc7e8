package main

import (
	"context"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/power/record"
	"github.com/nonbis/nonbis/ledger/sqlite" //nolint:depguard // it is this ledger that is recorded
)

// witness is a ledger that writes down what it acknowledged, just before its
// callers hear of it.
type witness struct{ *sqlite.Ledger }

func openLedger(ctx context.Context, path string) (witness, error) {
	l, err := sqlite.Open(ctx, path, nil)
	return witness{l}, err
}

// Claim implements [nonbis.Ledger].
func (w witness) Claim(ctx context.Context, intents []nonbis.Intent) ([]nonbis.Claim, error) {
	claims, err := w.Ledger.Claim(ctx, intents)
	for i, c := range claims {
		if c.Record != nil {
			record.Here.Asked(c.Record.ID, intents[i])
			record.Here.Acknowledged(c.Record)
		}
	}
	return claims, err
}

// Advance implements [nonbis.Ledger].
func (w witness) Advance(ctx context.Context, transitions []nonbis.Transition) ([]nonbis.Advanced, error) {
	advanced, err := w.Ledger.Advance(ctx, transitions)
	for _, a := range advanced {
		if a.Record != nil {
			record.Here.Acknowledged(a.Record)
		}
	}
	return advanced, err
}

// Prune implements [nonbis.Ledger].
func (w witness) Prune(ctx context.Context, q nonbis.PruneQuery) (int, error) {
	n, err := w.Ledger.Prune(ctx, q)
	if err != nil {
		return n, err
	}
	page, err := w.List(ctx, nonbis.Query{Limit: 1000})
	for _, r := range page.Records {
		if r.Pruned {
			record.Here.Acknowledged(r)
		}
	}
	return n, err
}

// Accept implements [nonbis.Ledger].
func (w witness) Accept(ctx context.Context) error {
	record.Here.Mark(record.Accepting)
	err := w.Ledger.Accept(ctx)
	if err == nil {
		record.Here.Mark(record.Accepted)
	}
	return err
}
