package judge

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Violation is a rule that was broken.
type Violation struct {
	Rule   string // I1 … I18
	Effect string
	What   string
}

func (v Violation) String() string { return fmt.Sprintf("%s %s: %s", v.Rule, v.Effect, v.What) }

// effect is what the three logs say of one effect.
type effect struct {
	id       string
	record   *Record
	history  []Change
	received []Event
	applied  []Event
	calls    []Call
}

// Judge returns every violation, by rule and effect.
func Judge(c Case) (found []Violation) {
	j := &judgement{Case: c, effects: map[string]*effect{}}
	j.gather()
	for _, id := range j.order {
		e := j.effects[id]
		j.happenedOnce(e)
		j.toldTruly(e)
		j.stepsAreLegal(e)
		if c.Settled {
			j.isSettled(e)
		}
	}
	j.keys()
	for _, canary := range c.Canaries {
		if bytes.Contains(c.Raw, []byte(canary)) {
			j.found = append(j.found, Violation{"I18", "", fmt.Sprintf("the export has the secret %q", canary)})
		}
	}
	slices.SortStableFunc(j.found, func(a, b Violation) int { return strings.Compare(a.Rule+a.Effect, b.Rule+b.Effect) })
	return j.found
}

type judgement struct {
	Case
	effects map[string]*effect
	order   []string
	found   []Violation
}

func (j *judgement) effect(id string) *effect {
	e := j.effects[id]
	if e == nil {
		e = &effect{id: id}
		j.effects[id] = e
		j.order = append(j.order, id)
	}
	return e
}

func (j *judgement) gather() {
	for i := range j.Records {
		j.effect(j.Records[i].ID).record = &j.Records[i]
	}
	for _, c := range j.History {
		e := j.effect(c.ID)
		e.history = append(e.history, c)
	}
	for _, p := range j.Provider {
		e := j.effect(p.Effect)
		switch p.What {
		case "received":
			e.received = append(e.received, p)
		case "applied":
			e.applied = append(e.applied, p)
		default:
			j.violation("log", e, "the provider's log says %q", p.What)
		}
	}
	for _, c := range j.Calls {
		e := j.effect(c.Effect)
		e.calls = append(e.calls, c)
	}
}

func (j *judgement) violation(rule string, e *effect, format string, args ...any) {
	j.found = append(j.found, Violation{rule, e.id, fmt.Sprintf(format, args...)})
}

// happenedOnce compares what the provider saw with what the ledger knows.
func (j *judgement) happenedOnce(e *effect) {
	if len(e.applied) > 1 {
		j.violation("I1", e, "it was applied %d times", len(e.applied))
	}
	if e.record == nil {
		if len(e.received) > 0 {
			j.violation("I2", e, "the provider received it, and the ledger does not know it")
		}
		return
	}
	seen := map[int64]int{}
	for _, p := range e.received {
		if p.Fence == 0 {
			continue
		}
		seen[p.Fence]++
		a := e.attempt(p.Fence)
		switch {
		case seen[p.Fence] > 1:
			j.violation("I3", e, "attempt with fence %d arrived %d times", p.Fence, seen[p.Fence])
		case a == nil && !e.record.Receipt.Pruned || a != nil && !a.Sent:
			j.violation("I2", e, "the provider received fence %d, which the ledger does not know as sent", p.Fence)
		case a != nil && a.Outcome == "not-applied" && e.appliedBy(p.Fence):
			j.violation("I5", e, "attempt %d counts as not-applied, and was applied", a.Number)
		}
	}
	for i, p := range e.received[:max(0, len(e.received)-1)] {
		next := e.received[i+1]
		a := e.attempt(p.Fence)
		if a == nil || p.Fence == next.Fence || a.Outcome == "not-applied" || (p.Key != "" && p.Key == next.Key && p.Body == next.Body) {
			continue
		}
		j.violation("I6", e, "fence %d was sent after fence %d, whose outcome is %s", next.Fence, p.Fence, a.Outcome)
	}
	switch {
	case e.record.State == "applied" && len(e.applied) == 0 && !e.byPerson():
		j.violation("I4", e, "the ledger says applied, and no provider applied it")
	case e.record.State == "not-applied" && len(e.applied) > 0 && !e.byPerson():
		j.violation("I5", e, "the ledger says not-applied, and it was applied")
	}
}

func (e *effect) attempt(fence int64) *Attempt {
	for i := range e.record.Attempts {
		if e.record.Attempts[i].Fence == fence {
			return &e.record.Attempts[i]
		}
	}
	return nil
}

func (e *effect) appliedBy(fence int64) bool {
	return slices.ContainsFunc(e.applied, func(p Event) bool { return p.Fence == fence })
}

// byPerson reports whether a person has decided: people may err.
func (e *effect) byPerson() bool {
	for _, ev := range e.record.Evidence {
		if ev.Source == "person" {
			return true
		}
	}
	return false
}

