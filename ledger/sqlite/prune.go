package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"github.com/nonbis/nonbis"
)

// pruneBatch is how many tombstones are written in one commit: other callers
// wait no longer than that.
const pruneBatch = 200

// Prune implements [nonbis.Ledger]. It commits in batches, so that an
// interrupted run has pruned a part.
func (l *Ledger) Prune(ctx context.Context, q nonbis.PruneQuery) (pruned int, err error) {
	where := "WHERE n > ? AND state > 4 AND task IS NOT NULL AND updated < ?"
	args := []any{int64(0), q.Before.UnixNano()}
	if q.Namespace != "" {
		var n int64
		err := l.reading(ctx, func(conn *sql.Conn, _ decoder) (err error) {
			n, _, err = l.names.lookup(ctx, conn, q.Namespace) // 0 when there is no such namespace: no row has it
			return err
		})
		if err != nil {
			return 0, err
		}
		where += " AND namespace = ?"
		args = append(args, n)
	}
	if q.DryRun {
		err := l.reading(ctx, func(conn *sql.Conn, _ decoder) error {
			return conn.QueryRowContext(ctx, "SELECT count(*) FROM effects "+where, args...).Scan(&pruned)
		})
		return pruned, err
	}
	for {
		batch := 0
		err := l.submit(ctx, func(ctx context.Context, w *writer) error {
			rows, err := w.pruneBatch(ctx, where, args)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := w.bury(ctx, r); err != nil {
					return err
				}
				args[0] = r.n
			}
			// failpoint: prune-in-transaction
			batch = len(rows)
			return nil
		})
		pruned += batch
		if err != nil || batch < pruneBatch {
			return pruned, err
		}
	}
}

func (w *writer) pruneBatch(ctx context.Context, where string, args []any) (batch []row, err error) {
	rows, err := w.conn.QueryContext(ctx, selectColumns+where+" ORDER BY n LIMIT ?", append(slices.Clip(args), pruneBatch)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		n, r, err := w.decoder().scan(ctx, rows)
		if err != nil {
			return nil, err
		}
		batch = append(batch, row{n, r})
	}
	return batch, rows.Err()
}

// bury leaves a tombstone, with the aliases' digests but not the keys. The history
// stays: it holds no payload, and the number of the latest change must not fall.
func (w *writer) bury(ctx context.Context, r row) error {
	tombstone := r.Tombstone()
	if err := w.update(ctx, r, tombstone); err != nil {
		return err
	}
	return w.wrote(ctx, row{r.n, tombstone})
}
