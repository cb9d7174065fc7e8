package nonbis_test

import (
	"slices"
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

// program takes one byte after the other; when none is left it gives zeros.
type program []byte

func (p *program) next(n int) int {
	if len(*p) == 0 {
		return 0
	}
	b := (*p)[0]
	*p = (*p)[1:]
	return int(b) % n
}

// pauses are what the clocks of a program may do between two events.
var pauses = []time.Duration{0, time.Second, lease, deadline, 10 * time.Minute, time.Hour}

// FuzzAdvance runs a program of events on one effect. What every single step must
// keep is checked by life; beyond it, nobody is given an effect that an earlier
// attempt may have made, and what was applied stays so.
func FuzzAdvance(f *testing.F) {
	for _, seed := range []string{"\x00", "\x01\x00\x01\x02\x03\x04", "\x02\x00\x05\x04\x08\x04\x08\x00\x02", "\x03\x01\x02\x00\x03\x06\x00\x09\x07"} {
		f.Add([]byte(seed))
	}
	names := make([]string, 0, len(events))
	for name := range events {
		names = append(names, name)
	}
	slices.Sort(names) // a program means the same in every run
	f.Fuzz(func(t *testing.T, code []byte) {
		p := program(code[:min(len(code), 200)])
		l := born(t, []nonbis.TermsRecord{plain, keyed, verifiable, {Verify: true, Harmful: true}}[p.next(4)])
		applied := false
		opened := map[int]time.Duration{}
		for len(p) > 0 {
			switch what := p.next(4); {
			case what == 0 || len(l.grants) == 0:
				before := l.snapshot()
				if l.decide(p.next(2) == 0, p.next(4) == 3) == nonbis.Granted && before != nil {
					mayBeSent(t, l, before, opened)
				}
			case what == 1:
				l.pass(pauses[p.next(len(pauses))])
			case what == 2 && l.r.State == nonbis.StateUnknown && l.r.Terms.Verify && (l.r.Look.Until.IsZero() || l.r.Look.Until.Reached(l.now)):
				l.lookFor()
			default:
				name := names[p.next(len(names))]
				tr := events[name](l)
				if tr.Event == nonbis.EventReport && p.next(2) == 1 { // of any attempt
					n := p.next(len(l.grants))
					tr.Fence, tr.Token = l.grants[n].Fence, l.grants[n].Token
				}
				_, err := l.advance(tr)
				says := tr.Outcome == nonbis.OutcomeApplied || (tr.Event == nonbis.EventLooked && tr.Verdict == nonbis.Present)
				applied = applied || (says && err == nil)
			}
			if l.r == nil {
				continue
			}
			if _, ok := opened[l.r.Generation]; !ok && l.r.State == nonbis.StateSending {
				opened[l.r.Generation] = l.true
			}
			if applied && l.r.State != nonbis.StateApplied && l.r.State != nonbis.StateDisputed {
				t.Fatalf("it was applied, and is %s", l.r.State)
			}
		}
	})
}

// FuzzDecide asks for an effect whose record may hold anything, as that of a
// damaged ledger does.
func FuzzDecide(f *testing.F) {
	f.Add(uint8(5), uint8(1), uint8(0), int64(1), int64(time.Hour), int64(0), false, false, false)
	f.Add(uint8(3), uint8(3), uint8(2), int64(7), int64(time.Hour), int64(time.Minute), true, false, true)
	f.Add(uint8(1), uint8(0), uint8(9), int64(-1), int64(0), int64(-1), false, true, false)
	f.Add(uint8(72), uint8(1), uint8(0), int64(1), int64(time.Hour), int64(1), false, false, false)
	f.Add(uint8(6), uint8(2), uint8(1), int64(0), int64(-5), int64(1), false, true, true)
	f.Fuzz(func(t *testing.T, state, attempts, outcome uint8, fence, window, age int64, held, pruned, suspect bool) {
		l := born(t, nonbis.TermsRecord{KeyWindow: time.Duration(window), Verify: held})
		in := l.in
		in.Token, in.Send = nonbis.NewToken(), true
		r := &nonbis.Record{
			ID: in.Name.ID(), Base: in.Name.Base(), Name: in.Name, Fingerprint: in.Fingerprint, Terms: in.Terms,
			State: nonbis.State(state), Fence: fence, Due: l.now.Add(time.Duration(age)), Request: in.Request, Pruned: pruned,
			Updated: l.now.Wall,
		}
		if held {
			r.Hold = "there is no way to ask"
		}
		for n := range int(attempts % 5) {
			r.Attempts = append(r.Attempts, nonbis.AttemptRecord{
				Number: n + 1, Fence: fence - int64(n), Token: nonbis.NewToken(), Sent: outcome&1 == 0, Outcome: nonbis.Outcome(outcome >> 1),
				Started: l.now.Add(-time.Duration(age)), Credential: in.Credential,
			})
			if outcome&8 != 0 {
				r.Attempts[n].Ended = l.now
			}
		}
		before := r.Clone()
		next, verdict := in.Decide(r, l.now, suspect)
		l.r = r
		l.unchanged(before)
		free := r.State == nonbis.StateNotApplied || (r.State == nonbis.StateClaimed && r.Due.Reached(l.now)) ||
			(r.State == nonbis.StateUnknown && !held && window > 0)
		switch {
		case verdict == nonbis.Granted && !free:
			t.Fatalf("what is %s was granted: %+v", r.State, r)
		case verdict == nonbis.Granted && (next == nil || next.State != nonbis.StateSending || next.Latest().Token != in.Token || next.Revision <= r.Revision):
			t.Fatalf("granted, and the record is %+v", next)
		case next != nil && verdict != nonbis.Granted && next.State != nonbis.StateUnknown:
			t.Fatalf("not granted, and what was %s is %s", r.State, next.State)
		}
	})
}

// FuzzParseTerms reads what a ledger may hold as terms, and claims under them.
func FuzzParseTerms(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"key_window":3600000000000}`, `{"verify":true,"settle":-1,"min_absent":-9}`, `{"key_window":-9223372036854775808,"harmful":true,"digest":"x"}`, `{"settle":1e3}`, "[]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		terms, err := nonbis.ParseTerms(stored)
		if err != nil {
			return
		}
		again, err := nonbis.ParseTerms(terms.String())
		if err != nil || again != terms {
			t.Fatalf("%q reads as %+v, and that as %+v, %v", stored, terms, again, err)
		}
		l := born(t, terms).claim().report(0, nonbis.OutcomeUnknown)
		if l.r.Protection() == nonbis.ProtectionKeyed != (terms.KeyWindow > 0) {
			t.Errorf("the protection under %+v is %s", terms, l.r.Protection())
		}
		if v := l.decide(true, false); v == nonbis.Granted && terms.KeyWindow <= 0 {
			t.Errorf("an unknown effect without a key was granted under %+v", terms)
		}
		for range 3 {
			if l.r.State == nonbis.StateUnknown && terms.Verify {
				l.pass(time.Minute).lookFor().found(nonbis.Absent)
			}
		}
	})
}
