package nonbis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// sent is one send that this process makes.
type sent struct {
	guard  *Guard
	record *Record       // as claimed
	done   chan struct{} // closed when the outcome is recorded

	value    any
	err      error
	panicked any     // what send panicked with
	exited   bool    // send ended its goroutine
	after    *Record // as recorded; nil when it could not be
	recErr   error   // why not

	mu             sync.Mutex
	finished, left bool // left: the caller did not wait
}

// run sends in a goroutine of its own, since the caller may leave before it is
// over. started is the time just before the claim: the deadline counts from then.
func (c *call) run(ctx context.Context, r *Record, started Instant) *sent {
	s := &sent{guard: c.guard, record: r, done: make(chan struct{})}
	ctx = context.WithoutCancel(ctx)
	go func() {
		sending, cancel := c.within(ctx, r.Latest(), started)
		stop := s.beat(ctx, cancel)
		defer func() { // runs too when send panics or ends its goroutine
			s.panicked = recover()
			cancel()
			stop()
			s.recordOutcome(ctx)
			s.guard.end()
			close(s.done)
			if s.finish() && s.panicked != nil {
				panic(s.panicked) // nobody is left to be told
			}
		}()
		s.exited = true
		s.value, s.err = c.attempt(sending, r)
		s.exited = false
	}()
	return s
}

// within limits ctx to the deadline of the attempt.
func (c *call) within(ctx context.Context, a *AttemptRecord, started Instant) (context.Context, context.CancelFunc) {
	if a.Deadline <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, a.Deadline-started.AtLeast(c.guard.opts.Clock()))
}

func (c *call) attempt(ctx context.Context, r *Record) (any, error) {
	if ctx.Err() != nil {
		// Nothing was sent, and nothing may be: others may believe that we are over.
		return nil, NotApplied(errors.New("the deadline of the attempt passed before it could be sent"))
	}
	// failpoint: send-begun
	a := r.Latest()
	return c.send(ctx, Attempt{ID: r.ID, ProviderKey: r.ProviderKey(), Number: a.Number, Fence: a.Fence})
}

// finish ends the send and reports whether its caller had left.
func (s *sent) finish() (left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished = true
	return s.left
}

// leave lets the send go on without its caller, unless it is finished.
func (s *sent) leave() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = !s.finished
	return s.left
}

// beat prolongs the lease while the send goes on. An attempt that lost its
// claim is cancelled: its late word will still be kept.
func (s *sent) beat(ctx context.Context, lost context.CancelFunc) (stop func()) {
	g, a := s.guard, s.record.Latest()
	var over atomic.Bool
	var timer *time.Timer
	ready := make(chan struct{})
	timer = time.AfterFunc(g.opts.Lease/3, func() {
		<-ready
		if over.Load() {
			return
		}
		beating, cancel := context.WithTimeout(ctx, g.opts.Lease)
		defer cancel()
		errs, err := g.ledger.Heartbeat(beating, []Beat{{ID: s.record.ID, Fence: a.Fence, Token: a.Token, Lease: g.opts.Lease}})
		if err == nil && errs[0] != nil {
			g.opts.Logger.Warn("an attempt lost its claim while sending", slog.Any("effect", s.record.ID), slog.Int("attempt", a.Number), slog.Any("error", errs[0]))
			lost()
			return
		}
		timer.Reset(g.opts.Lease / 3)
	})
	close(ready)
	return func() { over.Store(true); timer.Stop() }
}

// outcome is what the way in which the send ended proves.
func (s *sent) outcome() (o Outcome, note string) {
	switch {
	case s.panicked != nil:
		return OutcomeUnknown, fmt.Sprintf("the sender panicked: %v", s.panicked)
	case s.exited:
		return OutcomeUnknown, "the sender ended its goroutine"
	case s.err == nil:
		return OutcomeApplied, ""
	case provesNotApplied(s.err):
		return OutcomeNotApplied, s.err.Error()
	}
	return OutcomeUnknown, s.err.Error()
}

// recordOutcome makes the outcome durable. While the ledger cannot be written
// it tries again for as long as a lease: the answer exists nowhere else.
func (s *sent) recordOutcome(ctx context.Context) {
	a := s.record.Latest()
	t := Transition{ID: s.record.ID, Event: EventReport, Fence: a.Fence, Token: a.Token}
	t.Outcome, t.Note = s.outcome()
	_, t.Ongoing = errors.AsType[ongoing](s.err)
	if s.value != nil && (t.Outcome == OutcomeApplied || !reflect.ValueOf(s.value).IsZero()) {
		if body, err := json.Marshal(s.value); err == nil {
			t.Result = NewOutput(body, s.guard.opts.MaxResult)
		} else {
			t.Result = &Output{} // a receipt
			s.guard.opts.Logger.Warn("a result cannot be encoded; only its receipt is kept", slog.Any("effect", t.ID), slog.Any("error", err))
		}
	}
	// failpoint: send-over
	s.guard.insist(ctx, func() error {
		s.after, s.recErr = s.guard.advance(ctx, t)
		return s.recErr
	})
}

// insist repeats do while the ledger is unavailable, for as long as a lease.
func (g *Guard) insist(ctx context.Context, do func() error) {
	ctx, cancel := context.WithTimeout(ctx, g.opts.Lease)
	defer cancel()
	pause := 10 * time.Millisecond
	for KindOf(do()) == ErrUnavailable && sleep(ctx, pause) {
		pause = min(2*pause, time.Second)
	}
}

// disown gives back a claim that the ledger may or may not have granted: nothing
// was sent under it. It counts the send out.
func (g *Guard) disown(ctx context.Context, id ID, token Token) {
	defer g.end()
	r, err := g.ledger.Get(ctx, id)
	if err != nil || r.Latest() == nil || r.Latest().Token != token {
		return // not granted, or nobody can tell: then the lease will
	}
	t := Transition{ID: id, Event: EventReport, Fence: r.Latest().Fence, Token: token, Outcome: OutcomeNotApplied, Note: "the claim could not be confirmed; nothing was sent"}
	g.insist(ctx, func() error {
		_, err := g.advance(ctx, t)
		return err
	})
}

// await returns what came of the send, or leaves it going when ctx ends.
func (s *sent) await(ctx context.Context, id ID) (*Record, *sent, error) {
	select {
	case <-s.done:
	case <-ctx.Done():
		if s.leave() {
			return nil, nil, &Error{Kind: ErrInFlight, ID: id, RetryAfter: time.Second, Err: fmt.Errorf("the effect %s is being sent; this call stopped waiting and the send goes on: %w", id, ctx.Err())}
		}
		<-s.done
	}
	if s.panicked != nil {
		panic(s.panicked)
	}
	if s.exited {
		runtime.Goexit()
	}
	if s.recErr != nil && s.after == nil {
		return s.record, s, &Error{Kind: ErrUnknown, ID: id, Err: fmt.Errorf("the effect %s was sent, but what came of it could not be recorded: %w", id, s.recErr)}
	}
	switch o, _ := s.outcome(); {
	case o == OutcomeApplied && s.after.State == StateApplied:
		return s.after, s, nil
	case o == OutcomeApplied:
		return s.after, s, outcomeError(s.after, fmt.Errorf("this attempt was applied, and contradicts what was found before"))
	case s.after.State == StateApplied: // settled meanwhile by better evidence
		return s.after, nil, nil
	}
	return s.after, s, outcomeError(s.after, s.err)
}
