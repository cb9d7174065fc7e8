package sqlite

import (
	"cmp"
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

// inserted are the arguments of the insert statement, but for the number of the
// row and its task_key.
func (e encoder) inserted(r *nonbis.Record) (*values, error) {
	v := newValues()
	for _, columns := range []func(*values, *nonbis.Record) error{e.fixed, e.rare, e.hot} {
		if err := columns(v, r); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// insert adds a new record with its encoded columns and returns where it stands.
// It returns errExists, and adds nothing, when the effect has a record already or
// a variant of it is open.
func (w *writer) insert(ctx context.Context, r *nonbis.Record, v *values) (row, error) {
	n := w.rows + 1
	v.add(n, n>>blockBits<<taskBits|taskDigest(r.Namespace, r.Task))
	if added, err := w.stmts.insert.exec(ctx, v); err != nil || added == 0 {
		return row{}, cmp.Or(err, errExists)
	}
	w.rows = n
	return row{n, r}, nil
}

// errMoved says that another process changed the record since it was read.
var errMoved = errors.New("the record has moved")

// updated are the arguments of the update statement.
func (e encoder) updated(old row, next *nonbis.Record) (*values, error) {
	v := newValues()
	err := e.hot(v, next)
	v.add(old.n, old.Revision)
	return v, err
}

// update replaces the record old by next, if it is still as it was read.
func (w *writer) update(ctx context.Context, old row, next *nonbis.Record) error {
	v, err := w.encoder(ctx).updated(old, next)
	if err != nil {
		return err
	}
	defer v.free()
	if err := w.updateHot(ctx, v); err != nil || sameRare(old.Record, next) {
		return err
	}
	rare := newValues()
	defer rare.free()
	if err := w.encoder(ctx).rare(rare, next); err != nil {
		return err
	}
	rare.add(old.n)
	_, err = w.stmts.updateRare.exec(ctx, rare)
	return err
}

func (w *writer) updateHot(ctx context.Context, v *values) error {
	if changed, err := w.stmts.update.exec(ctx, v); err != nil || changed != 1 {
		return cmp.Or(err, errMoved)
	}
	return nil
}

// wrote takes down what follows from a written record: its aliases, and that it
// is to be remembered.
func (w *writer) wrote(ctx context.Context, r row) error {
	w.changed = true
	for _, key := range r.Aliases {
		if _, err := w.conn.ExecContext(ctx, "INSERT INTO aliases (digest, effect) VALUES (?, ?) ON CONFLICT DO NOTHING",
			aliasDigest(r.Namespace, r.Operation, key), r.n); err != nil {
			return err
		}
	}
	w.written = append(w.written, r)
	return nil
}
