package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/nonbis/nonbis"
)

// maxGroup is how many jobs share one commit at most, and how many may queue.
const maxGroup = 256

// job is one caller's part of a group commit. Its run must either write what it
// wants completely or return an error of this package before it wrote anything:
// its neighbours are committed all the same. An error of the database itself
// rolls all of them back.
type job struct {
	run  func(ctx context.Context, w *writer) error
	err  error
	done chan struct{}
}

// writer owns the write connection. Only its goroutine touches it.
type writer struct {
	ledger *Ledger
	conn   *sql.Conn
	stmts  statements
	turn   *turn

	// Of the transaction under way:
	changed  bool
	began    nonbis.Instant
	rows     int64 // the largest n
	written  []row
	newNames map[string]int64
	patience time.Duration // with callers that are late for the group
}

// row is a record and where it stands.
type row struct {
	n int64
	*nonbis.Record
}

func (l *Ledger) newWriter(ctx context.Context, busy time.Duration) (*writer, error) {
	conn, err := l.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	turn, err := openTurn(l.path+epochSuffix, busy)
	if err != nil {
		return nil, err
	}
	w := &writer{ledger: l, conn: conn, turn: turn, newNames: map[string]int64{}}
	return w, w.stmts.prepare(ctx, conn)
}

// submit queues a job and waits until its group is committed. A caller that
// gives up cannot take its job back, so ctx only decides whether it is queued.
func (l *Ledger) submit(ctx context.Context, run func(context.Context, *writer) error) error {
	if err := ctx.Err(); err != nil {
		return nonbis.Errorf(nonbis.ErrUnavailable, "the call ended before the ledger was asked: %w", err)
	}
	j := &job{run: run, done: make(chan struct{})}
	l.mu.Lock()
	closed, broken := l.closed, l.broken
	l.mu.Unlock()
	switch {
	case closed:
		return errClosed(l.path)
	case broken != nil:
		return broken
	}
	select {
	case l.queue <- j:
	case <-l.stopped:
		return errClosed(l.path)
	}
	select {
	case <-j.done:
		return j.err
	case <-l.stopped:
		select { // the last group may hold it
		case <-j.done:
			return j.err
		default:
			return errClosed(l.path)
		}
	}
}

func errClosed(path string) error {
	return nonbis.Errorf(nonbis.ErrUnavailable, "ledger %s: it is closed", path)
}

// run commits groups until the ledger is closed and its queue is empty.
func (w *writer) run() {
	defer close(w.ledger.stopped)
	group := make([]*job, 0, maxGroup)
	for {
		group = group[:0]
		select {
		case j := <-w.ledger.queue:
			group = append(group, j)
		case <-w.ledger.stop:
			select {
			case j := <-w.ledger.queue:
				group = append(group, j)
			default:
				_ = errors.Join(w.stmts.close(), w.conn.Close(), w.turn.close()) // nothing is left to be lost
				return
			}
		}
		w.commit(&group)
		for _, j := range group {
			close(j.done)
		}
	}
}

// commit runs a group in one transaction. Jobs that arrive while it works join.
func (w *writer) commit(group *[]*job) {
	ctx := context.Background() // a cancelled write would tell nothing about the ledger
	w.changed, w.written = false, w.written[:0]
	err := w.ledger.replaced()
	if err == nil {
		err = w.turn.take()
	}
	if err == nil {
		defer w.turn.give()
		err = w.exec(ctx, "BEGIN IMMEDIATE")
	}
	if err == nil {
		w.began = w.ledger.clock()
		err = w.stmts.rows.QueryRowContext(ctx).Scan(&w.rows)
	}
	for i := 0; err == nil; i++ {
		if i == len(*group) && !w.more(group) {
			break
		}
		j := (*group)[i]
		if j.err = j.run(ctx, w); j.err != nil && nonbis.KindOf(j.err) == 0 {
			err = j.err
		}
	}
	var seq int64
	if err == nil && w.changed {
		err = w.stmts.latest.QueryRowContext(ctx).Scan(&seq)
	}
	if err == nil {
		// failpoint: commit-begun
		start := w.ledger.clock()
		err = w.exec(ctx, "COMMIT")
		w.patience = w.ledger.clock().Tick - start.Tick - time.Duration(len(*group))*pageCost
	}
	if err == nil {
		for text, n := range w.newNames {
			w.ledger.names.add(n, text)
		}
		clear(w.newNames)
		w.ledger.committed(w.written)
		clear(w.written)
		w.ledger.epoch.reached(seq)
		return
	}
	_ = w.exec(ctx, "ROLLBACK") // fails when SQLite has rolled back already
	clear(w.newNames)
	failed := unavailable(w.ledger.path, err)
	if fatal(err) || errors.Is(err, errReplaced) {
		w.ledger.log.Error("the ledger failed; nothing more will be sent", slog.Any("error", err))
		w.ledger.mu.Lock()
		w.ledger.broken = failed
		w.ledger.mu.Unlock()
	}
	for _, j := range *group {
		j.err = failed
	}
}

