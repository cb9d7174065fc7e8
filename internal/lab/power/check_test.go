package power

import (
	"context"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"sync"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/power/record"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// problem is what is wrong with what a crash has left.
type problem struct {
	kind string
	what string
}

// The kinds of problem.
const (
	lost      = "lost"      // something that was acknowledged
	corrupt   = "corrupt"   // the ledger cannot be read, or has what nobody wrote
	suspected = "suspected" // of having forgotten, and it has not
	again     = "again"     // an effect that may have happened can be sent again
)

// told is what callers have been told by the time of a crash.
type told struct {
	latest    map[nonbis.ID]record.Snapshot
	count     int
	accepting bool // a person's acceptance is under way
}

func (t *told) apply(o record.Operation) {
	switch {
	case o.Kind == record.Acknowledge && o.Told.Revision >= t.latest[o.Told.ID].Revision:
		t.latest[o.Told.ID] = o.Told
	case o.Kind == record.Accepting || o.Kind == record.Accepted:
		t.accepting = o.Kind == record.Accepting
	default:
		return
	}
	t.count++
}

// checker checks images against what was recorded.
type checker struct {
	recording record.Recording
	written   map[version]record.Snapshot // all that was ever written

	mu    sync.Mutex
	known map[uint64]*remembered // by the digest of the ledger's file
}

// version is an effect at one revision.
type version struct {
	id       nonbis.ID
	revision int64
}

// remembered is what a ledger that was read knows, or what is wrong with it.
type remembered struct {
	effects map[nonbis.ID]record.Snapshot
	problem *problem
}

func newChecker(r record.Recording) *checker {
	c := &checker{recording: r, written: map[version]record.Snapshot{}, known: map[uint64]*remembered{}}
	for _, o := range r.Operations {
		if o.Kind == record.Acknowledge {
			c.written[version{o.Told.ID, o.Told.Revision}] = o.Told
		}
	}
	return c
}

// check opens the ledger that an image has, and closes it, which puts all of it
// into the one file. What stands there is read thoroughly, unless the same was read
// before: many crashes leave the same ledger.
func (c *checker) check(ctx context.Context, m *Image, t *told, folder string, thoroughly bool) *problem {
	digest, p := c.opens(ctx, m, t, folder)
	if p != nil {
		return p
	}
	c.mu.Lock()
	has := c.known[digest]
	c.mu.Unlock()
	if has == nil || thoroughly {
		has = c.reads(ctx, m, folder)
		c.mu.Lock()
		c.known[digest] = has
		c.mu.Unlock()
	}
	if has.problem != nil {
		return has.problem
	}
	for id, want := range t.latest {
		if got := has.effects[id]; got.Revision < want.Revision {
			return &problem{lost, fmt.Sprintf("%s was acknowledged as %s at revision %d, and is %s at %d", id, want.State, want.Revision, got.State, got.Revision)}
		}
	}
	return nil
}

const ledgerName = "l.db"

// opens leaves only what everything else follows from.
func (c *checker) opens(ctx context.Context, m *Image, t *told, folder string) (digest uint64, p *problem) {
	path := filepath.Join(folder, ledgerName)
	if err := m.Write(folder); err != nil {
		return 0, &problem{"test", err.Error()}
	}
	l, err := sqlite.Open(ctx, path, &sqlite.Options{Brief: true})
	if err != nil {
		return 0, &problem{corrupt, err.Error()}
	}
	epoch, err := l.Epoch(ctx)
	if err := l.Close(); err != nil {
		return 0, &problem{corrupt, err.Error()}
	}
	switch {
	case err != nil:
		return 0, &problem{corrupt, err.Error()}
	case epoch.Suspect != "" && !t.accepting:
		return 0, &problem{suspected, epoch.Suspect}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, &problem{corrupt, err.Error()}
	}
	return maphash.Bytes(digestSeed, b), nil
}
