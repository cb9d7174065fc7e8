package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/nonbis/nonbis"
)

func (w *writer) decoder() decoder { return decoder{names: w.ledger.names, q: w.conn} }

// get reads the record of an effect inside the transaction; its Record is nil
// when there is none.
func (w *writer) get(ctx context.Context, id nonbis.ID) (row, error) {
	n, r, err := w.decoder().scan(ctx, w.stmts.byID.QueryRowContext(ctx, id[:16]))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return row{}, nil
	case err != nil:
		return row{}, err
	case r.ID != id:
		return row{}, fmt.Errorf("two effects share half of an id: %s and %s", r.ID, id)
	}
	return row{n, r}, nil
}

// errExists says that the effect has a record already, or an open variant.
var errExists = errors.New("the effect exists")

// insert adds a new record and returns where it stands. It returns errExists, and
// adds nothing, when the effect has a record already or a variant of it is open.
func (w *writer) insert(ctx context.Context, r *nonbis.Record) (n int64, err error) {
	args, err := w.fixed(ctx, w.args[:0], r)
	if err != nil {
		return 0, err
	}
	if args, err = w.rare(ctx, args, r); err != nil {
		return 0, err
	}
	if args, err = w.hot(ctx, args, r); err != nil {
		return 0, err
	}
	n = w.rows + 1
	args = append(args, n, n>>16<<44|taskBits(r.Namespace, r.Task))
	w.args = args
	res, err := w.stmts.insert.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	if added, err := res.RowsAffected(); err != nil || added == 0 {
		return 0, errors.Join(err, errExists)
	}
	w.rows = n
	return n, nil
}

// errMoved says that another process changed the record since it was read.
var errMoved = errors.New("the record has moved")

// update replaces the record old by next, if it is still as it was read.
func (w *writer) update(ctx context.Context, old row, next *nonbis.Record) error {
	hot, err := w.hot(ctx, w.args[:0], next)
	if err != nil {
		return err
	}
	res, err := w.stmts.update.ExecContext(ctx, append(hot, old.n, old.Revision)...)
	if err != nil {
		return err
	}
	if changed, err := res.RowsAffected(); err != nil || changed != 1 {
		return errors.Join(err, errMoved)
	}
	if sameRare(old.Record, next) {
		return nil
	}
	rare, err := w.rare(ctx, w.args[:0], next)
	if err != nil {
		return err
	}
	_, err = w.stmts.updateRare.ExecContext(ctx, append(rare, old.n)...)
	return err
}

// wrote takes down what follows from a written record: its aliases, and what is
// remembered of it.
func (w *writer) wrote(ctx context.Context, r row) error {
	w.changed = true
	for _, key := range r.Aliases {
		if _, err := w.conn.ExecContext(ctx, "INSERT INTO aliases (digest, effect) VALUES (?, ?) ON CONFLICT DO NOTHING",
			aliasDigest(r.Namespace, r.Operation, key), r.n); err != nil {
			return err
		}
	}
	w.remember(r)
	return nil
}

func (w *writer) remember(r row) {
	if !r.State.Open() {
		delete(w.open, r.ID)
		return
	}
	if len(w.open) >= maxOpen {
		clear(w.open)
	}
	w.open[r.ID] = r
}
