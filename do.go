package nonbis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Result is what [Do] returns of an effect that was applied.
type Result[R any] struct {
	ID        ID
	Value     R
	Replayed  bool      // an earlier call sent it; Value is what was recorded then
	AppliedAt time.Time // by the ledger's clock
}

// Do makes the effect happen once. The first call with the effect's id runs
// send after the intent is durable; calls meanwhile wait for it and share its
// answer; later calls get the recorded value. A send that returns without error
// is applied; one that returns [NotApplied] frees the effect; any other error, a
// panic or a crash leaves it unknown. A value returned beside an error is kept as
// evidence.
//
// The send runs with ctx's values but not its end, under Options.Deadline. When
// ctx ends first, Do returns ErrInFlight wrapping ctx.Err() and the send goes on.
// R must be encodable as JSON; a value that cannot be encoded, or is too large,
// leaves a receipt, and later calls get ErrResultGone.
//
// Errors: ErrInvalid, ErrMismatch, ErrUnavailable (nothing was sent);
// ErrNotApplied, ErrUnknown, ErrInFlight, ErrDisputed, ErrResultGone.
func Do[R any](ctx context.Context, g *Guard, e Effect, send func(context.Context, Attempt) (R, error)) (Result[R], error) {
	var res Result[R]
	if err := encodable[R](); err != nil {
		return res, err
	}
	call := &call{guard: g, send: func(ctx context.Context, a Attempt) (any, error) { return send(ctx, a) }}
	r, own, err := call.do(ctx, e)
	if r != nil {
		res.ID, res.AppliedAt = r.ID, r.AppliedAt
	}
	if own != nil { // sent by this very call: its value needs no reading back
		res.Value, _ = own.value.(R)
	}
	if err != nil || own != nil {
		return res, err
	}
	res.Replayed = true
	if r.Result == nil || !r.Result.Replayable || r.Result.Body == nil {
		return res, &Error{Kind: ErrResultGone, ID: r.ID, Err: fmt.Errorf("the effect %s was applied at %s, but its result was not kept; it will not be sent again", r.ID, r.AppliedAt.Format(time.RFC3339))}
	}
	if err := json.Unmarshal(r.Result.Body, &res.Value); err != nil {
		return res, &Error{Kind: ErrResultGone, ID: r.ID, Err: fmt.Errorf("the effect %s was applied at %s; its recorded result does not fit %T: %w", r.ID, r.AppliedAt.Format(time.RFC3339), res.Value, err)}
	}
	return res, nil
}

// encodable refuses result types that JSON has no form for, before anything is
// claimed.
func encodable[R any]() error {
	var zero R
	_, err := json.Marshal(zero)
	if unsupported, ok := errors.AsType[*json.UnsupportedTypeError](err); ok {
		return Errorf(ErrInvalid, "results of type %T cannot be recorded: %w", zero, unsupported)
	}
	return nil
}

func encodeResult(v any) ([]byte, error) { return json.Marshal(v) }

// call is one call of Do.
type call struct {
	guard *Guard
	send  func(context.Context, Attempt) (any, error)
}

// do returns the record of an applied effect, and what this call sent if it did.
func (c *call) do(ctx context.Context, e Effect) (*Record, *sent, error) {
	g := c.guard
	if e.Task == "" {
		e.Task, _ = ctx.Value(taskKey{}).(string)
	}
	if e.Terms == nil {
		e.Terms = g.registered(e.Operation)
	}
	in, err := g.intent(e)
	if err != nil {
		return nil, nil, err
	}
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return nil, nil, &Error{Kind: ErrInFlight, ID: in.Name.ID(), Err: fmt.Errorf("the call ended before the effect %s was claimed; nothing was sent by it: %w", in.Name.ID(), err)}
		}
		// failpoint: before-claim
		if err := g.begin(); err != nil {
			return nil, nil, err
		}
		started := g.opts.Clock()
		claims, err := g.ledger.Claim(context.WithoutCancel(ctx), []Intent{in})
		if err != nil {
			go g.disown(context.WithoutCancel(ctx), in.Name.ID(), in.Token) // counts the send out
			return nil, nil, err
		}
		if claims[0].Verdict == Granted {
			// failpoint: claim-granted
			s := c.run(ctx, claims[0].Record, started) // counts the send out when it is over
			return c.settleOwn(ctx, s, e.Terms)
		}
		g.end()
		r, again, err := c.answer(ctx, claims[0], e.Terms, first)
		if err != nil || !again {
			return r, nil, err
		}
	}
}

// intent derives what the ledger is asked for.
func (g *Guard) intent(e Effect) (Intent, error) {
	name, payload, err := e.Describe(g.opts.Namespace)
	if err != nil {
		return Intent{}, err
	}
	in := Intent{
		Name: name, Fingerprint: payload.Fingerprint(), Terms: e.Terms.record(),
		Summary: shorten(e.Summary, MaxSummary-len("…")),
		Token:   NewToken(), Owner: g.opts.Owner, Lease: g.opts.Lease, Deadline: g.opts.Deadline, Send: true,
	}
	in.Digest = in.Fingerprint
	if e.Task == "" {
		in.Scope = ScopeKey
	} else {
		in.Key = e.Key
	}
	if in.Terms.KeyWindow > 0 {
		in.Request = payload.Bytes()
	}
	return in, nil
}

