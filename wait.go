package nonbis

import (
	"context"
	"time"
)

// pollInterval is how often a process looks for a result that another process
// may have recorded: well under the 100 ms within which a waiter is answered.
const pollInterval = 50 * time.Millisecond

// flight is an effect that somebody waits for. One goroutine watches it for all
// of them.
type flight struct {
	waiters int
	after   int64         // the revision that was in flight: older news is about earlier attempts
	done    chan struct{} // closed when record is set
	record  *Record
	stop    context.CancelFunc
}

// wait returns the record once it is no longer in flight. A send of this guard
// wakes its waiters at once; those of other processes are polled for.
func (g *Guard) wait(ctx context.Context, id ID, revision int64) (*Record, error) {
	f := g.join(ctx, id, revision)
	defer g.leave(id, f)
	select {
	case <-f.done:
		return f.record, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// waitFor is wait under Options.Wait.
func (g *Guard) waitFor(ctx context.Context, id ID, revision int64) (*Record, error) {
	if g.opts.Wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, g.opts.Wait)
		defer cancel()
	}
	return g.wait(ctx, id, revision)
}

func (g *Guard) join(ctx context.Context, id ID, revision int64) *flight {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.flights[id]
	if f == nil {
		ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // it watches for those who join later too
		f = &flight{done: make(chan struct{}), stop: stop}
		g.flights[id] = f
		go g.watch(ctx, id)
	}
	f.waiters++
	f.after = max(f.after, revision)
	return f
}

func (g *Guard) leave(id ID, f *flight) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f.waiters--
	if f.waiters == 0 {
		f.stop()
		if g.flights[id] == f {
			delete(g.flights, id)
		}
	}
}

// landed hands a record that is no longer in flight to those who wait for it.
func (g *Guard) landed(r *Record) {
	if r.State == StateClaimed || r.State == StateSending {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.flights[r.ID]; f != nil && r.Revision > f.after {
		f.record = r
		close(f.done)
		f.stop()
		delete(g.flights, r.ID)
	}
}

// watch polls until the effect has landed, or nobody waits any more. Errors of
// the ledger are waited out: they say nothing about the effect.
func (g *Guard) watch(ctx context.Context, id ID) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if r, err := g.ledger.Get(ctx, id); err == nil {
			g.landed(g.observe(ctx, r))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