// toldTruly compares what callers were told with what happened.
func (j *judgement) toldTruly(e *effect) {
	value, valued := "", false
	for _, c := range e.calls {
		if c.Told == "" {
			continue
		}
		if e.record == nil && c.Told != "unavailable" && c.Told != "mismatch" {
			j.violation("I14", e, "a caller was told %s, and the ledger does not know it", c.Told)
			continue
		}
		switch c.Told {
		case "applied":
			j.toldApplied(e, c)
			if valued && c.Value != value {
				j.violation("I8", e, "callers were given %s and %s", value, c.Value)
			}
			value, valued = c.Value, true
		case "mismatch":
			if slices.ContainsFunc(e.received, func(p Event) bool { return c.Payload != "" && p.Body == c.Payload }) {
				j.violation("I9", e, "a caller was told mismatch, and its payload was sent")
			}
		}
		if c.Told == "not-applied" || c.Safe {
			if slices.ContainsFunc(e.applied, func(p Event) bool { return p.At <= c.End }) && (e.record == nil || !e.byPerson()) {
				j.violation("I5", e, "a caller was told %s (new effect safe: %v) after it was applied", c.Told, c.Safe)
			}
		}
	}
}

func (j *judgement) toldApplied(e *effect, c Call) {
	if e.record.State != "applied" && e.record.State != "disputed" {
		j.violation("I7", e, "a caller was told applied, and the ledger says %s", e.record.State)
	}
	if e.byPerson() {
		return
	}
	if len(e.applied) == 0 {
		j.violation("I4", e, "a caller was told applied, and no provider applied it")
	} else if c.Value != "" && !slices.ContainsFunc(e.applied, func(p Event) bool { return p.Value == c.Value }) {
		j.violation("I4", e, "a caller was given %s, which no provider answered", c.Value)
	}
}

// legal are the steps of the design, written down once more.
var legal = map[string]string{
	"":            "claimed sending unknown",
	"claimed":     "claimed sending not-applied applied unknown",
	"sending":     "sending applied not-applied unknown disputed",
	"unknown":     "unknown sending applied not-applied disputed claimed",
	"not-applied": "not-applied claimed sending disputed unknown",
	"applied":     "applied disputed",
	"disputed":    "disputed applied not-applied",
}

func (j *judgement) stepsAreLegal(e *effect) {
	if e.record == nil {
		if len(e.history) > 0 {
			j.violation("I16", e, "it has a history and no record")
		}
		return
	}
	if j.History == nil {
		return
	}
	var last Change
	for _, c := range e.history {
		switch {
		case c.Revision <= last.Revision:
			j.violation("I11", e, "revision %d follows %d", c.Revision, last.Revision)
		case c.Revision != last.Revision+1:
			j.violation("I16", e, "the history jumps from revision %d to %d", last.Revision, c.Revision)
		}
		if c.Fence < last.Fence {
			j.violation("I11", e, "fence %d follows %d", c.Fence, last.Fence)
		}
		if c.Fence > last.Fence && c.State != "claimed" && c.State != "sending" {
			j.violation("I11", e, "the fence rose to %d without a claim: %s", c.Fence, c.State)
		}
		if !slices.Contains(strings.Fields(legal[last.State]), c.State) {
			rule := "I16"
			if last.State == "applied" {
				rule = "I7"
			}
			j.violation(rule, e, "%q became %q", last.State, c.State)
		}
		last = c
	}
	if last.Revision != e.record.Revision || last.State != e.record.State || last.Fence != e.record.Fence {
		j.violation("I16", e, "the history ends with %s at revision %d, fence %d; the record has %s, %d, %d",
			last.State, last.Revision, last.Fence, e.record.State, e.record.Revision, e.record.Fence)
	}
}

// isSettled checks what must hold once everybody has had time.
func (j *judgement) isSettled(e *effect) {
	if e.record == nil {
		return
	}
	switch r := e.record; {
	case r.State == "claimed" || r.State == "sending":
		j.violation("I12", e, "it is still %s", r.State)
	case r.State == "unknown" && r.Hold == "":
		j.violation("I12", e, "it is unknown, and not held for a person")
	case r.State == "unknown" && r.Protection == "verifiable" && len(e.applied) == 1:
		j.violation("I13", e, "it is held (%s) though the provider can be asked and has it", r.Hold)
	}
}

// keys checks that a provider key stands for one body of one effect.
func (j *judgement) keys() {
	first := map[string]Event{}
	for _, p := range j.Provider {
		if p.Key == "" || p.What != "received" {
			continue
		}
		f, known := first[p.Key]
		switch {
		case !known:
			first[p.Key] = p
		case f.Effect != p.Effect:
			j.violation("I17", j.effect(p.Effect), "its key was sent for %s too", f.Effect)
		case f.Body != p.Body:
			j.violation("I17", j.effect(p.Effect), "its key was sent with two bodies")
		}
	}
}
