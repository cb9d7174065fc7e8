package nonbis_test

import (
	"reflect"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
)

// life is one record that the rules are asked about, step by step, on a clock of
// its own. It checks of every step what must hold of all of them.
type life struct {
	tb     rapid.TB
	now    nonbis.Instant
	true   time.Duration // what really passed
	in     nonbis.Intent // the next claim
	r      *nonbis.Record
	grants []nonbis.AttemptRecord // as they were granted
	look   nonbis.Token
}

const (
	lease    = 30 * time.Second
	deadline = 2 * time.Minute
)

// The terms that the tests claim under.
var (
	plain      = nonbis.TermsRecord{}
	keyed      = nonbis.TermsRecord{KeyWindow: time.Hour}
	verifiable = nonbis.TermsRecord{Verify: true, Settle: 5 * time.Second}
)

func born(tb rapid.TB, terms nonbis.TermsRecord) *life {
	tb.Helper()
	name, payload, err := nonbis.Effect{Task: "t-1", Operation: "test.pay", Payload: 1}.Describe("default")
	if err != nil {
		tb.Fatal(err)
	}
	l := &life{
		tb: tb,
		// The machine has been up for a day.
		now: nonbis.Instant{Wall: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Tick: 24 * time.Hour, Timeline: "boot-1"},
		in:  nonbis.Intent{Name: name, Fingerprint: payload.Fingerprint(), Terms: terms, Lease: lease, Deadline: deadline},
	}
	if terms.KeyWindow > 0 {
		l.in.Request = []byte("POST / 1")
		l.in.Credential = []byte("hmac of alice's")
	}
	return l
}

// pass lets time go by.
func (l *life) pass(d time.Duration) *life { l.now, l.true = l.now.Add(d), l.true+d; return l }

// reboot starts a new timeline after the machine was down for as long.
func (l *life) reboot(down time.Duration) *life {
	l.now.Wall, l.true = l.now.Wall.Add(down), l.true+down
	l.now.Tick, l.now.Timeline = 0, l.now.Timeline+"+"
	return l
}

// setWall sets the wall clock forward, or back when d is negative.
func (l *life) setWall(d time.Duration) *life { l.now.Wall = l.now.Wall.Add(d); return l }

// decide asks for the effect under a new token.
func (l *life) decide(send, suspect bool) nonbis.Verdict {
	l.tb.Helper()
	in := l.in
	in.Send = send
	if in.Token == (nonbis.Token{}) {
		in.Token = nonbis.NewToken()
	}
	before := l.snapshot()
	next, v := in.Decide(l.r, l.now, suspect)
	l.unchanged(before)
	if v == nonbis.Granted && next == nil && l.r.Latest().Token != in.Token {
		l.tb.Fatal("granted somebody else's attempt")
	}
	if next != nil {
		l.become(next)
		if v == nonbis.Granted {
			if a := next.Latest(); a.Token != in.Token || a.Fence != next.Fence || a.Sent != send || a.Generation != next.Generation {
				l.tb.Fatalf("the granted attempt is %+v of %+v", a, next)
			}
			l.grants = append(l.grants, *next.Latest())
		}
	}
	return v
}

// claim takes the effect and goes straight to sending.
func (l *life) claim() *life {
	l.tb.Helper()
	if v := l.decide(true, false); v != nonbis.Granted || l.r.State != nonbis.StateSending {
		l.tb.Fatalf("claim: verdict %d, %s", v, l.state())
	}
	return l
}

// hold takes the effect and does not send yet.
func (l *life) hold() *life {
	l.tb.Helper()
	if v := l.decide(false, false); v != nonbis.Granted || l.r.State != nonbis.StateClaimed {
		l.tb.Fatalf("hold: verdict %d, %s", v, l.state())
	}
	return l
}

// advance asks for a change, and takes it if it is made.
func (l *life) advance(t nonbis.Transition) (changed bool, err error) {
	l.tb.Helper()
	t.ID = l.r.ID
	before := l.snapshot()
	next, err := l.r.Advance(t, l.now)
	l.unchanged(before)
	if err != nil && next != nil {
		l.tb.Fatalf("both a record and an error: %v", err)
	}
	if next != nil {
		l.become(next)
	}
	return next != nil, err
}

// does is advance where nothing may go wrong.
func (l *life) does(t nonbis.Transition) *life {
	l.tb.Helper()
	if _, err := l.advance(t); err != nil {
		l.tb.Fatalf("event %d: %v", t.Event, err)
	}
	return l
}

