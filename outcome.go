package nonbis

import "fmt"

// Outcome is what is known about an attempt, or about an effect.
type Outcome uint8

// The outcomes. Their values are stored.
const (
	OutcomePending    Outcome = iota // the attempt goes on; never said of an effect
	OutcomeApplied                   // it happened
	OutcomeNotApplied                // it did not happen: proved
	OutcomeUnknown                   // it may have happened
)

var outcomeNames = [...]string{"pending", "applied", "not-applied", "unknown"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// MarshalText implements [encoding.TextMarshaler].
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseOutcome].
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, n := range outcomeNames {
		if n == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return Errorf(ErrInvalid, "%q is not an outcome", shorten(string(b), 40))
}

// ParseOutcome reads what a person may say of an effect: applied or
// not-applied, or in plain words happened or did-not-happen. It returns
// ErrInvalid for anything else.
func ParseOutcome(word string) (Outcome, error) {
	switch word {
	case "applied", "happened":
		return OutcomeApplied, nil
	case "not-applied", "did-not-happen":
		return OutcomeNotApplied, nil
	}
	return OutcomePending, Errorf(ErrInvalid, "%q is not an outcome: want applied or not-applied", shorten(word, 40))
}
