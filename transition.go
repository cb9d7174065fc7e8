package nonbis

import (
	"crypto/sha256"
	"time"
)

// Transition is a change of one effect that somebody asks a ledger for.
type Transition struct {
	ID       ID
	Event    Event
	Fence    int64 // Send, Release, Report: of the attempt; Lapse: of the attempt whose owner is gone
	Token    Token // Send, Release, Report: of the claim; Looked: of the look
	Revision int64 // Lapse, Resolve: the record must still be at it

	Outcome Outcome        // Report, Resolve
	Verdict FindingVerdict // Looked
	Result  *Output        // Report, Looked, Resolve; may be nil
	Note    string         // evidence for people
	Gone    bool           // Lapse: the owner was seen gone; otherwise only time speaks
	Ongoing bool           // Report of unknown: what the attempt began goes on without its sender

	Lease    time.Duration     // Send: from now
	Deadline time.Duration     // Send: from now
	Digest   [sha256.Size]byte // Send
	Request  []byte            // Send
}

// Event is the kind of a [Transition].
type Event uint8

// The events.
const (
	EventSend    Event = iota + 1 // the owner of a claim is about to send
	EventRelease                  // the owner of a claim gives it up unsent
	EventReport                   // a sender says what came of its attempt, however late
	EventLapse                    // time has passed, or an owner is gone
	EventLooked                   // a look at the provider is over
	EventResolve                  // a person decides
)

// Advance is the rule of every change after the claim: what becomes of r when t
// is asked for at now. next is nil when nothing changes, as when the same report
// comes twice. It returns ErrStale when t speaks of a state that is over and
// ErrInvalid or ErrRefused when it may never be. It has no side effects; a
// ledger calls it inside the transaction that makes next durable.
func (r *Record) Advance(t Transition, now Instant) (next *Record, err error) {
	next = r.Clone()
	switch t.Event {
	case EventSend:
		err = next.send(t, now)
	case EventRelease:
		err = next.release(t, now)
	case EventReport:
		err = next.report(t, now)
	case EventLapse:
		err = next.lapse(t, now)
	case EventLooked:
		err = next.looked(t, now)
	case EventResolve:
		err = next.resolve(t, now)
	default:
		err = Errorf(ErrInvalid, "unknown event %d", t.Event)
	}
	if err != nil {
		return nil, withID(err, r.ID)
	}
	if next.Revision == r.Revision {
		return nil, nil
	}
	return next, nil
}

func stale(format string, args ...any) error { return Errorf(ErrStale, format, args...) }

// claimed finds the claimed attempt that t speaks of.
func (r *Record) claimed(t Transition) (*AttemptRecord, error) {
	a := r.Latest()
	if r.State != StateClaimed || a == nil || a.Fence != t.Fence || a.Token != t.Token {
		return nil, stale("the claim is over: the effect is %s", r.State)
	}
	return a, nil
}

func (r *Record) send(t Transition, now Instant) error {
	a, err := r.claimed(t)
	if err != nil {
		if l := r.Latest(); l != nil && r.State == StateSending && l.Fence == t.Fence && l.Token == t.Token {
			return nil // said before
		}
		return err
	}
	a.Sent, a.Started, a.Deadline, a.Digest = true, now, t.Deadline, t.Digest
	if r.Terms.KeyWindow > 0 && t.Request != nil {
		r.Request = t.Request
	}
	r.move(StateSending, now)
	r.Due = r.leaseEnd(now, t.Lease)
	return nil
}

func (r *Record) release(t Transition, now Instant) error {
	if _, err := r.claimed(t); err != nil {
		return err
	}
	r.drop(now, "owner", "released: nothing was sent")
	return nil
}

// drop ends a claim that sent nothing.
func (r *Record) drop(now Instant, source, note string) {
	r.note(now, r.Latest().Number, source, OutcomeNotApplied, note)
	r.Attempts = r.Attempts[:len(r.Attempts)-1]
	r.move(StateNotApplied, now)
}

// lapse is what time does: it lets go of claims, and it makes a sending effect
// unknown; it never frees one.
func (r *Record) lapse(t Transition, now Instant) error {
	if t.Revision != r.Revision {
		return stale("the effect is at revision %d, not %d", r.Revision, t.Revision)
	}
	switch {
	case r.State != StateClaimed && r.State != StateSending && r.State != StateUnknown:
		return stale("the effect is %s", r.State)
	case t.Gone:
		return r.ownerGone(t, now)
	case r.Due.IsZero() || !r.Due.Reached(now):
		return stale("nothing is due yet")
	case r.State == StateClaimed:
		r.drop(now, "lease", "the lease lapsed: nothing was sent")
	case r.State == StateSending:
		r.lost(now, "the lease lapsed")
	default: // the window of the provider key is over
		r.becomeUnknown(now)
	}
	return nil
}

