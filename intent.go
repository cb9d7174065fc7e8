package nonbis

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"time"
)

// Intent asks for the right to send an effect.
type Intent struct {
	Name
	Scope  Scope
	Window time.Duration // of a wider scope: how long an applied effect is replayed
	Key    string        // the caller's key, as an alias

	Summary string // for people

	Fingerprint [sha256.Size]byte
	Terms       TermsRecord

	Token    Token // the same token gets its own claim back
	Owner    Owner
	Lease    time.Duration // how long the owner may be silent
	Deadline time.Duration // after the claim no byte is written; 0: none, but for a repeated key, which gets the lease
	Send     bool          // go straight to sending: the intent is durable when the claim returns

	Digest     [sha256.Size]byte // of the bytes to send
	Request    []byte            // the bytes to repeat, where a provider key may be repeated
	Credential []byte            // HMAC of the credential
}

// Claim is a ledger's answer to an [Intent].
type Claim struct {
	Verdict Verdict
	Record  *Record // the effect, or of Blocked the sibling that blocks it
}

// Verdict says what came of an [Intent].
type Verdict uint8

// The verdicts. In doubt the one further down outranks: a mismatch is told even
// of an effect in flight.
const (
	Granted         Verdict = iota + 1 // the latest attempt of the record is yours
	Existing                           // it is somebody else's, or over: see the record's state
	Blocked                            // a repeat or another occurrence of it is open
	MismatchedTerms                    // claimed under other conditions
	Mismatched                         // claimed with another payload
)

// NextOccurrence picks the occurrence that the intent is about, from the last one
// that the ledger has (nil: none). It never leaves one that is open. In a task
// there is only one.
func (in *Intent) NextOccurrence(last *Record, now Instant) int {
	switch {
	case last == nil || in.Scope == ScopeTask || in.Scope == ScopeKey:
		return 1
	case last.State == StateApplied && now.Wall.Sub(last.AppliedAt) >= in.Window:
		return last.Occurrence + 1
	}
	return last.Occurrence
}

// Decide is the rule of claiming: what becomes of the record r (nil: none) when
// in asks for it at now. next is nil when nothing changes. suspect says that
// the ledger may have forgotten effects. It has no side effects; a ledger calls
// it inside the transaction that makes next durable, after having checked that
// no sibling is open.
func (in *Intent) Decide(r *Record, now Instant, suspect bool) (next *Record, v Verdict) {
	if r == nil {
		next = &Record{
			ID: in.Name.ID(), Base: in.Name.Base(), Name: in.Name, Scope: in.Scope,
			Summary: in.Summary, Fingerprint: in.Fingerprint, Terms: in.Terms, Created: now.Wall,
		}
		if in.Key != "" {
			next.Aliases = []string{in.Key}
		}
		return in.start(next, now, suspect)
	}
	if r.Fingerprint != in.Fingerprint || (r.Pruned && r.State == StateNotApplied && r.ID != in.Name.ID()) {
		return nil, Mismatched
	}
	if r.Terms.Digest != in.Terms.Digest && r.State != StateApplied {
		return nil, MismatchedTerms
	}
	if a := r.Latest(); a != nil && a.Token == in.Token && (r.State == StateClaimed || r.State == StateSending) {
		return nil, Granted
	}
	switch r.State {
	case StateClaimed:
		if !r.Due.Reached(now) {
			return nil, Existing
		}
	case StateNotApplied:
	case StateUnknown:
		if !in.Send || !in.mayRepeatKey(r, now) {
			return nil, Existing
		}
	case StateNone, StateSending, StateDisputed, StateApplied:
		return nil, Existing
	default: // of a damaged ledger, or of a newer version
		return nil, Existing
	}
	next = r.Clone()
	if r.Pruned { // all that a tombstone lacks
		next.Task, next.Summary, next.Pruned = in.Task, in.Summary, false
	}
	return in.start(next, now, suspect && r.State != StateUnknown)
}

