package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
)

// hotStmt is a prepared statement that runs on the driver itself: database/sql
// would copy and check every argument once more, of thousands of rows a second.
type hotStmt struct {
	conn *sql.Conn
	stmt driver.Stmt
}

func prepareHot(ctx context.Context, conn *sql.Conn, query string) (s hotStmt, err error) {
	s.conn = conn
	err = conn.Raw(func(c any) (err error) {
		s.stmt, err = c.(driver.ConnPrepareContext).PrepareContext(ctx, query)
		return err
	})
	return s, err
}

// exec returns how many rows were written.
func (s hotStmt) exec(ctx context.Context, v *values) (written int64, err error) {
	err = s.conn.Raw(func(any) error {
		res, err := s.stmt.(driver.StmtExecContext).ExecContext(ctx, v.list)
		if err != nil {
			return err
		}
		written, err = res.RowsAffected()
		return err
	})
	return written, err
}

func (s hotStmt) close() error { return s.conn.Raw(func(any) error { return s.stmt.Close() }) }

// values are arguments of a statement: of the types int64, string, []byte and nil.
type values struct{ list []driver.NamedValue }

var valuesPool = sync.Pool{New: func() any { return &values{make([]driver.NamedValue, 0, 40)} }}

func newValues() *values { return valuesPool.Get().(*values) }

// free lets v be used again. Whoever may still write it must not.
func (v *values) free() {
	clear(v.list)
	v.list = v.list[:0]
	valuesPool.Put(v)
}

func (v *values) add(vs ...any) {
	for _, value := range vs {
		v.list = append(v.list, driver.NamedValue{Ordinal: len(v.list) + 1, Value: value})
	}
}