// ownerGone closes the attempt of an owner that can never act again. It is the
// effect's own end only when that attempt is the latest.
func (r *Record) ownerGone(t Transition, now Instant) error {
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if a.Fence != t.Fence || !a.Ended.IsZero() {
			continue
		}
		switch {
		case r.State == StateClaimed && a == r.Latest():
			r.drop(now, "lease", "the owner is gone: nothing was sent")
		case r.State == StateSending && a == r.Latest():
			a.Ended = now
			r.lost(now, "the owner is gone")
		default:
			a.Ended = now
			r.note(now, a.Number, "lease", OutcomeUnknown, "the owner is gone")
			if r.State == StateUnknown {
				r.becomeUnknown(now)
			} else {
				r.move(r.State, now)
			}
		}
		return nil
	}
	return nil // known already
}

// lost makes a sending effect unknown.
func (r *Record) lost(now Instant, why string) {
	a := r.Latest()
	a.Outcome = OutcomeUnknown
	r.note(now, a.Number, "lease", OutcomeUnknown, why+" before the outcome was recorded")
	r.becomeUnknown(now)
}

// becomeUnknown moves to Unknown and plans how it will be settled.
func (r *Record) becomeUnknown(now Instant) {
	keyUsable := r.keyUsable(now, 0) // before the record takes up this moment
	r.move(StateUnknown, now)
	r.Hold = ""
	switch {
	case r.Terms.Verify && r.Look.Count < maxLooks:
		r.Due = now
	case keyUsable:
		first, _ := r.firstUse()
		r.Due = first.Add(r.Terms.keyBudget(0))
		if first.Timeline != now.Timeline {
			r.Due = now.Add(time.Minute)
		}
	default:
		r.Due = Instant{}
		r.Hold = r.whyHeld()
	}
}

func (r *Record) whyHeld() string {
	switch {
	case r.Terms.Verify:
		return "the provider was asked and cannot tell"
	case r.Terms.KeyWindow > 0:
		return "the window of the provider key is over"
	}
	return "there is no way to ask"
}

// resolve is a person's decision. It never turns what happened into what did not.
func (r *Record) resolve(t Transition, now Instant) error {
	switch {
	case t.Outcome != OutcomeApplied && t.Outcome != OutcomeNotApplied:
		return Errorf(ErrInvalid, "an effect is resolved as applied or not-applied")
	case r.State.Outcome() == t.Outcome && !r.State.Open():
		return nil
	case r.State == StateClaimed || r.State == StateSending:
		return Errorf(ErrInFlight, "the effect is %s: its owner is still at it", r.State)
	case r.State == StateDisputed && t.Outcome == OutcomeNotApplied:
		return Errorf(ErrRefused, "there is evidence that it happened: a disputed effect can only be resolved as applied; to do it once more, name a repeat")
	case r.State != StateUnknown && r.State != StateDisputed:
		return Errorf(ErrRefused, "the effect is %s already", r.State)
	case t.Revision != r.Revision:
		return stale("the effect changed since it was looked at: revision %d, not %d", r.Revision, t.Revision)
	}
	r.note(now, 0, "person", t.Outcome, t.Note)
	if t.Outcome == OutcomeApplied {
		r.keep(t.Result, 0, true)
		r.move(StateApplied, now)
		return nil
	}
	for _, a := range r.unresolved() {
		a.Outcome = OutcomeNotApplied
	}
	r.Generation++
	r.move(StateNotApplied, now)
	return nil
}

// keep stores a result. Without one, what is there remains as evidence only.
func (r *Record) keep(res *Output, attempt int, replayable bool) {
	if res != nil {
		kept := *res
		kept.Attempt, kept.Replayable = attempt, replayable
		r.Result = &kept
	}
}

// Beat prolongs the lease of the attempt with this fence and token. It returns
// ErrStale when it no longer holds the effect.
func (r *Record) Beat(fence int64, token Token, lease time.Duration, now Instant) error {
	a := r.Latest()
	if (r.State != StateClaimed && r.State != StateSending) || a == nil || a.Fence != fence || a.Token != token {
		return withID(stale("the attempt no longer holds the effect: it is %s", r.State), r.ID)
	}
	r.Due = r.leaseEnd(now, lease)
	return nil
}

// withID adds the effect's id to an error of this package.
func withID(err error, id ID) error {
	if e, ok := err.(*Error); ok && e.ID.IsZero() { //nolint:errorlint // made a line above, never wrapped
		e.ID = id
	}
	return err
}
