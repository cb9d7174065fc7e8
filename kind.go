package nonbis

import "errors"

// Kind sorts errors by what the caller may conclude. A Kind is an error itself,
// so that errors.Is(err, nonbis.ErrUnknown) tells.
type Kind uint8 //nolint:errname // a kind is matched like an error, and is none by itself

// The kinds of error. Their values and codes are on the wire: new ones go to
// the end.
const (
	ErrInvalid     Kind = iota + 1 // the call is wrong; nothing was sent
	ErrNotApplied                  // proved: it did not happen; a retry may send it
	ErrUnknown                     // it may have happened; it is settled or held, never sent blindly
	ErrInFlight                    // it is under way; the same call later gets the answer
	ErrMismatch                    // the same identity with another payload, or other terms; nothing was sent
	ErrDisputed                    // findings contradict each other; a person must close it
	ErrResultGone                  // it happened; its result was not kept
	ErrUnavailable                 // the ledger cannot be used; nothing was sent
	ErrNotFound                    // there is no such effect
	ErrStale                       // somebody else changed the record first; read it again
	ErrRefused                     // this caller may not do that
)

// Meaning is what a kind of error means on each surface.
type Meaning struct {
	Code          string // in problem documents and JSON
	Exit          int    // of nonbis run
	Status        int    // HTTP
	NewEffectSafe bool   // may the caller send a new effect for the same wish?
	Sentence      string // what to do, for people and models
}

var meanings = map[Kind]Meaning{
	ErrInvalid:     {"invalid", 125, 400, true, "Correct the call. Nothing was sent."},
	ErrNotApplied:  {"not-applied", 125, 502, true, "It did not happen. The same call may be made again."},
	ErrUnknown:     {"outcome-unknown", 117, 409, false, "It may have happened. Do not send it again in other words: find out whether it happened, then settle it."},
	ErrInFlight:    {"in-flight", 118, 409, false, "It is under way. Make the same call again later: it will not run twice."},
	ErrMismatch:    {"payload-mismatch", 119, 422, false, "This effect was claimed with another payload. Nothing was sent. Make the original call again, or name a repeat."},
	ErrDisputed:    {"disputed", 117, 409, false, "Findings about this effect contradict each other. A person must look."},
	ErrResultGone:  {"result-gone", 117, 409, false, "It happened, but its result was not kept. Do not send it again."},
	ErrUnavailable: {"ledger-unavailable", 125, 503, false, "The ledger cannot be used. Nothing was sent. The same call may be made again."},
	ErrNotFound:    {"not-found", 1, 404, false, "There is no such effect."},
	ErrStale:       {"stale", 1, 409, false, "Somebody else changed the effect first. Read it again."},
	ErrRefused:     {"refused", 1, 403, false, "This caller may not do that."},
}

// Meaning returns the row of the table for k.
func (k Kind) Meaning() Meaning { return meanings[k] }

// Error is the kind's code.
func (k Kind) Error() string { return meanings[k].Code }

// KindOf returns the kind of err, or 0 when it has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	k, _ := errors.AsType[Kind](err)
	return k
}