// pageCost is about what one job adds to the time of a commit; the rest of it is
// the price of one more commit.
const pageCost = 25 * time.Microsecond

// more takes what has queued up. For the price of a commit it waits for the
// callers that the group before has woken: two groups that take turns would pay
// it twice. Longer it does not wait: who is late can work while this group is
// committed.
func (w *writer) more(group *[]*job) bool {
	before := len(*group)
	for idle := 0; idle < 2 && len(*group) < maxGroup; {
		select {
		case j := <-w.ledger.queue:
			*group = append(*group, j)
			idle = 0
		default:
			if w.patience <= 0 {
				return len(*group) > before
			}
			start := w.ledger.clock()
			runtime.Gosched()
			w.patience -= w.ledger.clock().Tick - start.Tick
			idle++
		}
	}
	return len(*group) > before
}

func (w *writer) exec(ctx context.Context, query string) error {
	_, err := w.conn.ExecContext(ctx, query)
	return err
}

// statements are the prepared ones of the hot path.
type statements struct {
	rows, byID, latest         *sql.Stmt
	insert, update, updateRare hotStmt
}

func (s *statements) prepare(ctx context.Context, conn *sql.Conn) (err error) {
	for query, to := range map[string]**sql.Stmt{
		"SELECT coalesce(max(n), 0) FROM effects":   &s.rows,
		"SELECT coalesce(max(seq), 0) FROM history": &s.latest,
		selectColumns + "WHERE id = ?":              &s.byID,
	} {
		if *to, err = conn.PrepareContext(ctx, query); err != nil { //nolint:sqlclosecheck // see close
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	const all = fixedColumns + ", " + rareColumns + ", " + hotColumns
	for query, to := range map[string]*hotStmt{
		"INSERT INTO effects (" + all + ", n, task_key) SELECT " + marks(all+", n, task_key") +
			" WHERE NOT EXISTS (SELECT 1 FROM effects WHERE base = ?3 AND (repeat IS NOT NULL OR scope IN (1, 2)) AND state <= 4)" +
			" ON CONFLICT (id) DO NOTHING": &s.insert,
		"UPDATE effects SET (" + hotColumns + ") = (" + marks(hotColumns) + ") WHERE n = ? AND revision = ?": &s.update,
		"UPDATE effects SET (" + rareColumns + ") = (" + marks(rareColumns) + ") WHERE n = ?":                &s.updateRare,
	} {
		if *to, err = prepareHot(ctx, conn, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return nil
}

// close must come before the connection's: SQLite keeps one with open statements.
func (s *statements) close() error {
	return errors.Join(s.rows.Close(), s.latest.Close(), s.byID.Close(), s.insert.close(), s.update.close(), s.updateRare.close())
}

// errReplaced says that what this process writes to is no longer the ledger.
var errReplaced = errors.New("its file was replaced while it was open: start this process again")

// replaced notices a ledger that was restored under a running process, which
// would go on in a file that nobody finds any more.
func (l *Ledger) replaced() error {
	if now, err := os.Stat(l.path); err != nil || !os.SameFile(now, l.file) {
		return errReplaced
	}
	return nil
}

// marks is a list of numbered parameters, one for each column.
func marks(columns string) string {
	b := []byte("?1")
	n := 1
	for _, c := range columns {
		if c == ',' {
			n++
			b = fmt.Appendf(b, ", ?%d", n)
		}
	}
	return string(b)
}
