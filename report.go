package nonbis

// report takes a sender's word about its own attempt. It is always kept: it
// decides the effect while the attempt holds it; later it settles an unknown,
// and where it contradicts what was decided meanwhile, the effect is disputed.
func (r *Record) report(t Transition, now Instant) error {
	var a *AttemptRecord
	for i := range r.Attempts {
		if r.Attempts[i].Fence == t.Fence && r.Attempts[i].Token == t.Token {
			a = &r.Attempts[i]
		}
	}
	switch {
	case t.Token == (Token{}):
		return Errorf(ErrInvalid, "a report needs the token of its claim")
	case a == nil && r.Pruned:
		return stale("the effect was pruned: it is %s", r.State)
	case a == nil:
		return stale("no attempt has this fence and token")
	case !a.Sent:
		return Errorf(ErrInvalid, "the attempt has not begun to send")
	case t.Outcome == OutcomePending:
		return Errorf(ErrInvalid, "an attempt ends as applied, not-applied or unknown")
	case a.Reported == t.Outcome:
		return nil
	}
	holds := r.State == StateSending && a == r.Latest()
	before := a.Outcome
	a.Reported = t.Outcome
	if a.Ended.IsZero() && (!t.Ongoing || t.Outcome != OutcomeUnknown) {
		a.Ended = now
	}
	if !holds || t.Outcome != OutcomeApplied {
		r.note(now, a.Number, "owner", t.Outcome, t.Note)
	}
	switch t.Outcome {
	case OutcomeApplied:
		a.Outcome = OutcomeApplied
		r.reportApplied(a, before, t, now)
	case OutcomeNotApplied:
		r.reportNotApplied(a, before, t, now)
	case OutcomeUnknown, OutcomePending:
		if before == OutcomePending {
			a.Outcome = OutcomeUnknown
		}
		if holds || r.State == StateUnknown {
			r.keep(t.Result, a.Number, false)
			r.becomeUnknown(now)
		} else {
			r.move(r.State, now)
		}
	}
	return nil
}

func (r *Record) reportApplied(a *AttemptRecord, before Outcome, t Transition, now Instant) {
	switch r.State {
	case StateClaimed: // of a later owner, who has sent nothing and will find the claim gone
		r.Attempts = r.Attempts[:len(r.Attempts)-1]
		fallthrough
	case StateSending, StateUnknown:
		r.keep(t.Result, a.Number, true)
		r.move(StateApplied, now)
	case StateApplied:
		if before == OutcomeNotApplied || r.appliedTwice(a) {
			r.move(StateDisputed, now)
			return
		}
		if r.Result == nil || !r.Result.Replayable {
			r.keep(t.Result, a.Number, true)
		}
		r.move(StateApplied, now)
	case StateNotApplied:
		r.keep(t.Result, a.Number, false)
		r.move(StateDisputed, now)
	case StateNone, StateDisputed:
		r.move(r.State, now)
	}
}

// appliedTwice reports whether another attempt than a is known to have been
// applied, under another provider key or under none that the provider honours.
func (r *Record) appliedTwice(a *AttemptRecord) bool {
	for i := range r.Attempts {
		b := &r.Attempts[i]
		if b.Fence != a.Fence && b.Outcome == OutcomeApplied && (r.Terms.KeyWindow == 0 || b.Generation != a.Generation) {
			return true
		}
	}
	return false
}

func (r *Record) reportNotApplied(a *AttemptRecord, before Outcome, t Transition, now Instant) {
	contradicts := before == OutcomeApplied
	a.Outcome = OutcomeNotApplied
	switch r.State {
	case StateSending:
		if a != r.Latest() {
			r.move(StateSending, now)
			return
		}
		fallthrough
	case StateUnknown:
		r.keep(t.Result, a.Number, false)
		if len(r.unresolved()) > 0 { // rule 2: proof about one attempt says nothing of another
			r.becomeUnknown(now)
			return
		}
		r.move(StateNotApplied, now)
	case StateApplied:
		// By whom else, if no attempt is left that could have done it?
		if contradicts || (len(r.unresolved()) == 0 && !r.anyApplied()) {
			r.move(StateDisputed, now)
			return
		}
		r.move(StateApplied, now)
	case StateNone, StateClaimed, StateNotApplied, StateDisputed:
		r.move(r.State, now)
	}
}

func (r *Record) anyApplied() bool {
	for i := range r.Attempts {
		if r.Attempts[i].Outcome == OutcomeApplied {
			return true
		}
	}
	return false
}
