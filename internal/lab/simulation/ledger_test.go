package simulation_test

import (
	"context"
	"errors"
	"time"

	"github.com/nonbis/nonbis"
)

var errLedger = errors.New("the connection to the ledger was lost")

// shaky is the ledger as one process reaches it: slow, failing before or after
// the commit, and the place where the process dies or is paused.
type shaky struct {
	nonbis.Ledger
	p *process
}

// weather is what happens to one kind of call.
type weather struct {
	changes                                  bool // what is open, or due
	slow, before, after, later, crash, pause float64
}

// Reads are made often and change little.
var (
	writing  = weather{changes: true, slow: 0.08, before: 0.03, after: 0.03, later: 0.015, crash: 0.015, pause: 0.015}
	asking   = weather{changes: true, slow: 0.002, before: 0.002, after: 0.001, crash: 0.0003, pause: 0.0003}
	claiming = weather{changes: true, slow: 0.08, before: 0.03, after: 0.03, later: 0.015, crash: 0.015, pause: 0.04}
	reading  = weather{slow: 0.002, before: 0.002, after: 0.001, crash: 0.0003, pause: 0.0003}
)

// call makes one call of the ledger, or what the weather makes of it. commit may
// run after call has returned.
func (l *shaky) call(ctx context.Context, kind string, of weather, effect string, commit func() error) error {
	p, w := l.p, l.p.w
	if err := p.gate(); err != nil {
		return unavailable(err)
	}
	if w.down() {
		w.count("outage")
		return unavailable(errLedger)
	}
	if w.calm.Load() {
		return l.commit(ctx, of, commit)
	}
	r := w.chance.of(kind + p.name + effect + callOf(ctx).name())
	drawn, rough := r.Float64(), w.roughness
	happens := func(rate float64) bool {
		drawn -= rate * rough
		return drawn < 0
	}
	switch {
	case happens(of.slow):
		w.count("slow ledger")
		d := between(r, 10*time.Millisecond, 40*time.Second)
		w.tell(effect, p, "%s is slow: %s", kind, d)
		time.Sleep(d / 2)
		if err := p.gate(); err != nil {
			return unavailable(err)
		}
		err := l.commit(ctx, of, commit)
		time.Sleep(d / 2)
		return l.back(err)
	case happens(of.before):
		w.count("ledger fails before")
		w.tell(effect, p, "%s fails before its commit", kind)
		return unavailable(errLedger)
	case happens(of.after):
		w.count("ledger fails after")
		err := l.commit(ctx, of, commit)
		w.tell(effect, p, "%s fails after its commit (%v)", kind, err)
		return unavailable(errLedger)
	case happens(of.later):
		w.count("ledger commits later")
		d := between(r, time.Millisecond, 30*time.Second)
		w.tell(effect, p, "%s fails, and commits in %s", kind, d)
		w.going.Go(func() {
			time.Sleep(d)
			_ = l.commit(ctx, of, commit)
		})
		return unavailable(errLedger)
	case happens(of.crash):
		if often(r, 0.5) {
			_ = l.commit(ctx, of, commit)
			p.crash("after the commit of " + kind)
		} else {
			p.crash("before the commit of " + kind)
		}
		return unavailable(errDead)
	case happens(of.pause):
		p.pause(long(r))
		if often(r, 0.5) {
			if err := p.gate(); err != nil {
				return unavailable(err)
			}
		}
	}
	return l.back(l.commit(ctx, of, commit))
}

// commit makes the call, and notes when: what the call's caller is told was true
// then.
func (l *shaky) commit(ctx context.Context, of weather, commit func() error) error {
	if c := callOf(ctx); c != nil {
		c.readAt(time.Now())
	}
	if of.changes {
		defer l.p.w.changed()
	}
	return commit()
}

// back is the way of an answer to the process.
func (l *shaky) back(err error) error {
	if gone := l.p.gate(); gone != nil {
		return unavailable(gone)
	}
	return err
}

func unavailable(err error) error { return nonbis.Errorf(nonbis.ErrUnavailable, "%w", err) }

