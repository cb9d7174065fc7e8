package nonbis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Terms are what is known about the provider of an operation: how an unknown
// outcome can be settled without a person. The zero value says nothing: every
// unknown is held.
type Terms struct {
	// KeyWindow is for how long the provider documents that it answers a repeated
	// provider key with the first result. Zero: it does not, or only at best effort.
	KeyWindow time.Duration
	// Settle is how long after the last possible send the provider may still apply
	// it, or a look may not see it yet.
	Settle time.Duration
	// MinAbsent is how many looks must find nothing before absence is believed.
	// Less than two means two.
	MinAbsent int
	// Verify asks the provider whether the effect happened. It gets the record with
	// the effect's id and provider key, must look for a mark that the send left, and
	// must not send. An error counts as inconclusive.
	Verify func(context.Context, *Record) (Finding, error)
	// Harmful operations must not happen twice even if that means a person has to
	// look: the silence of an owner on another machine never proves absence.
	Harmful bool
	// Conditions is any further text that decides what frees the effect, such as the
	// verifier's command line. It is fixed at the first claim: a later call that
	// brings another is a mismatch.
	Conditions string
}

// Finding is what a look at the provider found.
type Finding struct {
	Verdict FindingVerdict
	Result  any    // of an applied effect; encoded as JSON and replayed; may be nil
	Note    string // what was seen, for people
}

// FindingVerdict is the answer of a look.
type FindingVerdict uint8

// The answers of a look.
const (
	Inconclusive FindingVerdict = iota // it cannot tell
	Present                            // the effect happened, once
	Absent                             // it is not there, as of now
	Conflicting                        // it is there more than once, or in parts
)

// TermsRecord is the part of the terms that an effect keeps.
type TermsRecord struct {
	KeyWindow time.Duration `json:"key_window,omitzero"`
	Settle    time.Duration `json:"settle,omitzero"`
	MinAbsent int           `json:"min_absent,omitzero"`
	Verify    bool          `json:"verify,omitzero"`
	Harmful   bool          `json:"harmful,omitzero"`
	Digest    string        `json:"digest,omitzero"` // of Conditions
}

// record is what of t an effect keeps.
func (t *Terms) record() TermsRecord {
	if t == nil {
		return TermsRecord{}
	}
	r := TermsRecord{KeyWindow: t.KeyWindow, Settle: t.Settle, MinAbsent: t.MinAbsent, Verify: t.Verify != nil, Harmful: t.Harmful}
	if t.Conditions != "" {
		sum := sha256.Sum256([]byte(t.Conditions))
		r.Digest = hex.EncodeToString(sum[:16])
	}
	return r
}

// String is the stored form.
func (r TermsRecord) String() string {
	if r == (TermsRecord{}) {
		return ""
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // plain fields
	}
	return string(b)
}

// ParseTerms reads the stored form.
func ParseTerms(s string) (r TermsRecord, err error) {
	if s != "" {
		err = json.Unmarshal([]byte(s), &r)
	}
	return r, err
}

// Protection names how an unknown outcome can be settled.
type Protection string

// The protections. Conditional and transactional effects belong to connectors.
const (
	ProtectionNone       Protection = "none"
	ProtectionKeyed      Protection = "keyed"
	ProtectionVerifiable Protection = "verifiable"
)

// Protection returns the strongest protection that the terms give.
func (r TermsRecord) Protection() Protection {
	switch {
	case r.KeyWindow > 0:
		return ProtectionKeyed
	case r.Verify:
		return ProtectionVerifiable
	}
	return ProtectionNone
}

// keyUsable reports whether a key first used at first may be sent again at now
// by an attempt that may take up to patience. The margin covers what the
// provider's clock and ours may differ by. A request that the provider takes up
// only after the settle time must still find its key known.
func (r TermsRecord) keyUsable(first, now Instant, patience time.Duration) bool {
	age, ok := first.AtMost(now)
	return ok && age < r.keyBudget(patience)
}

func (r TermsRecord) keyBudget(patience time.Duration) time.Duration {
	return r.KeyWindow - min(r.KeyWindow/10, 5*time.Minute) - r.Settle - patience
}

// absentNeeded is how many counted looks prove absence.
func (r TermsRecord) absentNeeded() int { return max(2, r.MinAbsent) }

// spacing is the least time between the starts of two counted looks.
func (r TermsRecord) spacing() time.Duration { return max(time.Second, r.Settle) }
