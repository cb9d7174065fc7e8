package cli

import (
	"crypto/sha256"
	"fmt"

	"github.com/nonbis/nonbis"
)

// trail follows the history of one effect.
type trail struct {
	last     nonbis.Change
	problems []string
}

// maxTrailProblems is enough to see that a history is broken.
const maxTrailProblems = 5

func (t *trail) add(c nonbis.Change) {
	wrong := func(format string, args ...any) {
		if len(t.problems) < maxTrailProblems {
			t.problems = append(t.problems, fmt.Sprintf(format, args...))
		}
	}
	if c.Revision != t.last.Revision+1 {
		wrong("its history goes from revision %d to %d", t.last.Revision, c.Revision)
	}
	if c.State != t.last.State && !t.last.State.CanBecome(c.State) {
		wrong("its history goes from %s to %s at revision %d, which is not legal", t.last.State, c.State, c.Revision)
	}
	if c.Fence < t.last.Fence {
		wrong("its fence went back from %d to %d at revision %d", t.last.Fence, c.Fence, c.Revision)
	}
	t.last = c
}

// end compares the end of the trail with the record.
func (t *trail) end(r *nonbis.Record) (problems []string) {
	switch last := t.last; {
	case last.Revision == 0:
		problems = append(problems, "it has a record, but no history")
	case last.Revision != r.Revision:
		problems = append(problems, fmt.Sprintf("its history ends at revision %d, its record is at %d", last.Revision, r.Revision))
	case last.State != r.State:
		problems = append(problems, fmt.Sprintf("its history ends as %s, its record is %s", last.State, r.State))
	case last.Fence != r.Fence:
		problems = append(problems, fmt.Sprintf("its history ends at fence %d, its record is at %d", last.Fence, r.Fence))
	}
	return problems
}

// inconsistencies are what does not fit together within one record.
func inconsistencies(r *nonbis.Record) (problems []string) {
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	if !r.Pruned || r.Scope == nonbis.ScopeKey { // the id of a tombstone cannot be derived: its task is gone
		wrong(r.Name.ID() != r.ID, "its id is not that of its name: %s", r.Name.ID())
		wrong(r.Name.Base() != r.Base, "its base id is not that of its name: %s", r.Name.Base())
	}
	wrong(r.Occurrence < 1, "its occurrence is %d", r.Occurrence)
	wrong(r.State == nonbis.StateNone || r.State > nonbis.StateNotApplied, "its state is %s", r.State)
	wrong(r.Hold != "" && r.State != nonbis.StateUnknown, "it is %s, and held", r.State)
	wrong(r.Pruned && r.State.Open(), "it was pruned while it was %s", r.State)
	wrong(r.State == nonbis.StateApplied && r.AppliedAt.IsZero(), "it is applied, at no time")
	if out := r.Result; out != nil && out.Body != nil {
		wrong(int64(len(out.Body)) != out.Size || sha256.Sum256(out.Body) != out.Digest, "its result is not the one that was recorded: size or digest differ")
	}
	if !r.Pruned {
		problems = append(problems, attemptsInconsistent(r)...)
	}
	return problems
}

func attemptsInconsistent(r *nonbis.Record) (problems []string) {
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	var open, applied bool
	number, fence := 0, int64(0)
	for i := range r.Attempts {
		a := &r.Attempts[i]
		wrong(a.Number <= number, "attempt %d comes after attempt %d", a.Number, number)
		wrong(a.Fence < fence, "attempt %d has fence %d, an earlier one %d", a.Number, a.Fence, fence)
		wrong(a.Fence > r.Fence, "attempt %d has fence %d, the effect %d", a.Number, a.Fence, r.Fence)
		wrong(a.Generation > r.Generation, "attempt %d has generation %d, the effect %d", a.Number, a.Generation, r.Generation)
		number, fence = a.Number, a.Fence
		open = open || a.Sent && (a.Outcome == nonbis.OutcomeUnknown || a.Outcome == nonbis.OutcomePending)
		applied = applied || a.Outcome == nonbis.OutcomeApplied
	}
	latest := r.Latest()
	switch r.State {
	case nonbis.StateClaimed:
		wrong(latest == nil || latest.Sent, "it is claimed, but its latest attempt is not one that has sent nothing")
	case nonbis.StateSending:
		wrong(latest == nil || !latest.Sent || latest.Outcome != nonbis.OutcomePending, "it is sending, but its latest attempt is not one that goes on")
	case nonbis.StateUnknown:
		wrong(!open, "it is unknown, but every attempt has an outcome")
	case nonbis.StateNotApplied:
		wrong(open, "it is not applied, but of an attempt nobody knows what came of it")
		wrong(applied, "it is not applied, but an attempt was")
	case nonbis.StateApplied:
		wrong(!applied && !saysApplied(r), "it is applied, but no attempt was, and nobody said so")
	case nonbis.StateNone, nonbis.StateDisputed:
	}
	return problems
}

// saysApplied reports whether anybody but the sender said that it happened.
func saysApplied(r *nonbis.Record) bool {
	for _, e := range r.Evidence {
		if e.Says == nonbis.OutcomeApplied {
			return true
		}
	}
	return false
}
