package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"github.com/nonbis/nonbis"
)

// cache keeps rows as this process has last seen them committed. Another process
// may have changed them since: whoever uses one compares the revision, in the
// statement that writes or by asking for it.
type cache struct {
	most int
	mu   sync.Mutex
	rows map[nonbis.ID]row
}

// How many rows are kept: of open effects, so that a report need not read them
// back, and of applied ones, for replays. maxCachedResult bounds the latter.
const (
	maxOpen         = 1 << 14
	maxApplied      = 1 << 12
	maxCachedResult = 4 << 10
)

func (c *cache) get(id nonbis.ID) (row, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.rows[id]
	return r, ok
}

func (c *cache) put(r row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rows == nil {
		c.rows = map[nonbis.ID]row{}
	}
	if len(c.rows) >= c.most {
		for id := range c.rows { // any: the map has an order of its own
			delete(c.rows, id)
			break
		}
	}
	c.rows[r.ID] = r
}

func (c *cache) drop(id nonbis.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.rows, id)
}

// committed remembers what was written. Until it is committed nobody may build on
// it: after a rollback another process may reach the same revision in another way.
func (l *Ledger) committed(rows []row) {
	for _, r := range rows {
		switch {
		case r.State.Open():
			l.open.put(r)
			l.applied.drop(r.ID)
		case r.State == nonbis.StateApplied && !r.Pruned && (r.Result == nil || len(r.Result.Body) <= maxCachedResult):
			l.open.drop(r.ID)
			l.applied.put(r)
		default:
			l.open.drop(r.ID)
			l.applied.drop(r.ID)
		}
	}
}

// replay answers an intent for an effect that is known to be applied, without
// waiting for the writer, if the record is still as it was seen.
func (l *Ledger) replay(ctx context.Context, in *nonbis.Intent) (claim nonbis.Claim, ok bool) {
	if l.brief || !standsAlone(in) {
		return claim, false
	}
	r, ok := l.applied.get(in.Name.ID())
	if !ok {
		return claim, false
	}
	var revision int64
	err := l.reading(ctx, func(conn *sql.Conn, _ decoder) error {
		return conn.QueryRowContext(ctx, "SELECT revision FROM effects WHERE n = ?", r.n).Scan(&revision)
	})
	if err != nil || revision != r.Revision {
		l.applied.drop(r.ID)
		return claim, false
	}
	_, verdict := in.Decide(r.Record, l.clock(), false)
	return nonbis.Claim{Verdict: verdict, Record: r.Record.Clone()}, true
}
