package sqlite

import (
	"context"
	"errors"

	"github.com/nonbis/nonbis"
)

// Advance implements [nonbis.Ledger]. Its transitions are part of one group commit.
func (l *Ledger) Advance(ctx context.Context, transitions []nonbis.Transition) ([]nonbis.Advanced, error) {
	results := make([]nonbis.Advanced, len(transitions))
	drafts := make([]*draft, len(transitions))
	for i := range transitions {
		drafts[i] = l.draftReport(&transitions[i])
	}
	err := l.submit(ctx, func(ctx context.Context, w *writer) error {
		for i, t := range transitions {
			r, err := w.advance(ctx, t, drafts[i])
			if err != nil && nonbis.KindOf(err) == 0 {
				return err
			}
			results[i] = nonbis.Advanced{Record: r, Err: err}
		}
		// failpoint: advance-in-transaction
		return nil
	})
	if err != nil {
		return nil, err // the writer may still hold the drafts
	}
	// failpoint: advance-committed
	for i, r := range results {
		drafts[i].free()
		if r.Record != nil {
			results[i].Record = r.Record.Clone() // it is remembered
		}
	}
	return results, nil
}

func (w *writer) advance(ctx context.Context, t nonbis.Transition, d *draft) (*nonbis.Record, error) {
	if d.usable(w.began) {
		err := w.updateHot(ctx, d.args)
		if err == nil {
			return d.row.Record, w.wrote(ctx, d.row)
		}
		if !errors.Is(err, errMoved) {
			return nil, err
		}
	}
	return w.change(ctx, t.ID, func(r *nonbis.Record) (*nonbis.Record, error) { return r.Advance(t, w.ledger.clock()) })
}

// change applies a rule to a record. Errors of a kind are the rule's own:
// nothing was written then.
func (w *writer) change(ctx context.Context, id nonbis.ID, rule func(*nonbis.Record) (*nonbis.Record, error)) (*nonbis.Record, error) {
	old, err := w.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if old.Record == nil {
		return nil, notFound(id)
	}
	next, err := rule(old.Record)
	if err != nil || next == nil {
		return old.Record, err
	}
	if err := w.update(ctx, old, next); err != nil {
		return nil, err
	}
	return next, w.wrote(ctx, row{old.n, next})
}

// Heartbeat implements [nonbis.Ledger].
func (l *Ledger) Heartbeat(ctx context.Context, beats []nonbis.Beat) ([]error, error) {
	errs := make([]error, len(beats))
	err := l.submit(ctx, func(ctx context.Context, w *writer) error {
		for i, b := range beats {
			err := w.beat(ctx, b)
			if err != nil && nonbis.KindOf(err) == 0 {
				return err
			}
			errs[i] = err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return errs, nil
}

// beat writes a longer lease. It changes no revision, and is no part of the
// history.
func (w *writer) beat(ctx context.Context, b nonbis.Beat) error {
	old, err := w.get(ctx, b.ID)
	if err != nil {
		return err
	}
	if old.Record == nil {
		return notFound(b.ID)
	}
	next := old.Record.Clone()
	if err := next.Beat(b.Fence, b.Token, b.Lease, w.ledger.clock()); err != nil {
		return err
	}
	if err := w.update(ctx, old, next); err != nil {
		return err
	}
	w.written = append(w.written, row{old.n, next})
	return nil
}
