package nonbis

import (
	"fmt"
	"slices"
)

// State is where an effect stands. It follows from what is known of its attempts.
type State uint8

// The states. Their values are stored and ordered: open ones come before
// final ones. New ones need a new schema version.
const (
	StateNone       State = iota // there is no record
	StateClaimed                 // somebody has the right to send; nothing was sent
	StateSending                 // the intent to send is durable; bytes may be under way
	StateUnknown                 // sending began, and nobody can prove what came of it
	StateDisputed                // findings contradict each other; only a person closes it
	StateApplied                 // it happened
	StateNotApplied              // proved: it did not happen; a later call may claim it
)

var stateNames = [...]string{"none", "claimed", "sending", "unknown", "disputed", "applied", "not-applied"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText implements [encoding.TextMarshaler].
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseState].
func (s *State) UnmarshalText(b []byte) (err error) {
	*s, err = ParseState(string(b))
	return err
}

// ParseState reads a state's name. It returns ErrInvalid for an unknown one.
func ParseState(name string) (State, error) {
	for i, n := range stateNames {
		if n == name && State(i) != StateNone {
			return State(i), nil
		}
	}
	return StateNone, Errorf(ErrInvalid, "%q is not a state: want one of claimed, sending, unknown, disputed, applied, not-applied", shorten(name, 40))
}

// Open reports whether something is still to be found out or decided. A
// record in an open state is never pruned, and blocks its siblings.
func (s State) Open() bool { return s >= StateClaimed && s <= StateDisputed }

// Outcome is what the state says about the effect in the outside world.
func (s State) Outcome() Outcome {
	switch s {
	case StateApplied:
		return OutcomeApplied
	case StateNotApplied, StateClaimed, StateNone:
		return OutcomeNotApplied
	case StateSending, StateUnknown, StateDisputed:
		return OutcomeUnknown
	}
	return OutcomeUnknown
}

// transitions is the whole of what may follow on what. A record may also stay
// in its state: a heartbeat, a look without a finding, the next claim of a
// lapsed claim.
var transitions = map[State][]State{
	StateNone:       {StateClaimed, StateSending, StateUnknown},                  // unknown: the ledger was restored and may have forgotten
	StateClaimed:    {StateSending, StateNotApplied, StateApplied, StateUnknown}, // released; late evidence of an older attempt; the ledger was restored
	StateSending:    {StateApplied, StateNotApplied, StateUnknown},
	StateUnknown:    {StateApplied, StateNotApplied, StateSending, StateDisputed}, // sending: the same provider key inside its window
	StateDisputed:   {StateApplied},                                               // a person
	StateApplied:    {StateDisputed},                                              // contradictory late evidence
	StateNotApplied: {StateClaimed, StateSending, StateDisputed, StateUnknown},    // a later call; contradictory late evidence
}

// CanBecome reports whether the transition from s to next is legal.
func (s State) CanBecome(next State) bool { return slices.Contains(transitions[s], next) }
