package sqlite_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

// ceiling is the most that this machine, this driver and this row layout allow:
// the two statements of an effect with their history, in two group commits, and
// nothing else. No rule is applied, nothing is encoded, no row is looked at.
type ceiling struct {
	db                     *sql.DB
	conn                   *sql.Conn
	insert, update         driver.Stmt
	queue                  chan rawJob
	done                   chan struct{}
	last                   int64 // the row that was added last
	insertArgs, updateArgs []driver.NamedValue
}

type rawJob struct {
	n       *int64 // the row: what the insert sets, the update finds
	outcome bool
	done    chan struct{}
}

// openCeiling opens a file of its own, or that of a ledger, to which it must not
// write while the ledger does.
func openCeiling(tb testing.TB, path string) *ceiling {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(30000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"+
		"&_pragma=temp_store(memory)&_pragma=cache_size(-8000)&_pragma=wal_autocheckpoint(4000)&_txlock=immediate")
	check(tb, err)
	var tables int
	check(tb, db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables))
	if tables == 0 {
		schema, err := os.ReadFile("migration/0001.sql")
		check(tb, err)
		_, err = db.Exec(string(schema))
		check(tb, err)
	}
	c := &ceiling{db: db, queue: make(chan rawJob, 256), done: make(chan struct{})}
	c.conn, err = db.Conn(tb.Context())
	check(tb, err)
	const insert = "id, id_tail, base, fingerprint, namespace, operation, scope, occurrence, identity_kind, created, terms, task, task_key, " +
		"state, revision, fence, generation, due_line, due, due_wall, updated, attempts"
	c.insert = prepare(tb, c.conn, "INSERT INTO effects ("+insert+") VALUES (?1"+strings.Repeat(", ?", strings.Count(insert, ","))+")")
	c.update = prepare(tb, c.conn, "UPDATE effects SET state = ?, revision = ?, due_line = ?, due = ?, due_wall = ?, updated = ?, applied = ?, attempts = ?, result_info = ?, result = ? WHERE n = ? AND revision = 1")
	now := time.Now().UnixNano()
	attempts := `[{"n":1,"f":1,"t":"0123456789abcdef0123456789abcdef","p":4,"s":true,"a":{"w":1795545812580166789,"t":3600123456789,"l":5},"d":120000000000,"y":true}]`
	c.insertArgs = named(nil, make([]byte, 16), make([]byte, 32), make([]byte, 32), 1, 2, 0, 1, 0, now, 0, nil, nil, 2, 1, 1, 0, 5, 3600123456789, now, now, attempts)
	c.updateArgs = named(5, 2, 0, 0, 0, now, now, attempts, `{"n":1,"r":true}`, []byte(`{"id":"msg_0123456789abcdef","status":"accepted"}`), nil)
	check(tb, c.conn.QueryRowContext(tb.Context(), "SELECT coalesce(max(n), 0) FROM effects").Scan(&c.last))
	go c.run(tb)
	tb.Cleanup(func() {
		close(c.queue)
		<-c.done
		check(tb, c.conn.Close())
		check(tb, db.Close())
	})
	return c
}

// prepare goes past database/sql, which copies arguments.
func prepare(tb testing.TB, conn *sql.Conn, query string) (s driver.Stmt) {
	tb.Helper()
	check(tb, conn.Raw(func(c any) (err error) {
		s, err = c.(driver.ConnPrepareContext).PrepareContext(tb.Context(), query)
		return err
	}))
	return s
}

func named(values ...any) (args []driver.NamedValue) {
	for i, v := range values {
		if n, ok := v.(int); ok {
			v = int64(n)
		}
		args = append(args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return args
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// run commits whatever has queued up. It waits for callers that are late as long as
// that brings any: of what was tried, its callers are fastest so.
func (c *ceiling) run(tb testing.TB) {
	tb.Helper()
	defer close(c.done)
	ctx := context.Background()
	for job := range c.queue {
		group := []rawJob{job}
		c.exec(ctx, tb, "BEGIN IMMEDIATE")
		for i := 0; i < len(group); i++ {
			c.do(ctx, tb, group[i])
			if i == len(group)-1 {
				group = gather(c.queue, group)
			}
		}
		c.exec(ctx, tb, "COMMIT")
		for _, j := range group {
			close(j.done)
		}
	}
}

func (c *ceiling) do(ctx context.Context, tb testing.TB, j rawJob) {
	tb.Helper()
	stmt, args := c.insert, c.insertArgs
	if j.outcome {
		stmt, args = c.update, c.updateArgs
		args[10].Value = *j.n
	} else {
		sum := nonbis.NewToken()
		args[0].Value, args[11].Value = sum[:], "task-0123456789"
		args[12].Value = c.last>>12<<40 | int64(binary.BigEndian.Uint64(sum[:8])>>24)
	}
	check(tb, c.conn.Raw(func(any) error {
		res, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		if err == nil && !j.outcome {
			*j.n, err = res.LastInsertId()
			c.last = *j.n
		}
		return err
	}))
}

func (c *ceiling) exec(ctx context.Context, tb testing.TB, query string) {
	tb.Helper()
	if _, err := c.conn.ExecContext(ctx, query); err != nil {
		tb.Error(err)
	}
}

// rest frees the pages that SQLite caches: all connections of a process share one
// cache, and whose turn comes second would find it full.
func (c *ceiling) rest(tb testing.TB) {
	tb.Helper()
	c.exec(tb.Context(), tb, "PRAGMA shrink_memory")
}

// effect makes one effect: two commits, one after the other.
func (c *ceiling) effect() {
	var n int64
	for _, outcome := range []bool{false, true} {
		done := make(chan struct{})
		c.queue <- rawJob{&n, outcome, done}
		<-done
	}
}
