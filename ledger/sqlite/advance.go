package sqlite

import (
	"context"
	"errors"

	"github.com/nonbis/nonbis"
)

// Advance implements [nonbis.Ledger]. Its transitions are part of one group commit.
func (l *Ledger) Advance(ctx context.Context, transitions []nonbis.Transition) ([]nonbis.Advanced, error) {
	results := make([]nonbis.Advanced, len(transitions))
	err := l.submit(ctx, func(ctx context.Context, w *writer) error {
		for i, t := range transitions {
			mayRemember := t.Event == nonbis.EventReport
			r, err := w.change(ctx, t.ID, mayRemember, func(r *nonbis.Record) (*nonbis.Record, error) { return r.Advance(t, w.ledger.clock()) })
			if err != nil && nonbis.KindOf(err) == 0 {
				return err
			}
			results[i] = nonbis.Advanced{Record: r, Err: err}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		if r.Record != nil && r.Record.State.Open() { // the writer may remember it
			results[i].Record = r.Record.Clone()
		}
	}
	return results, nil
}

// change applies a rule to a record. Errors of a kind are the rule's own:
// nothing was written then. A rule for which leases do not matter (another
// process's heartbeat changes no revision) may be given what is remembered of the
// record; before it refuses, and when the write finds another revision, it is
// applied again to what the file has.
func (w *writer) change(ctx context.Context, id nonbis.ID, mayRemember bool, rule func(*nonbis.Record) (*nonbis.Record, error)) (*nonbis.Record, error) {
	old, remembered := w.open[id]
	remembered = remembered && mayRemember
	for {
		var err error
		if !remembered {
			if old, err = w.get(ctx, id); err != nil {
				return nil, err
			}
		}
		if old.Record == nil {
			return nil, notFound(id)
		}
		next, err := rule(old.Record)
		if (err != nil || next == nil) && !remembered {
			return old.Record, err
		}
		if remembered && next != nil && (next.State == nonbis.StateClaimed || next.State == nonbis.StateSending) {
			err = errMoved // its lease may have
		}
		if err == nil && next != nil {
			err = w.update(ctx, old, next)
			if err == nil {
				return next, w.wrote(ctx, row{old.n, next})
			}
			if !errors.Is(err, errMoved) || !remembered {
				return nil, err
			}
		}
		remembered = false
		delete(w.open, id)
	}
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
	w.remember(row{old.n, next})
	return nil
}
