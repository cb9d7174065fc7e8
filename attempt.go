package nonbis

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Attempt is what a sender is told about the attempt it makes.
type Attempt struct {
	ID          ID
	ProviderKey string // the idempotency key for the provider, the same on every attempt of a generation
	Number      int    // counted from 1
	Fence       int64  // grows with every claim; for resources that can check it
}

// Token is a random number by which a claim, or a look, proves that it is the
// one that was granted.
type Token [16]byte

// NewToken draws a token.
func NewToken() (t Token) {
	_, _ = rand.Read(t[:]) // never fails
	return t
}

// MarshalText implements [encoding.TextMarshaler].
func (t Token) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(t[:])), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *Token) UnmarshalText(b []byte) error {
	if hex.DecodedLen(len(b)) != len(t) {
		return Errorf(ErrInvalid, "a token has %d hexadecimal digits", 2*len(t))
	}
	_, err := hex.Decode(t[:], b)
	return err
}

// AttemptRecord is what the ledger keeps of one try to send.
type AttemptRecord struct {
	Number     int
	Fence      int64
	Generation int // of the provider key
	Token      Token
	Owner      Owner
	Outcome    Outcome
	Sent       bool          // the intent to send was made durable
	Reported   Outcome       // what its sender has said last; pending: nothing yet
	Started    Instant       // when it was claimed
	Deadline   time.Duration // after Started; 0: none. The sender promises to write no byte later
	Ended      Instant       // closed by its owner, or its owner seen gone; zero while it may still act
	Digest     [32]byte      // of the bytes to send; zero when unknown
	Credential []byte        // HMAC of the credential that it was sent with
}

// settledBy reports whether the attempt can no longer send, and since when.
func (a *AttemptRecord) settledBy(now Instant, harmful bool) (since Instant, ok bool) {
	if !a.Ended.IsZero() {
		return a.Ended, true
	}
	// An owner elsewhere that promised a deadline: it is over, unless doing it
	// twice would do harm, since its clock may have stood still. One on this very
	// machine can be seen, and is over only when it is seen gone.
	here := a.Owner.Boot != "" && a.Owner.Boot == now.Timeline
	if end := a.Started.Add(a.Deadline); !here && a.Deadline > 0 && !harmful && a.Started.Timeline == now.Timeline && end.Reached(now) {
		return end, true
	}
	return Instant{}, false
}
