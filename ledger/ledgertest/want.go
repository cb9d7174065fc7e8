package ledgertest

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/nonbis/nonbis"
)

// wantClaim checks what came of a claim.
func (l *lab) wantClaim(c nonbis.Claim, v nonbis.Verdict, s nonbis.State) {
	l.t.Helper()
	if c.Verdict != v || c.Record.State != s {
		l.t.Fatalf("claim: %s, %s; want %s, %s", verdict(c.Verdict), c.Record.State, verdict(v), s)
	}
}

// wantState checks where a record stands.
func (l *lab) wantState(r *nonbis.Record, s nonbis.State) {
	l.t.Helper()
	if r.State != s {
		l.t.Fatalf("the effect is %s, want %s", r.State, s)
	}
}

// wantSame checks that a record did not change.
func (l *lab) wantSame(before *nonbis.Record) {
	l.t.Helper()
	if d := diff(before, l.get(before.ID)); d != "" {
		l.t.Fatalf("the record changed (-before +after):\n%s", d)
	}
}

// wantErr checks the kind of an error, and that it names the effect.
func (l *lab) wantErr(err error, k nonbis.Kind, id nonbis.ID) {
	l.t.Helper()
	if nonbis.KindOf(err) != k {
		l.t.Fatalf("error %v (%v), want of kind %s", err, nonbis.KindOf(err), k)
	}
	if e, ok := errors.AsType[*nonbis.Error](err); ok && !e.ID.IsZero() && e.ID != id {
		l.t.Fatalf("the error is about %s, want %s", e.ID, id)
	}
}

// wantNone checks that there is no such effect.
func (l *lab) wantNone(id nonbis.ID) {
	l.t.Helper()
	r, err := l.ledger.Get(l.t.Context(), id)
	if r != nil {
		l.t.Fatalf("there is a record, and it is %s; want none", r.State)
	}
	l.wantErr(err, nonbis.ErrNotFound, id)
}

// verdict names a verdict.
func verdict(v nonbis.Verdict) string {
	switch v {
	case nonbis.Granted:
		return "granted"
	case nonbis.Existing:
		return "existing"
	case nonbis.Blocked:
		return "blocked"
	case nonbis.MismatchedTerms:
		return "mismatched terms"
	case nonbis.Mismatched:
		return "mismatched"
	}
	return fmt.Sprintf("verdict(%d)", v)
}

// eventNames are what tests call the events.
var eventNames = map[nonbis.Event]string{
	nonbis.EventSend: "send", nonbis.EventRelease: "release", nonbis.EventReport: "report",
	nonbis.EventLapse: "lapse", nonbis.EventLooked: "looked", nonbis.EventResolve: "resolve",
}

// sameTime is stricter than time.Time.Equal: the zero of an Instant is told by ==.
func sameTime(a, b time.Time) bool {
	return a.Equal(b) && a.Location() == b.Location()
}

// sameBytes tells a body from none.
func sameBytes(a, b []byte) bool {
	return (a == nil) == (b == nil) && bytes.Equal(a, b)
}

// sentOr is the state that a granted claim leads to.
func sentOr(send bool) nonbis.State {
	if send {
		return nonbis.StateSending
	}
	return nonbis.StateClaimed
}
