package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/nonbis/nonbis"
)

// Due implements [nonbis.Ledger]. It reads first, and takes the write lock only
// when a look can be leased.
func (l *Ledger) Due(ctx context.Context, q nonbis.DueQuery) ([]*nonbis.Record, error) {
	candidates, err := l.candidates(ctx, q)
	if err != nil {
		return nil, err
	}
	due := make([]*nonbis.Record, 0, len(candidates))
	for _, r := range candidates {
		if r.State != nonbis.StateUnknown || !r.Terms.Verify {
			due = append(due, r)
			continue
		}
		leased, err := l.leaseLook(ctx, r.ID, q)
		if err != nil {
			return nil, err
		}
		if leased != nil {
			due = append(due, leased)
		}
	}
	return due, nil
}

// leaseLook gives the look to this caller, unless somebody else was faster.
func (l *Ledger) leaseLook(ctx context.Context, id nonbis.ID, q nonbis.DueQuery) (leased *nonbis.Record, err error) {
	err = l.submit(ctx, func(ctx context.Context, w *writer) error {
		_, err := w.change(ctx, id, func(r *nonbis.Record) (*nonbis.Record, error) {
			leased = nil
			now := w.ledger.clock()
			if !r.Due.IsZero() && !r.Due.Reached(now) {
				return nil, nil
			}
			if next, ok := r.LeaseLook(nonbis.NewToken(), q.Lease, now); ok {
				leased = next
			}
			return leased, nil
		})
		if nonbis.KindOf(err) == nonbis.ErrNotFound {
			return nil
		}
		return err
	})
	if err != nil || leased == nil {
		return nil, err
	}
	return leased.Clone(), nil
}

// candidates are the records that are due, as last committed.
func (l *Ledger) candidates(ctx context.Context, q nonbis.DueQuery) (due []*nonbis.Record, err error) {
	now := l.clock()
	err = l.reading(ctx, func(conn *sql.Conn, d decoder) error {
		line, known, err := l.names.lookup(ctx, conn, now.Timeline)
		if err != nil {
			return err
		}
		if !known {
			line = -1 // nothing is of this timeline yet
		}
		// One range of effects_open each: this timeline's, and those of others.
		for _, state := range []nonbis.State{nonbis.StateClaimed, nonbis.StateSending, nonbis.StateUnknown} {
			for _, when := range []string{"due_line = ?2 AND due <= ?3", "due_line > max(?2, 0)", "due_line > 0 AND due_line < ?2"} {
				query := selectColumns + "WHERE state = ?1 AND state <= 4 AND " + when
				args := []any{int64(state), line, int64(now.Tick), q.ID[:16]}
				if !q.ID.IsZero() {
					query = selectColumns + "WHERE id = ?4 AND state = ?1 AND (due_line = 0 OR due_line <> ?2 OR due <= ?3)"
				}
				if due, err = l.take(ctx, conn, d, q, due, query, args); err != nil {
					return err
				}
				if !q.ID.IsZero() {
					break
				}
			}
		}
		return nil
	})
	return due, err
}

// take appends the rows of one query, up to the limit, that the caller can do
// something about.
func (l *Ledger) take(ctx context.Context, conn *sql.Conn, d decoder, q nonbis.DueQuery, due []*nonbis.Record, query string, args []any) ([]*nonbis.Record, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return due, err
	}
	defer rows.Close()
	for rows.Next() && (q.Limit <= 0 || len(due) < q.Limit) {
		_, r, err := d.scan(ctx, rows)
		if err != nil {
			return due, err
		}
		if r.State != nonbis.StateUnknown || !r.Terms.Verify || slices.Contains(q.Operations, r.Operation) {
			due = append(due, r)
		}
	}
	return due, rows.Err()
}
