package sqlite_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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
	next                   atomic.Int64
	insertArgs, updateArgs []driver.NamedValue
}

type rawJob struct {
	n       int64
	outcome bool
	done    chan struct{}
}

func openCeiling(b *testing.B) *ceiling {
	b.Helper()
	path := filepath.Join(b.TempDir(), "ceiling.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(30000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"+
		"&_pragma=temp_store(memory)&_pragma=cache_size(-8000)&_pragma=wal_autocheckpoint(4000)&_txlock=immediate")
	check(b, err)
	schema, err := os.ReadFile("migration/0001.sql")
	check(b, err)
	_, err = db.Exec(string(schema))
	check(b, err)
	c := &ceiling{db: db, queue: make(chan rawJob, 256), done: make(chan struct{})}
	c.conn, err = db.Conn(b.Context())
	check(b, err)
	const insert = "id, id_tail, base, fingerprint, namespace, operation, scope, occurrence, identity_kind, created, terms, task, task_key, " +
		"state, revision, fence, generation, due_line, due, due_wall, updated, attempts"
	c.insert = prepare(b, c.conn, "INSERT INTO effects ("+insert+") VALUES (?1"+strings.Repeat(", ?", strings.Count(insert, ","))+")")
	c.update = prepare(b, c.conn, "UPDATE effects SET state = ?, revision = ?, due_line = ?, due = ?, due_wall = ?, updated = ?, applied = ?, attempts = ?, result_info = ?, result = ? WHERE n = ? AND revision = 1")
	now := time.Now().UnixNano()
	attempts := `[{"n":1,"f":1,"t":"0123456789abcdef0123456789abcdef","p":4,"s":true,"a":{"w":1795545812580166789,"t":3600123456789,"l":5},"d":120000000000,"y":true}]`
	c.insertArgs = named(nil, make([]byte, 16), make([]byte, 32), make([]byte, 32), 1, 2, 0, 1, 0, now, 0, nil, nil, 2, 1, 1, 0, 5, 3600123456789, now, now, attempts)
	c.updateArgs = named(5, 2, 0, 0, 0, now, now, attempts, `{"n":1,"r":true}`, []byte(`{"id":"msg_0123456789abcdef","status":"accepted"}`), nil)
	go c.run(b)
	b.Cleanup(func() {
		close(c.queue)
		<-c.done
		check(b, c.conn.Close())
		check(b, db.Close())
	})
	return c
}

// prepare goes past database/sql, which copies arguments.
func prepare(b *testing.B, conn *sql.Conn, query string) (s driver.Stmt) {
	b.Helper()
	check(b, conn.Raw(func(c any) (err error) {
		s, err = c.(driver.ConnPrepareContext).PrepareContext(b.Context(), query)
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

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// run commits whatever has queued up, with the same patience as the ledger.
func (c *ceiling) run(b *testing.B) {
	b.Helper()
	defer close(c.done)
	ctx := context.Background()
	for job := range c.queue {
		group := []rawJob{job}
		c.exec(ctx, b, "BEGIN IMMEDIATE")
		for i := 0; i < len(group); i++ {
			c.do(ctx, b, group[i])
			if i == len(group)-1 {
				group = gather(c.queue, group)
			}
		}
		c.exec(ctx, b, "COMMIT")
		for _, j := range group {
			close(j.done)
		}
	}
}

func (c *ceiling) do(ctx context.Context, b *testing.B, j rawJob) {
	b.Helper()
	stmt, args := c.insert, c.insertArgs
	if j.outcome {
		stmt, args = c.update, c.updateArgs
		args[10].Value = j.n
	} else {
		sum := nonbis.NewToken()
		args[0].Value, args[11].Value = sum[:], "task-0123456789"
		args[12].Value = j.n>>12<<40 | int64(binary.BigEndian.Uint64(sum[:8])>>24)
	}
	check(b, c.conn.Raw(func(any) error {
		_, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	}))
}

func (c *ceiling) exec(ctx context.Context, b *testing.B, query string) {
	b.Helper()
	if _, err := c.conn.ExecContext(ctx, query); err != nil {
		b.Error(err)
	}
}

// rest frees the pages that SQLite caches: all connections of a process share one
// cache, and whose turn comes second would find it full.
func (c *ceiling) rest(b *testing.B) {
	b.Helper()
	c.exec(b.Context(), b, "PRAGMA shrink_memory")
}

// effect makes one effect: two commits, one after the other.
func (c *ceiling) effect() {
	n := c.next.Add(1)
	for _, outcome := range []bool{false, true} {
		done := make(chan struct{})
		c.queue <- rawJob{n, outcome, done}
		<-done
	}
}