// answer is for a call that was not granted the effect. again says that the
// effect may be claimed now.
func (c *call) answer(ctx context.Context, claim Claim, terms *Terms, first bool) (r *Record, again bool, err error) {
	g, r := c.guard, claim.Record
	switch claim.Verdict {
	case Mismatched:
		return nil, false, &Error{Kind: ErrMismatch, ID: r.ID, Err: fmt.Errorf("the effect %s was claimed with another payload (it is %s); nothing was sent", r.ID, r.State)}
	case MismatchedTerms:
		return nil, false, &Error{Kind: ErrMismatch, ID: r.ID, Err: fmt.Errorf("the effect %s was claimed under other conditions of what frees it (it is %s); nothing was sent", r.ID, r.State)}
	case Blocked:
		return nil, false, &Error{Kind: kindOf(r.State), ID: r.ID, Err: fmt.Errorf("another repeat of this effect is %s: %s; nothing was sent", r.State, r.ID)}
	case Granted, Existing:
	}
	found := r.State
	if r = g.observe(ctx, r); r.State == StateClaimed || r.State == StateSending {
		if r, err = g.waitFor(ctx, r.ID, r.Revision); err != nil {
			return nil, false, &Error{Kind: ErrInFlight, ID: claim.Record.ID, RetryAfter: time.Second, Err: fmt.Errorf("the effect %s is in flight elsewhere; nothing was sent by this call: %w", claim.Record.ID, err)}
		}
		found = StateSending
	}
	if found == StateSending && r.State == StateNotApplied {
		return nil, false, outcomeError(r, nil) // waiters share the owner's answer
	}
	if r.State == StateUnknown {
		r = g.settleNow(ctx, r, terms)
	}
	switch r.State {
	case StateApplied:
		return r, false, nil
	case StateNotApplied:
		return r, true, nil
	case StateUnknown:
		if first && g.repeatable(r) { // the claim will say whether the provider key may be repeated
			return r, true, nil
		}
	case StateNone, StateClaimed, StateSending, StateDisputed:
	}
	return nil, false, outcomeError(r, nil)
}

// repeatable reports whether claiming the effect again may be granted: its key
// can be repeated now that observe has noticed that its owner is gone.
func (g *Guard) repeatable(r *Record) bool {
	return r.Terms.KeyWindow > 0 && g.living(r) == nil
}

// settleOwn waits for this call's own send, and where that leaves it unknown
// asks the provider at once.
func (c *call) settleOwn(ctx context.Context, s *sent, terms *Terms) (*Record, *sent, error) {
	r, own, err := s.await(ctx, s.record.ID)
	// failpoint: caller-untold
	if r == nil || r.State != StateUnknown {
		return r, own, err
	}
	switch r = c.guard.settleNow(ctx, r, terms); r.State {
	case StateApplied:
		return r, nil, nil
	case StateNotApplied, StateDisputed:
		return r, own, outcomeError(r, nil)
	case StateNone, StateClaimed, StateSending, StateUnknown:
	}
	return r, own, err
}

// settleNow asks the provider, as often as the caller's patience allows and as
// long as it has an answer.
func (g *Guard) settleNow(ctx context.Context, r *Record, terms *Terms) *Record {
	if terms == nil || terms.Verify == nil || !r.Terms.Verify {
		return r
	}
	asked := g.opts.Clock()
	for r.State == StateUnknown {
		due, err := g.ledger.Due(ctx, DueQuery{Operations: []string{r.Operation}, ID: r.ID, Lease: lookLease, Limit: 1})
		if err != nil {
			return r
		}
		if len(due) == 1 && due[0].Look.Token != (Token{}) {
			var verdict FindingVerdict
			if r, verdict = g.look(ctx, due[0], terms); verdict == Inconclusive || r.Hold != "" {
				return r // of a held effect nothing more is due: without a pause it would be asked for ever
			}
			continue
		}
		fresh, err := g.ledger.Get(ctx, r.ID)
		if err != nil {
			return r
		}
		r = fresh
		now := g.opts.Clock()
		pause := max(r.Due.Wall.Sub(now.Wall), 10*time.Millisecond)
		if left := g.opts.Patience - asked.AtLeast(now); r.State != StateUnknown || r.Due.IsZero() || pause > left || !sleep(ctx, pause) {
			return r
		}
	}
	return r
}

// sleep reports whether d passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && end.Before(time.Now().Add(d)) { //nolint:forbidigo // deadlines of contexts are on this clock
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func kindOf(s State) Kind {
	switch s {
	case StateClaimed, StateSending:
		return ErrInFlight
	case StateDisputed:
		return ErrDisputed
	case StateNotApplied:
		return ErrNotApplied
	case StateNone, StateUnknown, StateApplied:
	}
	return ErrUnknown
}

// outcomeError says what is known of an effect that was not applied, as far as
// anyone can tell. cause is what this call's own send returned.
func outcomeError(r *Record, cause error) error {
	e := &Error{Kind: kindOf(r.State), ID: r.ID}
	why := cause
	if why == nil && len(r.Evidence) > 0 {
		why = errors.New(r.Evidence[len(r.Evidence)-1].Note)
	}
	if why == nil {
		why = errors.New("nothing more is known")
	}
	switch r.State {
	case StateNotApplied:
		e.Err = fmt.Errorf("the effect %s did not happen, and may be tried again: %w", r.ID, why)
	case StateUnknown:
		next := "it will be looked for again"
		if r.Hold != "" {
			next = "it is held for a person, since " + r.Hold
		}
		e.Err = fmt.Errorf("cannot tell whether the effect %s happened; it will not be sent again, %s: %w", r.ID, next, why)
	case StateDisputed:
		e.Err = fmt.Errorf("findings about the effect %s contradict each other; a person must look: %w", r.ID, why)
	case StateNone, StateClaimed, StateSending, StateApplied:
		e.Err = fmt.Errorf("the effect %s is %s: %w", r.ID, r.State, why)
	}
	if r.State == StateUnknown && r.Hold == "" && !r.Due.IsZero() {
		e.RetryAfter = max(time.Second, r.Due.Wall.Sub(r.Updated))
	}
	return e
}
