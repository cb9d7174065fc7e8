package sqlite

import (
	"time"

	"github.com/nonbis/nonbis"
)

// draft is a write that a caller has worked out before its turn in the group, on
// its own core: the writer, of which there is one, only has to make it. It rests
// on a guess about the row, and its statement writes nothing where the guess is
// wrong: then the writer works it out anew.
type draft struct {
	row     row // as it will be; of a new one, n is not known yet
	verdict nonbis.Verdict
	args    *values // of the statement
	at      nonbis.Instant
}

// maxDraft is how old a draft may be: the lease of a claim counts from it.
const maxDraft = time.Second

// usable reports whether d may still be written.
func (d *draft) usable(now nonbis.Instant) bool {
	return d != nil && d.at.Timeline == now.Timeline && now.Tick-d.at.Tick < maxDraft
}

// draftClaim guesses that the effect is new, and the memory of the ledger sound.
func draftClaim(e encoder, in *nonbis.Intent, now nonbis.Instant) (*draft, error) {
	next, verdict := in.Decide(nil, now, false)
	args, err := e.inserted(next)
	if err != nil {
		return nil, err
	}
	return &draft{row: row{Record: next}, verdict: verdict, args: args, at: now}, nil
}

// standsAlone reports whether an intent has neither alias nor repeat, nor a scope
// with occurrences: one statement tells whether its effect is new.
func standsAlone(in *nonbis.Intent) bool {
	return in.Key == "" && in.Repeat == "" && (in.Scope == nonbis.ScopeTask || in.Scope == nonbis.ScopeKey)
}

// draftReport guesses that the record is as this process has last written it;
// nil when it has not. The outcome may not depend on a lease: another process's
// heartbeat changes no revision.
func (l *Ledger) draftReport(t *nonbis.Transition) *draft {
	old, ok := l.open.get(t.ID)
	if !ok || t.Event != nonbis.EventReport {
		return nil
	}
	now := l.clock()
	next, err := old.Advance(*t, now)
	if err != nil || next == nil || inFlight(next) || !sameRare(old.Record, next) {
		return nil
	}
	args, err := encoder{names: l.names}.updated(old, next)
	if err != nil {
		return nil // of a name that is new
	}
	return &draft{row: row{old.n, next}, args: args, at: now}
}

// free lets the arguments be used again, once d was written or will not be.
func (d *draft) free() {
	if d != nil {
		d.args.free()
	}
}

func inFlight(r *nonbis.Record) bool {
	return r.State == nonbis.StateClaimed || r.State == nonbis.StateSending
}
