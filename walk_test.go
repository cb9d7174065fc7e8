package nonbis_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
)

// Whatever happens in whatever order, nobody is given an effect that an earlier
// attempt may have made, but under the same provider key inside its window, and
// what was applied is never called not-applied. What every single step must keep
// is checked by life.
func TestAnyOrderOfEvents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		terms := rapid.SampledFrom([]nonbis.TermsRecord{
			plain, keyed, verifiable,
			{Verify: true, Harmful: true},
			{Verify: true, KeyWindow: 20 * time.Minute, Settle: time.Second},
		}).Draw(rt, "terms")
		l := born(rt, terms)
		suspect := rapid.Bool().Draw(rt, "suspect")
		if l.decide(true, suspect); len(l.grants) == 0 && terms.KeyWindow > 0 {
			rt.Fatal("a keyed effect was not granted")
		}
		everApplied := false
		// After a restart only the wall clock is left, so that it is not set back here.
		reboots := rapid.Bool().Draw(rt, "reboots")
		opened := map[int]time.Duration{} // when the window of a generation began
		if l.r.State == nonbis.StateSending {
			opened[0] = 0
		}
		claim := func(rt *rapid.T, send bool) {
			before := l.snapshot()
			if l.decide(send, rapid.Bool().Draw(rt, "suspect")) == nonbis.Granted {
				mayBeSent(rt, l, before, opened)
			}
		}
		word := func(rt *rapid.T, o nonbis.Outcome) {
			if len(l.grants) > 0 {
				n := rapid.IntRange(0, l.last()).Draw(rt, "attempt")
				if _, err := l.advance(l.word(n, o)); err == nil && o == nonbis.OutcomeApplied {
					everApplied = true
				}
			}
		}
		look := func(v nonbis.FindingVerdict) {
			if l.r.State == nonbis.StateUnknown && l.r.Terms.Verify && (l.r.Look.Until.IsZero() || l.r.Look.Until.Reached(l.now)) {
				l.lookFor().found(v)
				everApplied = everApplied || v == nonbis.Present
			}
		}
		ask := func(tr nonbis.Transition) bool { changed, err := l.advance(tr); return changed && err == nil }
		rt.Repeat(map[string]func(*rapid.T){
			"claim": func(rt *rapid.T) { claim(rt, true) },
			"hold":  func(rt *rapid.T) { claim(rt, false) },
			"send": func(*rapid.T) {
				if len(l.grants) > 0 {
					ask(l.as(nonbis.EventSend))
				}
			},
			"release": func(*rapid.T) {
				if len(l.grants) > 0 {
					ask(l.as(nonbis.EventRelease))
				}
			},
			"reply":   func(rt *rapid.T) { word(rt, nonbis.OutcomeApplied) },
			"refusal": func(rt *rapid.T) { word(rt, nonbis.OutcomeNotApplied) },
			"timeout": func(rt *rapid.T) { word(rt, nonbis.OutcomeUnknown) },
			"lapse":   func(*rapid.T) { ask(l.due()) },
			"gone": func(rt *rapid.T) {
				if len(l.grants) > 0 {
					tr := l.due()
					n := rapid.IntRange(0, l.last()).Draw(rt, "owner")
					tr.Gone, tr.Fence = true, l.grants[n].Fence
					ask(tr)
				}
			},
			"absent":       func(*rapid.T) { look(nonbis.Absent) },
			"present":      func(*rapid.T) { look(nonbis.Present) },
			"inconclusive": func(*rapid.T) { look(nonbis.Inconclusive) },
			"person": func(rt *rapid.T) {
				o := rapid.SampledFrom([]nonbis.Outcome{nonbis.OutcomeApplied, nonbis.OutcomeNotApplied}).Draw(rt, "word")
				if ask(l.says(o)) && o == nonbis.OutcomeApplied {
					everApplied = true
				}
			},
			"time": func(rt *rapid.T) {
				l.pass(rapid.SampledFrom([]time.Duration{0, time.Second, lease, deadline, 10 * time.Minute, time.Hour}).Draw(rt, "passes"))
			},
			"clock": func(rt *rapid.T) {
				jump := rapid.SampledFrom([]time.Duration{time.Hour, -time.Hour, -30 * time.Second}).Draw(rt, "jumps")
				if !reboots || jump > 0 { // set back before a restart, unseen by the record, it cannot be noticed
					l.setWall(jump)
				}
			},
			"reboot": func(*rapid.T) {
				if reboots {
					l.reboot(time.Minute)
				}
			},
			"": func(rt *rapid.T) {
				if _, ok := opened[l.r.Generation]; !ok && l.r.State == nonbis.StateSending {
					opened[l.r.Generation] = l.true
				}
				if everApplied && l.r.State != nonbis.StateApplied && l.r.State != nonbis.StateDisputed {
					rt.Fatalf("it was applied, and is %s", l.r.State)
				}
			},
		})
	})
}

// mayBeSent fails if the claim that l was just granted may double the effect.
func mayBeSent(tb rapid.TB, l *life, before *nonbis.Record, opened map[int]time.Duration) {
	tb.Helper()
	for _, a := range before.Attempts {
		if !a.Sent || a.Outcome == nonbis.OutcomeNotApplied {
			continue
		}
		if a.Outcome == nonbis.OutcomeApplied || before.Terms.KeyWindow == 0 || a.Ended.IsZero() ||
			a.Generation != l.r.Generation || l.true-opened[a.Generation]+deadline > before.Terms.KeyWindow {
			tb.Fatalf("sent again after attempt %d, which is %s: %+v", a.Number, a.Outcome, l.r)
		}
	}
}
