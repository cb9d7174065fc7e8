package ledgertest

import "github.com/nonbis/nonbis"

// followers are the states that may follow on each, from the drawing in section
// 3 of the design. Nothing follows on applied but disputed, and on disputed but
// applied.
var followers = map[nonbis.State]map[nonbis.State]bool{
	nonbis.StateNone: {
		nonbis.StateClaimed: true, nonbis.StateSending: true,
		nonbis.StateUnknown: true, // in a ledger that forgot
	},
	nonbis.StateClaimed: {
		nonbis.StateClaimed: true, // the next owner
		nonbis.StateSending: true,
		// Released, or let go.
		nonbis.StateNotApplied: true,
		nonbis.StateApplied:    true, // late evidence
	},
	nonbis.StateSending:    {nonbis.StateApplied: true, nonbis.StateNotApplied: true, nonbis.StateUnknown: true},
	nonbis.StateUnknown:    {nonbis.StateApplied: true, nonbis.StateNotApplied: true, nonbis.StateSending: true, nonbis.StateDisputed: true},
	nonbis.StateDisputed:   {nonbis.StateApplied: true},
	nonbis.StateApplied:    {nonbis.StateDisputed: true},
	nonbis.StateNotApplied: {nonbis.StateClaimed: true, nonbis.StateSending: true, nonbis.StateDisputed: true, nonbis.StateUnknown: true},
}

// legal reports whether a change may lead from one state to another. A change
// may also leave a state as it is: evidence, a look, an alias, a tombstone.
func legal(from, to nonbis.State) bool {
	return followers[from][to] || (from == to && from != nonbis.StateNone)
}
