package nonbis

import (
	"errors"
	"fmt"
	"time"
)

// Error is what every function of this package returns. Err is the cause, for
// logs and people; decisions are made by Kind.
type Error struct {
	Kind       Kind
	ID         ID            // of the effect; zero when it is not known yet
	RetryAfter time.Duration // when to come back; zero when time does not help
	Err        error
}

// Errorf makes an *Error of kind k.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Err: fmt.Errorf(format, args...)}
}

func (e *Error) Error() string {
	switch {
	case e.Err == nil && e.ID.IsZero():
		return e.Kind.Error()
	case e.Err == nil:
		return fmt.Sprintf("effect %s: %s", e.ID, e.Kind.Error())
	}
	return e.Err.Error()
}

// Is makes errors.Is(err, ErrUnknown) match by kind. An error has one kind, not
// those of its causes too: that the ledger was unavailable says something else
// before a send than after it. Other targets are looked for in the cause.
func (e *Error) Is(target error) bool {
	if k, ok := target.(Kind); ok {
		return k == e.Kind
	}
	return errors.Is(e.Err, target)
}

// As looks for other types than [Kind] in the cause.
func (e *Error) As(target any) bool {
	if _, ok := target.(*Kind); ok {
		return false
	}
	return errors.As(e.Err, target)
}

// notApplied marks an error as proof that nothing happened.
type notApplied struct{ err error } //nolint:errname // named for what it says

// NotApplied is the sender's word that nothing happened: no byte was written,
// or the provider's answer proves that it did nothing. Anything else that a
// sender returns as an error is unknown. NotApplied(nil) is nil.
func NotApplied(err error) error {
	if err == nil {
		return nil
	}
	return notApplied{err}
}

func (n notApplied) Error() string { return n.err.Error() }
func (n notApplied) Unwrap() error { return n.err }

// ongoing marks an error of a sender that ended before what it began.
type ongoing struct{ err error }

// Ongoing is the sender's word that what it began goes on without it, in
// processes that it started. The outcome is unknown, and absence proves nothing
// until the owner of the attempt, these processes with it, is seen gone; see
// [Owner].Lock. Ongoing(nil) is nil.
func Ongoing(err error) error {
	if err == nil {
		return nil
	}
	return ongoing{err}
}

func (o ongoing) Error() string { return o.err.Error() }
func (o ongoing) Unwrap() error { return o.err }

// provesNotApplied looks for NotApplied along a single chain of causes. Beside
// another error (errors.Join) it proves nothing: that one may have sent. Nor does
// it inside an *Error, which speaks of another effect.
func provesNotApplied(err error) bool {
	for err != nil {
		switch err.(type) { //nolint:errorlint // joined errors must not be searched
		case notApplied:
			return true
		case ongoing:
			return false
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		err = u.Unwrap()
	}
	return false
}