// made runs a call that returns a value: only who is answered gets it.
func made[T any](ctx context.Context, l *shaky, kind string, of weather, effect string, f func() (T, error)) (T, error) {
	type answer struct{ value T }
	got := make(chan answer, 1)
	err := l.call(ctx, kind, of, effect, func() error {
		v, err := f()
		if err == nil {
			got <- answer{v}
		}
		return err
	})
	var none T
	if err != nil {
		return none, err
	}
	return (<-got).value, nil
}

func (l *shaky) Claim(ctx context.Context, in []nonbis.Intent) ([]nonbis.Claim, error) {
	effect := in[0].Name.ID().String()
	return made(ctx, l, "claim", claiming, effect, func() ([]nonbis.Claim, error) {
		claims, err := l.Ledger.Claim(ctx, in)
		if err == nil {
			c := claims[0]
			if c.Verdict == nonbis.Granted && len(c.Record.Attempts) > 1 && c.Record.Terms.KeyWindow > 0 && c.Record.Attempts[len(c.Record.Attempts)-2].Outcome != nonbis.OutcomeNotApplied {
				l.p.w.count("key repeated")
			}
			if c.Verdict == nonbis.Blocked {
				l.p.w.count("repeat blocked")
			}
			l.p.w.shared(ctx, c)
			l.p.w.tell(effect, l.p, "claim: verdict %d, %s at revision %d, fence %d", c.Verdict, c.Record.State, c.Record.Revision, c.Record.Fence)
		}
		return claims, err
	})
}

func (l *shaky) Advance(ctx context.Context, ts []nonbis.Transition) ([]nonbis.Advanced, error) {
	t := ts[0]
	effect := t.ID.String()
	return made(ctx, l, eventNames[t.Event], writing, effect, func() ([]nonbis.Advanced, error) {
		after, err := l.Ledger.Advance(ctx, ts)
		if err == nil && after[0].Record != nil {
			r := after[0].Record
			l.p.w.reported(t)
			if r.State == nonbis.StateUnknown {
				l.p.w.count("unknown")
			}
			l.p.w.tell(effect, l.p, "%s (fence %d, outcome %s, finding %d, gone %v, %q): %s at revision %d, hold %q, %v",
				eventNames[t.Event], t.Fence, t.Outcome, t.Verdict, t.Gone, t.Note, r.State, r.Revision, r.Hold, after[0].Err)
		}
		return after, err
	})
}

var eventNames = map[nonbis.Event]string{
	nonbis.EventSend: "send", nonbis.EventRelease: "release", nonbis.EventReport: "report",
	nonbis.EventLapse: "lapse", nonbis.EventLooked: "looked", nonbis.EventResolve: "resolve",
}

func (l *shaky) Heartbeat(ctx context.Context, beats []nonbis.Beat) ([]error, error) {
	return made(ctx, l, "heartbeat", writing, beats[0].ID.String(), func() ([]error, error) {
		errs, err := l.Ledger.Heartbeat(ctx, beats)
		if err == nil && errs[0] != nil {
			l.p.w.lostClaim(beats[0])
			l.p.w.tell(beats[0].ID.String(), l.p, "heartbeat of fence %d: %v", beats[0].Fence, errs[0])
		}
		return errs, err
	})
}

func (l *shaky) Get(ctx context.Context, id nonbis.ID) (*nonbis.Record, error) {
	return made(ctx, l, "get", reading, id.String(), func() (*nonbis.Record, error) { return l.Ledger.Get(ctx, id) })
}

func (l *shaky) List(ctx context.Context, q nonbis.Query) (nonbis.Page, error) {
	return made(ctx, l, "list", reading, "", func() (nonbis.Page, error) { return l.Ledger.List(ctx, q) })
}

func (l *shaky) Due(ctx context.Context, q nonbis.DueQuery) ([]*nonbis.Record, error) {
	return made(ctx, l, "due", asking, "", func() ([]*nonbis.Record, error) { return l.Ledger.Due(ctx, q) })
}
