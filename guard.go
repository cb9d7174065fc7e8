package nonbis

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Options change what a [Guard] does. The zero value of each field is a choice.
type Options struct {
	Namespace string        // of all effects; default "default"
	Lease     time.Duration // how long an owner may be silent; default 30 s; renewed while it sends
	Deadline  time.Duration // how long a send may take; default 2 min; negative: no limit
	Wait      time.Duration // how long a call waits for another that is sending; default: until its context ends
	Patience  time.Duration // how long a call may spend on settling an unknown; default 30 s; never after its context
	MaxResult int           // bytes of a result that are kept; default 1 MiB; larger ones leave a receipt
	Owner     Owner         // who this process is; default [ThisProcess]
	Fate      func(Owner) Fate
	Clock     Clock // default [SystemClock]
	Logger    *slog.Logger
}

// Guard runs effects over a ledger, each once. It is safe for concurrent use.
type Guard struct {
	ledger Ledger
	opts   Options

	mu      sync.Mutex
	terms   map[string]*Terms
	flights map[ID]*flight // what others of this process wait for
	sending int
	closing bool
	idle    chan struct{} // closed when closing and nothing is sending
}

// New makes a guard. It does no I/O and starts nothing.
func New(l Ledger, o *Options) *Guard {
	g := &Guard{ledger: l, terms: map[string]*Terms{}, flights: map[ID]*flight{}, idle: make(chan struct{})}
	if o != nil {
		g.opts = *o
	}
	d := &g.opts
	if d.Namespace == "" {
		d.Namespace = "default"
	}
	if d.Lease <= 0 {
		d.Lease = 30 * time.Second
	}
	if d.Deadline == 0 {
		d.Deadline = 2 * time.Minute
	}
	d.Deadline = max(d.Deadline, 0)
	if d.Patience == 0 {
		d.Patience = 30 * time.Second
	}
	if d.MaxResult == 0 {
		d.MaxResult = 1 << 20
	}
	if d.Owner == (Owner{}) {
		d.Owner = ThisProcess()
	}
	if d.Fate == nil {
		d.Fate = Owner.Fate
	}
	if d.Clock == nil {
		d.Clock = SystemClock
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return g
}

// Register makes the terms of an operation known, so that effects which an
// earlier process left unknown can be settled. An effect keeps the terms of the
// claim by which it was sent.
func (g *Guard) Register(operation string, t Terms) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.terms[operation] = &t
}

func (g *Guard) registered(operation string) *Terms {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.terms[operation]
}

// Get returns an effect of the guard's namespace, or ErrNotFound. What its
// owner left behind is noticed first, so that the state is true now.
func (g *Guard) Get(ctx context.Context, id ID) (*Record, error) {
	r, err := g.ledger.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.Namespace != g.opts.Namespace {
		return nil, &Error{Kind: ErrNotFound, ID: id, Err: Errorf(ErrNotFound, "there is no effect %s", id)}
	}
	return g.observe(ctx, r), nil
}

// List returns effects of the guard's namespace, the newest first; like Get it
// notices what owners left behind.
func (g *Guard) List(ctx context.Context, q Query) (Page, error) {
	q.Namespace = g.opts.Namespace
	p, err := g.ledger.List(ctx, q)
	for i, r := range p.Records {
		p.Records[i] = g.observe(ctx, r)
	}
	return p, err
}

// Resolution is a person's decision about an effect.
type Resolution struct {
	Outcome  Outcome // applied or not-applied
	Note     string  // who and why; kept as evidence
	Result   []byte  // JSON to replay, of an applied effect; may be nil
	Revision int64   // the revision that the person looked at; 0: the present one
}

// Resolve settles an unknown or disputed effect by a person's word. It returns
// ErrInFlight while an owner may still send, ErrRefused where evidence forbids
// the decision, and ErrStale when the effect changed since it was looked at. It
// must not be reachable for an agent.
func (g *Guard) Resolve(ctx context.Context, id ID, d Resolution) (*Record, error) {
	r, err := g.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if d.Revision == 0 {
		d.Revision = r.Revision
	}
	if r.State == StateSending && d.Outcome == OutcomeApplied && d.Revision == r.Revision {
		// Its lock may be held for ever by what it started. Once its lease is over, a
		// person may say that it happened; that it did not, only when all are gone.
		r = g.try(ctx, r, Transition{ID: id, Event: EventLapse, Revision: r.Revision})
		d.Revision = r.Revision // the change was ours
	}
	if a := g.living(r); a != nil && d.Outcome == OutcomeNotApplied && r.State == StateUnknown {
		return r, &Error{Kind: ErrInFlight, ID: id, Err: Errorf(ErrInFlight, "attempt %d may still be sending: its process is alive", a.Number)}
	}
	if a, left := g.unseen(r); a != nil && d.Outcome == OutcomeNotApplied && r.State == StateUnknown {
		return r, &Error{Kind: ErrInFlight, ID: id, RetryAfter: left, Err: Errorf(ErrInFlight, "attempt %d may still be sending, for %s: its process cannot be seen from here", a.Number, left)}
	}
	t := Transition{ID: id, Event: EventResolve, Outcome: d.Outcome, Note: d.Note, Revision: d.Revision}
	if d.Result != nil {
		t.Result = NewOutput(d.Result, g.opts.MaxResult)
	}
	// failpoint: resolve-begun
	return g.advance(ctx, t)
}

// living is an attempt whose owner is seen alive and has not said what came of it.
func (g *Guard) living(r *Record) *AttemptRecord {
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Ended.IsZero() && g.opts.Fate(a.Owner) == FateAlive {
			return a
		}
	}
	return nil
}

// unseen is an attempt whose owner cannot be seen from here and has time left to
// send. One that has promised no deadline is left to people.
func (g *Guard) unseen(r *Record) (*AttemptRecord, time.Duration) {
	now := g.opts.Clock()
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if !a.Ended.IsZero() || a.Deadline <= 0 || g.opts.Fate(a.Owner) != FateUnseen {
			continue
		}
		left := a.Started.Wall.Add(a.Deadline).Sub(now.Wall)
		if a.Started.Timeline == now.Timeline {
			left = a.Deadline - a.Started.AtLeast(now)
		}
		if left > 0 {
			return a, left.Round(time.Second)
		}
	}
	return nil, 0
}

// advance makes one transition, and tells those who wait.
func (g *Guard) advance(ctx context.Context, t Transition) (*Record, error) {
	res, err := g.ledger.Advance(ctx, []Transition{t})
	if err != nil {
		return nil, err
	}
	// failpoint: waiters-untold
	if res[0].Record != nil {
		g.landed(res[0].Record)
	}
	return res[0].Record, res[0].Err
}

// Shutdown refuses new effects and waits until those that are sending are
// recorded, or until ctx ends.
func (g *Guard) Shutdown(ctx context.Context) error {
	g.mu.Lock()
	if !g.closing {
		g.closing = true
		if g.sending == 0 {
			close(g.idle)
		}
	}
	g.mu.Unlock()
	select {
	case <-g.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin counts a send in; end counts it out.
func (g *Guard) begin() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing {
		return Errorf(ErrUnavailable, "the guard is shutting down; nothing was sent")
	}
	g.sending++
	return nil
}

func (g *Guard) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sending--
	if g.closing && g.sending == 0 {
		close(g.idle)
	}
}
