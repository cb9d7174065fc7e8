package ledgertest

import (
	"bytes"
	"time"

	"github.com/nonbis/nonbis"
)

// watcher follows the effects of a ledger and knows the invariants of the
// design by itself. Its own account of what the providers said is the proof that
// it measures absence with.
type watcher struct {
	last    map[nonbis.ID]*nonbis.Record
	changes map[nonbis.ID]nonbis.Change
	absent  map[nonbis.ID][]nonbis.Instant // starts of looks that found nothing and count
	seq     int64
	fail    func(format string, args ...any)
}

func newWatcher(fail func(string, ...any)) *watcher {
	return &watcher{
		last: map[nonbis.ID]*nonbis.Record{}, changes: map[nonbis.ID]nonbis.Change{},
		absent: map[nonbis.ID][]nonbis.Instant{}, fail: fail,
	}
}

// changed takes the history since the last time: revisions without a gap, fences
// that never fall, legal transitions, and nothing that was applied is ever lost.
func (w *watcher) changed(changes []nonbis.Change) {
	for _, c := range changes {
		last := w.changes[c.ID]
		switch {
		case c.Seq <= w.seq:
			w.fail("the history goes back: %+v after %d", c, w.seq)
		case c.Revision != last.Revision+1:
			w.fail("revision %d of %s follows on %d", c.Revision, c.ID, last.Revision)
		case c.Fence < last.Fence:
			w.fail("the fence of %s fell from %d to %d", c.ID, last.Fence, c.Fence)
		case !legal(last.State, c.State, false):
			w.fail("%s became %s, and was %s", c.ID, c.State, last.State)
		case c.Fence > last.Fence && c.State != nonbis.StateClaimed && c.State != nonbis.StateSending:
			w.fail("a claim of %s made it %s", c.ID, c.State)
		case c.State == nonbis.StateSending && last.State == nonbis.StateSending && c.Fence != last.Fence:
			w.fail("%s was taken over while it was sending", c.ID)
		}
		w.seq, w.changes[c.ID] = c.Seq, c
	}
}

// looked takes a finding that the ledger accepted, of a look at the effect as it
// was before.
func (w *watcher) looked(before *nonbis.Record, v nonbis.FindingVerdict) {
	started := before.Look.Started
	if v != nonbis.Absent {
		return
	}
	for _, a := range before.Attempts {
		if !surelyOver(a, started, before.Terms) {
			return
		}
	}
	counted := w.absent[before.ID]
	if n := len(counted); n > 0 && elapsed(counted[n-1], started) < before.Terms.Settle {
		return
	}
	w.absent[before.ID] = append(counted, started)
}

// surelyOver reports whether nothing of an attempt can still be applied at an
// instant.
func surelyOver(a nonbis.AttemptRecord, at nonbis.Instant, terms nonbis.TermsRecord) bool {
	end := a.Ended
	if end.IsZero() {
		if a.Deadline == 0 || terms.Harmful || a.Started.Timeline != at.Timeline {
			return false
		}
		end = a.Started.Add(a.Deadline)
	}
	return elapsed(end, at) >= terms.Settle && !before(at, end)
}

// before reports whether a is earlier than b. The timelines of [manual] are
// named in the order of time.
func before(a, b nonbis.Instant) bool {
	if a.Timeline != b.Timeline {
		return len(a.Timeline) < len(b.Timeline) || (len(a.Timeline) == len(b.Timeline) && a.Timeline < b.Timeline)
	}
	return a.Tick < b.Tick
}

// elapsed is how much time has passed at least.
func elapsed(from, to nonbis.Instant) time.Duration {
	if from.Timeline == to.Timeline {
		return to.Tick - from.Tick
	}
	return to.Tick
}

