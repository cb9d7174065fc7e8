package nonbis

import "time"

// maxLooks is how many looks at the provider are made before a person is asked:
// with the pauses growing to an hour, most of a day.
const maxLooks = 30

// LeaseLook gives the right to look at the provider to the holder of token, until
// lease has passed. It returns false when somebody else is looking, or when
// there is nothing to look for.
func (r *Record) LeaseLook(token Token, lease time.Duration, now Instant) (next *Record, ok bool) {
	if r.State != StateUnknown || !r.Terms.Verify || (!r.Look.Until.IsZero() && !r.Look.Until.Reached(now)) {
		return nil, false
	}
	next = r.Clone()
	next.Look.Token, next.Look.Started, next.Look.Until = token, now, now.Add(lease)
	next.Due = next.Look.Until
	next.touch(now)
	return next, true
}

// looked takes the finding of the look that holds the lease.
func (r *Record) looked(t Transition, now Instant) error {
	if r.State != StateUnknown || r.Look.Token != t.Token || t.Token == (Token{}) {
		return stale("the look is over: the effect is %s", r.State)
	}
	started := r.Look.Started
	r.Look.Token, r.Look.Until = Token{}, Instant{}
	r.Look.Count++
	switch t.Verdict {
	case Present:
		r.note(now, 0, "look", OutcomeApplied, t.Note)
		if open := r.unresolved(); len(open) == 1 { // of several it may be any
			open[0].Outcome = OutcomeApplied
		}
		r.keep(t.Result, 0, true)
		r.move(StateApplied, now)
	case Conflicting:
		r.note(now, 0, "look", OutcomeUnknown, t.Note)
		r.move(StateDisputed, now)
	case Absent:
		r.absent(t, started, now)
	case Inconclusive:
		r.note(now, 0, "look", OutcomeUnknown, t.Note)
		r.lookAgain(now, now.Add(r.pause()))
	default:
		return Errorf(ErrInvalid, "unknown finding %d", t.Verdict)
	}
	return nil
}

// absent is rule 5: not found is proof only after every attempt is over and the
// settle time has passed, and only when seen again after a pause.
func (r *Record) absent(t Transition, started, now Instant) {
	wait, over := r.untilSettled(started)
	over = over && started.Timeline == now.Timeline // a look that began before a restart cannot be placed
	if over && wait <= 0 && (r.Look.Absent == 0 || r.Look.Last.AtLeast(started) >= r.Terms.spacing()) {
		r.Look.Absent++
		r.Look.Last = started
		if r.Look.Absent >= r.Terms.absentNeeded() {
			for _, a := range r.unresolved() {
				a.Outcome = OutcomeNotApplied
			}
			r.note(now, 0, "look", OutcomeNotApplied, t.Note)
			r.move(StateNotApplied, now)
			return
		}
	}
	r.note(now, 0, "look", OutcomeUnknown, t.Note)
	switch {
	case !over:
		r.lookAgain(now, now.Add(r.pause()))
	case wait > 0:
		r.lookAgain(now, started.Add(wait))
	default:
		r.lookAgain(now, started.Add(r.Terms.spacing()))
	}
}

// untilSettled is how long after at the last attempt may still be applied; over
// is false while one may still be sending.
func (r *Record) untilSettled(at Instant) (wait time.Duration, over bool) {
	for i := range r.Attempts {
		since, ok := r.Attempts[i].settledBy(at, r.Terms.Harmful)
		if !ok {
			return 0, false
		}
		wait = max(wait, r.Terms.Settle-since.AtLeast(at))
	}
	return wait, true
}

// pause grows with every look that settled nothing, up to an hour.
func (r *Record) pause() time.Duration {
	return min(time.Hour, r.Terms.spacing()<<min(r.Look.Count, 12))
}

// lookAgain plans the next look, or holds the effect after too many.
func (r *Record) lookAgain(now, due Instant) {
	r.becomeUnknown(now)
	if r.Look.Count < maxLooks {
		r.Due = due
	}
}
