package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nonbis/nonbis"
)

// readable refuses reads of a closed ledger.
func (l *Ledger) readable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed(l.path)
	}
	return nil
}

// reading runs f on a connection of the read pool.
func (l *Ledger) reading(ctx context.Context, f func(*sql.Conn, decoder) error) error {
	if err := l.readable(); err != nil {
		return err
	}
	if l.brief {
		return l.submit(ctx, func(_ context.Context, w *writer) error { return f(w.conn, w.decoder()) })
	}
	conn, err := l.read.Conn(ctx)
	if err != nil {
		return unavailable(l.path, err)
	}
	defer conn.Close()
	if err := f(conn, decoder{names: l.names, q: conn, committed: true}); err != nil {
		if nonbis.KindOf(err) != 0 {
			return err
		}
		return unavailable(l.path, err)
	}
	return nil
}

// Get implements [nonbis.Ledger].
func (l *Ledger) Get(ctx context.Context, id nonbis.ID) (r *nonbis.Record, err error) {
	err = l.reading(ctx, func(conn *sql.Conn, d decoder) (err error) {
		_, r, err = d.scan(ctx, conn.QueryRowContext(ctx, selectColumns+"WHERE id = ?", id[:16]))
		if errors.Is(err, sql.ErrNoRows) || (err == nil && r.ID != id) {
			return notFound(id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// List implements [nonbis.Ledger]. The cursor is the number of the page's last row.
func (l *Ledger) List(ctx context.Context, q nonbis.Query) (page nonbis.Page, err error) {
	err = l.reading(ctx, func(conn *sql.Conn, d decoder) error {
		where, args, none, err := l.conditions(ctx, conn, q)
		if err != nil || none {
			return err
		}
		limit := -1
		if q.Limit > 0 {
			limit = q.Limit + 1 // one more tells whether there is a next page
		}
		rows, err := conn.QueryContext(ctx, selectColumns+where+" ORDER BY n DESC LIMIT ?", append(args, limit)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for cursor := int64(0); rows.Next(); {
			n, r, err := d.scan(ctx, rows)
			if err != nil {
				return err
			}
			if q.Limit > 0 && len(page.Records) == q.Limit {
				page.Next = strconv.FormatInt(cursor, 10)
				break
			}
			page.Records = append(page.Records, r)
			cursor = n
		}
		return rows.Err()
	})
	return page, err
}

// conditions translates a query. none says that no row can match.
func (l *Ledger) conditions(ctx context.Context, conn *sql.Conn, q nonbis.Query) (where string, args []any, none bool, err error) {
	var terms []string
	add := func(term string, values ...any) {
		terms = append(terms, term)
		args = append(args, values...)
	}
	for column, text := range map[string]string{"namespace": q.Namespace, "operation": q.Operation} {
		if text == "" {
			continue
		}
		n, ok, err := l.names.lookup(ctx, conn, text)
		if err != nil || !ok {
			return "", nil, true, err
		}
		add(column+" = ?", n)
	}
	if q.Task != "" {
		add("task = ?", q.Task)
	}
	if q.Task != "" && q.Namespace != "" {
		add(fmt.Sprintf("task_key IN (WITH RECURSIVE block (b) AS (SELECT coalesce(max(n), 0) >> %d FROM effects UNION ALL SELECT b - 1 FROM block WHERE b > 0)"+
			" SELECT b << %d | ? FROM block)", blockBits, taskBits), taskDigest(q.Namespace, q.Task))
	}
	if len(q.States) > 0 {
		open := true
		for _, s := range q.States {
			open = open && s.Open()
			args = append(args, int64(s))
		}
		terms = append(terms, "state IN (?"+strings.Repeat(", ?", len(q.States)-1)+")")
		if open {
			terms = append(terms, "state <= 4") // what effects_open is about
		}
	}
	if q.Held {
		add("(hold IS NOT NULL OR state = ?) AND state IN (3, 4) AND state <= 4", int64(nonbis.StateDisputed))
	}
	if !q.Base.IsZero() {
		add("base = ?", q.Base[:])
	}
	if !q.High.IsZero() {
		add("id >= ? AND id <= ? AND (id, id_tail) >= (?, ?) AND (id, id_tail) <= (?, ?)",
			q.Low[:16], q.High[:16], q.Low[:16], q.Low[16:], q.High[:16], q.High[16:])
	}
	if q.After != "" {
		n, err := strconv.ParseInt(q.After, 10, 64)
		if err != nil || n < 0 {
			return "", nil, false, nonbis.Errorf(nonbis.ErrInvalid, "%q is not a cursor of this ledger", q.After)
		}
		add("n < ?", n)
	}
	if len(terms) == 0 {
		return "", args, false, nil
	}
	return "WHERE " + strings.Join(terms, " AND "), args, false, nil
}

// History implements [nonbis.Ledger].
func (l *Ledger) History(ctx context.Context, q nonbis.HistoryQuery) (changes []nonbis.Change, err error) {
	err = l.reading(ctx, func(conn *sql.Conn, _ decoder) error {
		query := "SELECT h.seq, e.id, e.id_tail, h.revision, h.state, h.fence, h.at FROM history h JOIN effects e ON e.n = h.effect WHERE h.seq > ?"
		args := []any{q.After}
		if !q.ID.IsZero() {
			query += " AND e.id = ? AND e.id_tail = ?"
			args = append(args, q.ID[:16], q.ID[16:])
		}
		limit := -1
		if q.Limit > 0 {
			limit = q.Limit
		}
		rows, err := conn.QueryContext(ctx, query+" ORDER BY h.seq LIMIT ?", append(args, limit)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c nonbis.Change
			var id, tail []byte
			var at int64
			if err := rows.Scan(&c.Seq, &id, &tail, &c.Revision, &c.State, &c.Fence, &at); err != nil {
				return err
			}
			copy(c.ID[:16], id)
			copy(c.ID[16:], tail)
			c.At = time.Unix(0, at).UTC()
			changes = append(changes, c)
		}
		return rows.Err()
	})
	return changes, err
}

// Verify looks for damage: SQLite's own check of the file, and rows that cannot
// be read. It returns one line a problem.
func (l *Ledger) Verify(ctx context.Context) (problems []string, err error) {
	err = l.reading(ctx, func(conn *sql.Conn, _ decoder) error {
		rows, err := conn.QueryContext(ctx, "PRAGMA integrity_check(100)")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			if line != "ok" {
				problems = append(problems, line)
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		var orphans int
		if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM history WHERE effect NOT IN (SELECT n FROM effects)").Scan(&orphans); err != nil {
			return err
		}
		if orphans > 0 {
			problems = append(problems, fmt.Sprintf("%d changes in the history belong to no effect", orphans))
		}
		return nil
	})
	return problems, err
}
