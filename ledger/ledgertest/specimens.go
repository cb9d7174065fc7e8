package ledgertest

import (
	"fmt"

	"github.com/nonbis/nonbis"
)

// conditions are all in which an effect can be, by how it got there.
var conditions = []string{
	"claimed", "sending", "unknown", "lapsed", "disputed", "applied", "not-applied", "released", "pruned applied", "pruned not-applied",
}

// conditionState is the state of each.
var conditionState = map[string]nonbis.State{
	"claimed": nonbis.StateClaimed, "sending": nonbis.StateSending,
	"unknown":  nonbis.StateUnknown, // so says its owner
	"lapsed":   nonbis.StateUnknown, // its owner may still be sending
	"disputed": nonbis.StateDisputed, "applied": nonbis.StateApplied, "not-applied": nonbis.StateNotApplied,
	"released":           nonbis.StateNotApplied, // before anything was sent
	"pruned applied":     nonbis.StateApplied,
	"pruned not-applied": nonbis.StateNotApplied,
}

// openConditions are those of which something is still to be found out.
func openConditions() (open []string) {
	for _, c := range conditions {
		switch conditionState[c] {
		case nonbis.StateClaimed, nonbis.StateSending, nonbis.StateUnknown, nonbis.StateDisputed:
			open = append(open, c)
		case nonbis.StateNone, nonbis.StateApplied, nonbis.StateNotApplied:
		}
	}
	return open
}

// bring makes an effect and brings it into a condition.
func (l *lab) bring(condition string, change ...func(*nonbis.Intent)) specimen {
	l.t.Helper()
	in := l.intent(change...)
	var s specimen
	switch condition {
	case "claimed":
		in.Send = false
		s = l.start(in)
	case "sending":
		s = l.start(in)
	case "unknown":
		s = l.start(in)
		s = l.then(s, s.report(nonbis.OutcomeUnknown))
	case "lapsed":
		s = l.start(in)
		l.clock.pass(lease)
		s = l.then(s, s.event(nonbis.EventLapse))
	case "disputed":
		s = l.start(in)
		s = l.then(s, s.report(nonbis.OutcomeApplied))
		s = l.then(s, s.report(nonbis.OutcomeNotApplied))
	case "applied":
		s = l.start(in)
		s = l.then(s, s.report(nonbis.OutcomeApplied))
	case "not-applied":
		s = l.start(in)
		s = l.then(s, s.report(nonbis.OutcomeNotApplied))
	case "released":
		in.Send = false
		s = l.start(in)
		s = l.then(s, s.event(nonbis.EventRelease))
	case "pruned applied":
		s = l.prune(l.bring("applied", inOwnNamespace(l, in)))
	case "pruned not-applied":
		s = l.prune(l.bring("not-applied", inOwnNamespace(l, in)))
	default:
		l.t.Fatalf("no such condition: %q", condition)
	}
	l.wantState(s.r, conditionState[condition])
	return s
}

// inOwnNamespace makes an intent equal in, alone in a namespace, so that it can
// be pruned without others.
func inOwnNamespace(l *lab, in nonbis.Intent) func(*nonbis.Intent) {
	in.Namespace = fmt.Sprintf("pruned-%d", l.made.Add(1))
	return func(to *nonbis.Intent) { *to = in }
}

// prune prunes the namespace of a specimen.
func (l *lab) prune(s specimen) specimen {
	l.t.Helper()
	l.clock.pass(1)
	n, err := l.ledger.Prune(l.t.Context(), nonbis.PruneQuery{Namespace: s.Namespace, Before: l.clock.read().Wall})
	if err != nil || n != 1 {
		l.t.Fatalf("pruned %d, error %v; want one", n, err)
	}
	s.r = l.get(s.r.ID)
	return s
}
