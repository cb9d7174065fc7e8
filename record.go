package nonbis

import (
	"crypto/sha256"
	"slices"
	"time"
)

// Record is all that a ledger knows of one effect.
type Record struct {
	ID, Base ID
	Name     // Occurrence is 1 for the scope of a task
	Scope    Scope
	Aliases  []string // keys of callers that name this effect too
	Summary  string   // for people

	Fingerprint [sha256.Size]byte
	Terms       TermsRecord

	State      State
	Revision   int64 // grows with every change but a heartbeat
	Fence      int64 // of the latest claim
	Generation int   // of the provider key
	Due        Instant
	Hold       string // why only a person may settle it; "" when it is not held
	Look       Look
	Attempts   []AttemptRecord

	Request  []byte  // the bytes to repeat, of a keyed effect
	Result   *Output // of the applied effect; of another, what its last attempt said
	Evidence []Evidence

	Created, Updated, AppliedAt time.Time
	Pruned                      bool // what remains is a tombstone
}

// Scope is how far the memory of an effect reaches.
type Scope uint8

// The scopes. Their values are stored.
const (
	ScopeTask         Scope = iota // a task: replayed for as long as it is kept
	ScopeConversation              // wider than a task: replayed within a window, then a new occurrence
	ScopeAmbient                   // no scope was given: only certain retries are replayed
	ScopeKey                       // the caller's key alone
)

// Look is the state of the questions to the provider.
type Look struct {
	Token   Token   // of the look under way
	Started Instant // when it was leased
	Until   Instant // until when nobody else may look
	Count   int     // looks that were finished
	Absent  int     // of them, in a row, those that count as absent
	Last    Instant // when the last counted one was started
}

// Output is what a send gave back.
type Output struct {
	Attempt    int
	Body       []byte            // JSON; nil when only the receipt was kept
	Size       int64             // of the body
	Digest     [sha256.Size]byte // of the body
	Replayable bool              // later callers may be answered with it
}

// Evidence is one thing that was learned about an effect.
type Evidence struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt,omitzero"`
	Source  string    `json:"source"` // owner, lease, look, person, ledger
	Says    Outcome   `json:"says"`
	Note    string    `json:"note,omitzero"`
}

// maxEvidence and maxNote bound a record: the first and the latest are kept.
const (
	maxEvidence = 64
	maxNote     = 4096
)

// NewOutput makes a result of an encoded value, with its receipt. A body of
// more than keep bytes is left out.
func NewOutput(body []byte, keep int) *Output {
	r := &Output{Body: body, Size: int64(len(body)), Digest: sha256.Sum256(body)}
	if len(body) > keep {
		r.Body = nil
	}
	return r
}

// ProviderKey is the key of the current generation.
func (r *Record) ProviderKey() string { return r.ID.ProviderKey(r.Generation) }

// Protection names how an unknown outcome of this effect can be settled.
func (r *Record) Protection() Protection { return r.Terms.Protection() }

// Clone copies the record so that the copy can be changed; byte slices, which
// nobody changes, are shared.
func (r *Record) Clone() *Record {
	c := *r
	c.Aliases = slices.Clone(r.Aliases)
	c.Attempts = slices.Clone(r.Attempts)
	c.Evidence = slices.Clone(r.Evidence)
	if r.Result != nil {
		result := *r.Result
		c.Result = &result
	}
	return &c
}

// Latest is the attempt of the latest claim; nil when there was none.
func (r *Record) Latest() *AttemptRecord {
	if len(r.Attempts) == 0 {
		return nil
	}
	return &r.Attempts[len(r.Attempts)-1]
}

// note adds evidence.
func (r *Record) note(now Instant, attempt int, source string, says Outcome, note string) {
	r.Evidence = append(r.Evidence, Evidence{At: now.Wall, Attempt: attempt, Source: source, Says: says, Note: shorten(note, maxNote)})
	if over := len(r.Evidence) - maxEvidence; over > 0 {
		r.Evidence = slices.Delete(r.Evidence, 1, 1+over)
	}
}

// move puts the record into a state. The caller has checked that it is legal.
func (r *Record) move(to State, now Instant) {
	r.State = to
	r.touch(now)
	if to == StateApplied && r.AppliedAt.IsZero() {
		r.AppliedAt = now.Wall
	}
	if !to.Open() || to == StateDisputed {
		r.Due, r.Look = Instant{}, Look{}
	}
	if to != StateUnknown {
		r.Hold = ""
	}
}

// touch counts a change. The time of the last one never goes back, so that a wall
// clock which was set back is noticed.
func (r *Record) touch(now Instant) {
	r.Revision++
	if now.Wall.After(r.Updated) {
		r.Updated = now.Wall
	}
}

// unresolved are the attempts of which nobody knows what came of them.
func (r *Record) unresolved() (open []*AttemptRecord) {
	for i := range r.Attempts {
		if a := &r.Attempts[i]; a.Sent && (a.Outcome == OutcomeUnknown || a.Outcome == OutcomePending) {
			open = append(open, a)
		}
	}
	return open
}

// Sound reports whether the state follows from the attempts. A ledger asks when it
// has read a record: damage to one byte must not free an effect.
func (r *Record) Sound() bool {
	a := r.Latest()
	switch r.State {
	case StateClaimed:
		return a != nil && !a.Sent && len(r.unresolved()) == 0 && !r.anyApplied()
	case StateSending:
		return a != nil && a.Sent && a.Outcome == OutcomePending
	case StateNotApplied:
		return len(r.unresolved()) == 0 && !r.anyApplied()
	case StateUnknown, StateDisputed:
		return !r.Pruned
	case StateApplied:
		return true
	case StateNone:
	}
	return false
}

// Tombstone is what pruning leaves of a final record: enough to never do it
// again and to know that it was done.
func (r *Record) Tombstone() *Record {
	return &Record{
		ID: r.ID, Base: r.Base, Name: Name{Namespace: r.Namespace, Operation: r.Operation, Identity: r.Identity, Occurrence: r.Occurrence, Repeat: r.Repeat},
		Scope: r.Scope, Fingerprint: r.Fingerprint, Terms: r.Terms,
		State: r.State, Revision: r.Revision + 1, Fence: r.Fence, Generation: r.Generation,
		Created: r.Created, Updated: r.Updated, AppliedAt: r.AppliedAt, Pruned: true,
	}
}
