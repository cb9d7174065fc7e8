package sqlite

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"

	"github.com/nonbis/nonbis"
)

// names interns strings that recur in many rows. What the writer adds is shared
// with readers only once it is committed: a number that was rolled back will
// name something else.
type names struct {
	mu      sync.RWMutex
	numbers map[string]int64
	texts   map[int64]string

	last atomic.Pointer[process]
}

// process is an owner without a lock as it is interned: a process has the same
// one for all its effects.
type process struct {
	owner nonbis.Owner
	text  string
}

func newNames() *names { return &names{numbers: map[string]int64{}, texts: map[int64]string{}} }

func (s *names) number(text string) (int64, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n, ok := s.numbers[text]
	return n, ok
}

func (s *names) add(n int64, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numbers[text], s.texts[n] = n, text
}

// querier is a connection or a pool.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// text looks a number up, in the database when it is not known yet. 0 is "". keep
// says that what the database has is committed.
func (s *names) text(ctx context.Context, q querier, n int64, keep bool) (text string, err error) {
	if n == 0 {
		return "", nil
	}
	s.mu.RLock()
	text, ok := s.texts[n]
	s.mu.RUnlock()
	if ok {
		return text, nil
	}
	err = q.QueryRowContext(ctx, "SELECT text FROM names WHERE n = ?", n).Scan(&text)
	if err == nil && keep {
		s.add(n, text)
	}
	return text, err
}

// lookup finds the number of a text that a reader asks for; ok is false when no
// row can have it.
func (s *names) lookup(ctx context.Context, q querier, text string) (n int64, ok bool, err error) {
	if n, ok := s.number(text); ok {
		return n, true, nil
	}
	switch err := q.QueryRowContext(ctx, "SELECT n FROM names WHERE text = ?", text).Scan(&n); err {
	case nil:
		return n, true, nil
	case sql.ErrNoRows:
		return 0, false, nil
	default:
		return 0, false, err
	}
}

// process is the text by which an owner is interned.
func (s *names) process(o nonbis.Owner) string {
	if o == (nonbis.Owner{}) {
		return ""
	}
	if p := s.last.Load(); p != nil && p.owner == o {
		return p.text
	}
	p := &process{o, text(o)}
	s.last.Store(p)
	return p.text
}

// encoder is one that can add new names, in the transaction under way.
func (w *writer) encoder(ctx context.Context) encoder {
	return encoder{names: w.ledger.names, add: func(text string) (int64, error) {
		if n, ok := w.newNames[text]; ok {
			return n, nil
		}
		n, ok, err := w.ledger.names.lookup(ctx, w.conn, text)
		if err == nil && !ok {
			err = w.conn.QueryRowContext(ctx, "INSERT INTO names (text) VALUES (?) RETURNING n", text).Scan(&n)
		}
		if err == nil {
			w.newNames[text] = n
		}
		return n, err
	}}
}