// AddAlias adds the caller's key, which names the effect from now on too, to what
// Decide has made of r. next is nil when nothing changes.
func (in *Intent) AddAlias(r, next *Record, v Verdict, now Instant) *Record {
	if in.Key == "" || (v != Granted && v != Existing) {
		return next
	}
	if next == nil && !slices.Contains(r.Aliases, in.Key) {
		next = r.Clone()
		next.touch(now)
	}
	if next != nil && !slices.Contains(next.Aliases, in.Key) {
		next.Aliases = append(next.Aliases, in.Key)
	}
	return next
}

// start gives the record to the intent's owner. In a ledger that may have
// forgotten, an effect that cannot be repeated safely counts as attempted.
func (in *Intent) start(r *Record, now Instant, suspect bool) (*Record, Verdict) {
	if r.State != StateUnknown {
		r.Terms = in.Terms
	}
	r.Attempts = slices.DeleteFunc(r.Attempts, func(a AttemptRecord) bool { return !a.Sent })
	if suspect && in.Terms.KeyWindow == 0 {
		r.Attempts = append(r.Attempts, AttemptRecord{Number: r.nextNumber(), Fence: r.Fence, Sent: true, Outcome: OutcomeUnknown, Started: now, Ended: now})
		r.note(now, 0, "ledger", OutcomeUnknown, "the ledger was restored or has lost entries: it may have forgotten this effect")
		r.becomeUnknown(now)
		return r, Existing
	}
	deadline := in.Deadline
	if r.State == StateUnknown && deadline == 0 {
		deadline = in.Lease // what mayRepeatKey has reckoned with: later the key may be forgotten
	}
	r.Fence++
	r.Attempts = append(r.Attempts, AttemptRecord{
		Number: r.nextNumber(), Fence: r.Fence, Generation: r.Generation, Token: in.Token, Owner: in.Owner,
		Sent: in.Send, Started: now, Deadline: deadline, Digest: in.Digest, Credential: in.Credential,
	})
	state := StateClaimed
	if in.Send {
		state = StateSending
	}
	r.move(state, now)
	r.Look, r.Result = Look{}, nil
	if in.Terms.KeyWindow > 0 {
		r.Request = in.Request
	}
	r.Due = r.leaseEnd(now, in.Lease)
	return r, Granted
}

func (r *Record) nextNumber() int {
	if a := r.Latest(); a != nil {
		return a.Number + 1
	}
	return 1
}

// leaseEnd is when a lease that is taken now ends: never after the deadline.
func (r *Record) leaseEnd(now Instant, lease time.Duration) Instant {
	if a := r.Latest(); a.Deadline > 0 {
		lease = min(lease, max(0, a.Deadline-a.Started.AtLeast(now)))
	}
	return now.Add(lease)
}

// mayRepeatKey is rule 6: the provider key of an unknown effect may be sent
// again inside its window, with the same bytes and credential, when no earlier
// attempt can still be sending.
func (in *Intent) mayRepeatKey(r *Record, now Instant) bool {
	if r.Hold != "" || !r.keyUsable(now, max(in.Deadline, in.Lease)) || !bytes.Equal(r.Request, in.Request) {
		return false
	}
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if _, over := a.settledBy(now, true); !over || (in.Request == nil && a.Digest != in.Digest) || !bytes.Equal(a.Credential, in.Credential) {
			return false
		}
	}
	return true
}

// keyUsable reports whether the current provider key may be sent again at now by
// an attempt that may take up to patience. A wall clock that is behind what the
// record has seen cannot say how old the key is.
func (r *Record) keyUsable(now Instant, patience time.Duration) bool {
	const slew = time.Minute
	first, ok := r.firstUse()
	return ok && r.Terms.keyUsable(first, now, patience) && !now.Wall.Before(r.Updated.Add(-slew))
}

// firstUse is when the provider key of the current generation was first used.
func (r *Record) firstUse() (Instant, bool) {
	for _, a := range r.Attempts {
		if a.Sent && a.Generation == r.Generation {
			return a.Started, true
		}
	}
	return Instant{}, false
}