// report is the word of the n-th granted attempt, counted from 0.
func (l *life) report(n int, o nonbis.Outcome) *life {
	l.tb.Helper()
	return l.does(l.word(n, o))
}

func (l *life) word(n int, o nonbis.Outcome) nonbis.Transition {
	t := nonbis.Transition{Event: nonbis.EventReport, Outcome: o, Fence: l.grants[n].Fence, Token: l.grants[n].Token, Note: "said so"}
	if o == nonbis.OutcomeApplied {
		t.Result = nonbis.NewOutput([]byte(`"done"`), 1<<10)
	}
	return t
}

// last is the number of the latest grant.
func (l *life) last() int { return len(l.grants) - 1 }

// lapse is what time, or the end of the n-th attempt's owner, does.
func (l *life) lapse() *life {
	l.tb.Helper()
	return l.does(l.due())
}

func (l *life) gone(n int) *life {
	l.tb.Helper()
	return l.does(nonbis.Transition{Event: nonbis.EventLapse, Revision: l.r.Revision, Fence: l.grants[n].Fence, Gone: true})
}

// lookFor leases a look at the provider.
func (l *life) lookFor() *life {
	l.tb.Helper()
	token := nonbis.NewToken()
	before := l.snapshot()
	next, ok := l.r.LeaseLook(token, lease, l.now)
	l.unchanged(before)
	if !ok {
		l.tb.Fatalf("no look was leased: %s", l.state())
	}
	l.become(next)
	l.look = token
	return l
}

// found ends the look.
func (l *life) found(v nonbis.FindingVerdict) *life {
	l.tb.Helper()
	return l.does(nonbis.Transition{Event: nonbis.EventLooked, Token: l.look, Verdict: v, Note: "looked"})
}

func (l *life) decided(o nonbis.Outcome) *life {
	l.tb.Helper()
	return l.does(nonbis.Transition{Event: nonbis.EventResolve, Outcome: o, Revision: l.r.Revision, Note: "Ada says so"})
}

// is fails unless the record is in the state.
func (l *life) is(want nonbis.State) *life {
	l.tb.Helper()
	if l.state() != want {
		l.tb.Fatalf("the effect is %s, want %s", l.state(), want)
	}
	return l
}

func (l *life) state() nonbis.State {
	if l.r == nil {
		return nonbis.StateNone
	}
	return l.r.State
}

// become takes the next record, after a look at what every change must keep.
func (l *life) become(next *nonbis.Record) {
	l.tb.Helper()
	from := l.state()
	if next.State != from && !from.CanBecome(next.State) {
		l.tb.Fatalf("%s became %s", from, next.State)
	}
	if l.r != nil {
		if next.Revision <= l.r.Revision || next.Fence < l.r.Fence || next.Generation < l.r.Generation || next.ID != l.r.ID {
			l.tb.Fatalf("from %+v to %+v", l.r, next)
		}
	}
	setBack := l.r != nil && l.r.Updated.After(l.now.Wall) // then the record may keep the later time
	if !next.Updated.Equal(l.now.Wall) && (!setBack || !next.Updated.Equal(l.r.Updated)) {
		l.tb.Fatalf("updated at %s, want %s", next.Updated, l.now.Wall)
	}
	if len(next.Evidence) > 64 {
		l.tb.Fatalf("%d pieces of evidence", len(next.Evidence))
	}
	if next.State == nonbis.StateNotApplied {
		for _, a := range next.Attempts {
			if a.Sent && a.Outcome != nonbis.OutcomeNotApplied {
				l.tb.Fatalf("the effect is not-applied, though attempt %d is %s", a.Number, a.Outcome)
			}
		}
	}
	if next.State == nonbis.StateApplied && next.AppliedAt.IsZero() {
		l.tb.Fatal("applied at no time")
	}
	l.r = next
}

func (l *life) snapshot() *nonbis.Record {
	if l.r == nil {
		return nil
	}
	return l.r.Clone()
}

// unchanged fails if a rule has changed the record that it was asked about.
func (l *life) unchanged(before *nonbis.Record) {
	l.tb.Helper()
	if !reflect.DeepEqual(before, l.r) { // cheaper than to compare for show
		l.tb.Fatalf("the record was changed in place:\n%s", cmp.Diff(before, l.r))
	}
}
