package ledgertest

import "github.com/nonbis/nonbis"

// followers are the states that may follow on each, from the drawing in section
// 3 of the design.
var followers = map[nonbis.State]map[nonbis.State]bool{
	nonbis.StateNone: {nonbis.StateClaimed: true, nonbis.StateSending: true},
	nonbis.StateClaimed: {
		nonbis.StateSending:    true,
		nonbis.StateNotApplied: true, // released, or let go
		nonbis.StateApplied:    true, // late evidence
	},
	nonbis.StateSending:    {nonbis.StateApplied: true, nonbis.StateNotApplied: true, nonbis.StateUnknown: true},
	nonbis.StateUnknown:    {nonbis.StateApplied: true, nonbis.StateNotApplied: true, nonbis.StateSending: true, nonbis.StateDisputed: true},
	nonbis.StateDisputed:   {nonbis.StateApplied: true},
	nonbis.StateApplied:    {nonbis.StateDisputed: true},
	nonbis.StateNotApplied: {nonbis.StateClaimed: true, nonbis.StateSending: true, nonbis.StateDisputed: true},
}

// legal reports whether a change may lead from one state to another. It may also
// leave a state as it is: the next owner of a claim, evidence, a look, an alias, a
// tombstone. A ledger that forgot may find that what it takes for unsent is not.
func legal(from, to nonbis.State, forgot bool) bool {
	unsent := from == nonbis.StateNone || from == nonbis.StateClaimed || from == nonbis.StateNotApplied
	return followers[from][to] || (from == to && from != nonbis.StateNone) || (forgot && unsent && to == nonbis.StateUnknown)
}
