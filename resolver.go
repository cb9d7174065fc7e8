package nonbis

import (
	"context"
	"log/slog"
	"time"
)

// The resolver's pace: how often it asks the ledger what is due, how often it
// looks for owners that are gone, how many records it takes at a time, and how
// long a look may take.
const (
	duePeriod  = time.Second
	sweepEvery = 5 // periods
	dueBatch   = 64
	lookLease  = 30 * time.Second
)

// Run settles what owners left behind until ctx ends: lapsed claims become free,
// lapsed or ownerless sends become unknown, and unknown effects whose operation
// is registered are looked for at the provider. It never sends. Any number of
// processes may run it on one ledger. It returns ctx.Err().
func (g *Guard) Run(ctx context.Context) error {
	tick := time.NewTicker(duePeriod)
	defer tick.Stop()
	for n := 0; ; n++ {
		if n%sweepEvery == 0 {
			g.sweep(ctx)
		}
		g.settleDue(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sweep notices owners that are gone before their lease tells.
func (g *Guard) sweep(ctx context.Context) {
	q := Query{States: []State{StateClaimed, StateSending, StateUnknown}, Limit: 1000}
	for {
		p, err := g.ledger.List(ctx, q)
		if err != nil {
			g.opts.Logger.Warn("the ledger cannot be listed", slog.Any("error", err))
			return
		}
		for _, r := range p.Records {
			g.observe(ctx, r)
		}
		if q.After = p.Next; q.After == "" {
			return
		}
	}
}

// settleDue handles what is due until nothing more is.
func (g *Guard) settleDue(ctx context.Context) {
	for ctx.Err() == nil {
		due, err := g.ledger.Due(ctx, DueQuery{Operations: g.verifiable(), Lease: lookLease, Limit: dueBatch})
		if err != nil {
			g.opts.Logger.Warn("the ledger does not say what is due", slog.Any("error", err))
			return
		}
		moved := false
		for _, r := range due {
			after := g.settle(ctx, r)
			moved = moved || after.Revision != r.Revision
		}
		if len(due) < dueBatch || !moved {
			return
		}
	}
}

// settle does what time demands of a record that the ledger says is due.
func (g *Guard) settle(ctx context.Context, r *Record) *Record {
	if r.State == StateUnknown && r.Look.Token != (Token{}) && r.Terms.Verify {
		if t := g.registered(r.Operation); t != nil && t.Verify != nil {
			after, _ := g.look(ctx, r, t)
			return after
		}
	}
	return g.lapse(ctx, r, true)
}

// observe notices what became of a record by itself: its owner is gone, or what
// was waited for is over. What was claimed is then free, and what was being sent
// is unknown.
func (g *Guard) observe(ctx context.Context, r *Record) *Record {
	now := g.opts.Clock()
	due := !r.Due.IsZero() && r.Due.Reached(now)
	if r.Due.Timeline != now.Timeline { // the ledger's clock decides; this only saves asking it
		due = !r.Due.IsZero() && !now.Wall.Before(r.Due.Wall)
	}
	return g.lapse(ctx, r, due)
}

func (g *Guard) lapse(ctx context.Context, r *Record, due bool) *Record {
	if r.State != StateClaimed && r.State != StateSending && r.State != StateUnknown {
		return r
	}
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Ended.IsZero() && g.opts.Fate(a.Owner) == FateGone {
			return g.try(ctx, r, Transition{ID: r.ID, Event: EventLapse, Revision: r.Revision, Fence: a.Fence, Gone: true})
		}
	}
	if !due || (r.State == StateUnknown && r.Terms.Verify) {
		return r
	}
	if a := g.living(r); a != nil && a.Owner.Lock != "" && r.State != StateUnknown {
		return r // silent, but whoever holds its lock is seen alive
	}
	return g.try(ctx, r, Transition{ID: r.ID, Event: EventLapse, Revision: r.Revision})
}

// try makes a transition that may fail: another process was faster, or the
// ledger cannot be written. Then what is known of the record stands.
func (g *Guard) try(ctx context.Context, r *Record, t Transition) *Record {
	// failpoint: settle-begun
	after, err := g.advance(ctx, t)
	if after == nil {
		g.opts.Logger.Debug("a record could not be settled", slog.Any("effect", r.ID), slog.Any("error", err))
		return r
	}
	return after
}

// verifiable are the operations whose provider this guard can ask.
func (g *Guard) verifiable() (operations []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for op, t := range g.terms {
		if t.Verify != nil {
			operations = append(operations, op)
		}
	}
	return operations
}

// look asks the provider, under the look lease that r carries, and records what
// it found.
func (g *Guard) look(ctx context.Context, r *Record, terms *Terms) (*Record, FindingVerdict) {
	token := r.Look.Token
	ctx = context.WithoutCancel(ctx)
	asking, cancel := context.WithTimeout(ctx, lookLease)
	defer cancel()
	t := Transition{ID: r.ID, Event: EventLooked, Token: token}
	// failpoint: look-begun
	found, err := terms.Verify(asking, r)
	switch {
	case err != nil:
		t.Verdict, t.Note = Inconclusive, err.Error()
	case found.Verdict == Absent && g.living(r) != nil:
		t.Verdict, t.Note = Inconclusive, "not there yet, and its owner is alive: "+found.Note
	default:
		t.Verdict, t.Note = found.Verdict, found.Note
		if found.Verdict == Present && found.Result != nil {
			if body, err := encodeResult(found.Result); err == nil {
				t.Result = NewOutput(body, g.opts.MaxResult)
			}
		}
	}
	// failpoint: look-over
	return g.try(ctx, r, t), t.Verdict
}