// saw takes a record as it is now.
func (w *watcher) saw(now *nonbis.Record, at nonbis.Instant) {
	was := w.last[now.ID]
	w.last[now.ID] = now
	if was != nil && was.State == nonbis.StateUnknown {
		switch now.State {
		case nonbis.StateSending, nonbis.StateClaimed:
			w.resent(was, now, at)
		case nonbis.StateNotApplied:
			w.freed(was, now)
		case nonbis.StateNone, nonbis.StateUnknown, nonbis.StateDisputed, nonbis.StateApplied:
		}
	}
	if now.State != nonbis.StateUnknown {
		delete(w.absent, now.ID)
	}
	switch {
	case now.State == nonbis.StateUnknown && now.Hold == "" && now.Due.IsZero():
		w.fail("%s is unknown, and nobody will ever settle it", now.ID)
	case now.State.Open() && now.Pruned:
		w.fail("%s is %s and was pruned", now.ID, now.State)
	case (now.State == nonbis.StateClaimed || now.State == nonbis.StateSending) && now.Due.IsZero():
		w.fail("%s is %s without a lease", now.ID, now.State)
	case now.State == nonbis.StateApplied && now.AppliedAt.IsZero():
		w.fail("%s was applied, and nobody knows when", now.ID)
	case was != nil && !was.AppliedAt.IsZero() && !now.AppliedAt.Equal(was.AppliedAt):
		w.fail("%s was applied at %s, and now at %s", now.ID, was.AppliedAt, now.AppliedAt)
	case was != nil && was.Generation != now.Generation && now.State != nonbis.StateNotApplied:
		w.fail("%s: the generation rose while it became %s", now.ID, now.State)
	}
}

// resent checks that an unknown effect was sent again only as rule 6 allows: the
// same bytes and credential, inside the window, after every earlier attempt.
func (w *watcher) resent(was, now *nonbis.Record, at nonbis.Instant) {
	next := now.Latest()
	var first *nonbis.AttemptRecord
	for i := range was.Attempts {
		a := &was.Attempts[i]
		if a.Ended.IsZero() {
			w.fail("%s was sent again while attempt %d may be sending", now.ID, a.Number)
		}
		if !bytes.Equal(a.Credential, next.Credential) {
			w.fail("%s was sent again with another credential", now.ID)
		}
		if first == nil && a.Generation == next.Generation {
			first = a
		}
	}
	if first == nil {
		w.fail("%s was sent again under a new key", now.ID)
		return
	}
	age := at.Wall.Sub(first.Started.Wall)
	if first.Started.Timeline == at.Timeline {
		tick := at.Tick - first.Started.Tick
		if age < tick-5*time.Minute {
			w.fail("%s was sent again although the wall clock went back by %s", now.ID, tick-age)
		}
		age = max(age, tick)
	}
	if age < 0 || age >= was.Terms.KeyWindow {
		w.fail("%s was sent again when its key was %s old, and lives %s", now.ID, age, was.Terms.KeyWindow)
	}
	if !bytes.Equal(was.Request, now.Request) {
		w.fail("%s was sent again with other bytes", now.ID)
	}
}

// freed checks that an unknown effect was freed by exactly one of: a person,
// proof of absence, proof of every attempt by its own sender.
func (w *watcher) freed(was, now *nonbis.Record) {
	if now.Generation == was.Generation+1 {
		return // a person: nobody else makes it rise, and a person always does
	}
	proved := true
	for _, a := range now.Attempts {
		proved = proved && (a.Outcome == nonbis.OutcomeNotApplied && a.Reported == nonbis.OutcomeNotApplied || known(was, a.Number) == nonbis.OutcomeNotApplied)
	}
	if looks := len(w.absent[now.ID]); !proved && (!was.Terms.Verify || looks < max(2, was.Terms.MinAbsent)) {
		w.fail("%s was freed: by nobody's proof; %d looks count", now.ID, looks)
	}
}

func known(r *nonbis.Record, attempt int) nonbis.Outcome {
	for _, a := range r.Attempts {
		if a.Number == attempt {
			return a.Outcome
		}
	}
	return nonbis.OutcomePending
}
