package nonbis_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

func TestLateEvidence(t *testing.T) {
	const applied, refused, timeout = nonbis.OutcomeApplied, nonbis.OutcomeNotApplied, nonbis.OutcomeUnknown
	tests := []struct {
		name  string
		story func(*life) *life
		terms nonbis.TermsRecord
		want  nonbis.State
	}{
		{"a late reply settles an unknown", func(l *life) *life {
			return l.claim().pass(lease).lapse().pass(time.Hour).report(0, applied)
		}, plain, nonbis.StateApplied},
		{"a late refusal frees, if it was the only attempt", func(l *life) *life {
			return l.claim().pass(lease).lapse().report(0, refused)
		}, plain, nonbis.StateNotApplied},
		{"a late timeout frees nothing", func(l *life) *life {
			return l.claim().pass(lease).lapse().report(0, timeout)
		}, plain, nonbis.StateUnknown},
		{"a refusal of the second attempt says nothing of the first", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(1, refused)
		}, keyed, nonbis.StateUnknown},
		{"refusals of both attempts free, in whatever order they come", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(0, refused).is(nonbis.StateSending).report(1, refused)
		}, keyed, nonbis.StateNotApplied},
		{"a timeout of the first attempt does not end the second", func(l *life) *life {
			return l.claim().pass(lease).gone(0).claim().report(0, timeout)
		}, keyed, nonbis.StateSending},
		{"a reply to the first attempt settles it while the second is sending", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(0, applied)
		}, keyed, nonbis.StateApplied},
		{"a second reply under the same provider key is no second effect", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(0, applied).report(1, applied)
		}, keyed, nonbis.StateApplied},
		{"a second reply under another provider key is a second effect", func(l *life) *life {
			return l.claim().report(0, timeout).decided(refused).claim().report(1, applied).report(0, applied)
		}, keyed, nonbis.StateDisputed},
		{"a second reply without a key is a second effect", func(l *life) *life {
			return l.claim().report(0, timeout).decided(refused).claim().report(0, applied).is(nonbis.StateApplied).report(1, applied)
		}, plain, nonbis.StateDisputed},
		{"nor is it one effect when the first reply came while the second was sending", func(l *life) *life {
			return l.claim().report(0, timeout).decided(refused).claim().report(0, applied).is(nonbis.StateApplied).report(1, applied)
		}, keyed, nonbis.StateDisputed},
		{"a refusal that is taken back is a contradiction, whatever came of the other attempt", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(0, refused).report(1, applied).report(0, applied)
		}, keyed, nonbis.StateDisputed},
		{"a refusal after a reply to the other attempt changes nothing", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(0, applied).report(1, refused)
		}, keyed, nonbis.StateApplied},
		{"a reply after the effect was found absent is a contradiction", func(l *life) *life {
			return l.claim().report(0, timeout).pass(time.Minute).lookFor().found(nonbis.Absent).
				pass(time.Minute).lookFor().found(nonbis.Absent).is(nonbis.StateNotApplied).report(0, applied)
		}, verifiable, nonbis.StateDisputed},
		{"a reply after a person freed it is a contradiction", func(l *life) *life {
			return l.claim().report(0, timeout).decided(refused).report(0, applied)
		}, plain, nonbis.StateDisputed},
		{"a refusal after a person said that it happened is a contradiction: nobody is left who did it", func(l *life) *life {
			return l.claim().report(0, timeout).decided(applied).report(0, refused)
		}, plain, nonbis.StateDisputed},
		{"a refusal after a person said that it happened is none, if another attempt may have done it", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(1, timeout).decided(applied).report(1, refused)
		}, keyed, nonbis.StateApplied},
		{"a refusal after the effect was found is a contradiction", func(l *life) *life {
			return l.claim().report(0, timeout).lookFor().found(nonbis.Present).report(0, refused)
		}, verifiable, nonbis.StateDisputed},
		{"a sender that takes its word back is a contradiction", func(l *life) *life {
			return l.claim().report(0, applied).report(0, refused)
		}, plain, nonbis.StateDisputed},
		{"even if another attempt may have done it", func(l *life) *life {
			return l.claim().report(0, timeout).claim().report(1, applied).report(1, refused)
		}, keyed, nonbis.StateDisputed},
		{"a reply to the sender that was refused before is a contradiction", func(l *life) *life {
			return l.claim().report(0, refused).report(0, applied)
		}, plain, nonbis.StateDisputed},
		{"a dispute is not closed by more of the same", func(l *life) *life {
			return l.claim().report(0, refused).report(0, applied).report(0, timeout).report(0, applied).pass(1000 * time.Hour)
		}, plain, nonbis.StateDisputed},
		{"a person closes a dispute", func(l *life) *life {
			return l.claim().report(0, refused).report(0, applied).decided(applied)
		}, plain, nonbis.StateApplied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.story(born(t, tt.terms)).is(tt.want) })
	}
}

func TestAReplyToAnOlderAttemptTakesTheClaimFromTheNewOwner(t *testing.T) {
	l := born(t, plain).claim().report(0, nonbis.OutcomeUnknown).decided(nonbis.OutcomeNotApplied).hold()
	l.report(0, nonbis.OutcomeApplied).is(nonbis.StateApplied)
	if _, err := l.advance(l.as(nonbis.EventSend)); !errors.Is(err, nonbis.ErrStale) {
		t.Fatalf("the new owner may send: %v", err)
	}
	if len(l.r.Attempts) != 1 || l.r.Attempts[0].Outcome != nonbis.OutcomeApplied {
		t.Errorf("attempts: %+v", l.r.Attempts)
	}
}

func TestWhatASenderSaysIsKeptAsEvidence(t *testing.T) {
	l := born(t, plain).claim()
	w := l.word(0, nonbis.OutcomeUnknown)
	w.Result = nonbis.NewOutput([]byte(`"504 from the gateway"`), 1<<10)
	l.does(w)
	if l.r.Result == nil || l.r.Result.Replayable || l.r.Result.Attempt != 1 {
		t.Fatalf("the last words of an unknown attempt: %+v", l.r.Result)
	}
	l.report(0, nonbis.OutcomeApplied)
	if !l.r.Result.Replayable || string(l.r.Result.Body) != `"done"` || !l.r.AppliedAt.Equal(l.now.Wall) {
		t.Fatalf("the late reply: %+v at %s", l.r.Result, l.r.AppliedAt)
	}
}

func TestAContradictoryReplyIsKeptButNotReplayed(t *testing.T) {
	l := born(t, plain).claim().report(0, nonbis.OutcomeUnknown).decided(nonbis.OutcomeNotApplied).report(0, nonbis.OutcomeApplied)
	if l.r.Result == nil || l.r.Result.Replayable {
		t.Errorf("%+v", l.r.Result)
	}
}

func TestThePresentResultOutlivesLaterWords(t *testing.T) {
	l := born(t, plain).claim().report(0, nonbis.OutcomeApplied).pass(time.Hour)
	at := l.r.AppliedAt
	l.report(0, nonbis.OutcomeUnknown)
	if !l.r.Result.Replayable || string(l.r.Result.Body) != `"done"` || !l.r.AppliedAt.Equal(at) {
		t.Errorf("%+v at %s", l.r.Result, l.r.AppliedAt)
	}
}

func TestAPersonsDecision(t *testing.T) {
	t.Run("not-applied frees every attempt and changes the provider key", func(t *testing.T) {
		l := born(t, keyed).claim().report(0, nonbis.OutcomeUnknown).claim().report(1, nonbis.OutcomeUnknown)
		key := l.r.ProviderKey()
		l.decided(nonbis.OutcomeNotApplied)
		if l.r.Generation != 1 || l.r.ProviderKey() == key || l.r.Hold != "" || !l.r.Due.IsZero() {
			t.Fatalf("%+v", l.r)
		}
		l.claim()
		if a := l.r.Latest(); a.Generation != 1 || a.Number != 3 {
			t.Errorf("the next attempt: %+v", a)
		}
	})
	t.Run("applied keeps what the person gave and does not touch the key", func(t *testing.T) {
		l := born(t, plain).claim().report(0, nonbis.OutcomeUnknown)
		d := l.says(nonbis.OutcomeApplied)
		d.Note, d.Result = "seen in the dashboard", nonbis.NewOutput([]byte(`{"ok":true}`), 1<<10)
		l.does(d)
		last := l.r.Evidence[len(l.r.Evidence)-1]
		if l.r.Generation != 0 || !l.r.Result.Replayable || last.Source != "person" || last.Note != d.Note || last.Says != nonbis.OutcomeApplied {
			t.Errorf("%+v, %+v", l.r.Result, last)
		}
	})
	t.Run("decides about what the person looked at", func(t *testing.T) {
		l := born(t, keyed).claim().report(0, nonbis.OutcomeUnknown)
		seen := l.says(nonbis.OutcomeNotApplied)
		l.claim().report(1, nonbis.OutcomeUnknown)
		if _, err := l.advance(seen); !errors.Is(err, nonbis.ErrStale) {
			t.Errorf("%v", err)
		}
	})
	t.Run("is forgotten by nobody when it is made twice", func(t *testing.T) {
		l := born(t, plain).claim().report(0, nonbis.OutcomeUnknown)
		d := l.says(nonbis.OutcomeNotApplied)
		l.does(d)
		if changed, err := l.advance(d); changed || err != nil || l.r.Generation != 1 {
			t.Errorf("changed %v, %v, generation %d", changed, err, l.r.Generation)
		}
	})
}

func TestEvidenceIsBounded(t *testing.T) {
	l := born(t, nonbis.TermsRecord{Verify: true}).claim().report(0, nonbis.OutcomeUnknown)
	first := l.r.Evidence[0]
	for i := range 100 {
		l.pass(time.Hour).lookFor()
		w := l.looked(nonbis.Inconclusive)
		w.Note = fmt.Sprint("look ", i, " ", strings.Repeat("é", 4000))
		l.does(w)
	}
	if n := len(l.r.Evidence); n != 64 {
		t.Fatalf("%d pieces of evidence", n)
	}
	if l.r.Evidence[0] != first {
		t.Errorf("the first was not kept: %+v", l.r.Evidence[0])
	}
	for i, e := range l.r.Evidence[1:] {
		if want := fmt.Sprint("look ", 37+i, " "); !strings.HasPrefix(e.Note, want) || len(e.Note) > 4100 || !strings.HasSuffix(e.Note, "é…") {
			t.Fatalf("piece %d: %.20s… of %d bytes, want %s", i+1, e.Note, len(e.Note), want)
		}
	}
}

func TestAReleasedClaimSentNothing(t *testing.T) {
	l := stories["released"](t)
	if len(l.r.Attempts) != 0 || l.r.Fence != 1 || len(l.r.Evidence) != 1 {
		t.Fatalf("%+v", l.r)
	}
	l.claim()
	if a := l.r.Latest(); a.Number != 1 || a.Fence != 2 {
		t.Errorf("the next attempt: %+v", a)
	}
}

func TestLeases(t *testing.T) {
	beat := func(l *life, lease time.Duration) error {
		return l.r.Beat(l.grants[l.last()].Fence, l.grants[l.last()].Token, lease, l.now)
	}
	t.Run("a heartbeat prolongs", func(t *testing.T) {
		l := born(t, plain).claim().pass(lease - 1)
		revision := l.r.Revision
		if err := beat(l, lease); err != nil || l.r.Due != l.now.Add(lease) || l.r.Revision != revision {
			t.Fatalf("%v: %+v", err, l.r)
		}
	})
	t.Run("but never beyond the deadline", func(t *testing.T) {
		l := born(t, plain).claim().pass(deadline - time.Second)
		if err := beat(l, lease); err != nil || l.r.Due != l.now.Add(time.Second) {
			t.Fatalf("%v: %+v", err, l.r)
		}
	})
	t.Run("without a deadline there is no end", func(t *testing.T) {
		l := born(t, plain)
		l.in.Deadline = 0
		l.claim().pass(1000 * time.Hour)
		if err := beat(l, lease); err != nil || l.r.Due != l.now.Add(lease) {
			t.Fatalf("%v: %+v", err, l.r)
		}
	})
	t.Run("whoever lost the effect has no heartbeat", func(t *testing.T) {
		for _, name := range []string{"unknown", "lapsed", "looking", "keyed", "disputed", "applied", "not-applied", "released"} {
			if err := beat(stories[name](t), lease); !errors.Is(err, nonbis.ErrStale) {
				t.Errorf("%s: %v", name, err)
			}
		}
		l := born(t, plain).claim()
		if err := l.r.Beat(l.grants[0].Fence, nonbis.NewToken(), lease, l.now); !errors.Is(err, nonbis.ErrStale) {
			t.Errorf("with another's token: %v", err)
		}
	})
	t.Run("a lapsed claim is the next owner's", func(t *testing.T) {
		l := born(t, plain).hold().pass(lease - 1)
		if v := l.decide(true, false); v != nonbis.Existing {
			t.Fatalf("before it lapsed: %d", v)
		}
		l.pass(1).claim()
		if a := l.r.Latest(); len(l.r.Attempts) != 1 || a.Fence != 2 || a.Number != 1 {
			t.Errorf("%+v", l.r.Attempts)
		}
		if _, err := l.advance(nonbis.Transition{Event: nonbis.EventSend, Fence: l.grants[0].Fence, Token: l.grants[0].Token}); !errors.Is(err, nonbis.ErrStale) {
			t.Errorf("the first owner may send: %v", err)
		}
	})
	t.Run("a send ends with its lease, or its deadline, whichever comes first", func(t *testing.T) {
		l := born(t, plain).hold()
		s := l.as(nonbis.EventSend)
		s.Lease, s.Deadline = time.Minute, time.Second
		l.pass(time.Second).does(s)
		if a := l.r.Latest(); l.r.Due != l.now.Add(time.Second) || a.Started != l.now || a.Deadline != time.Second {
			t.Errorf("due %v, %+v", l.r.Due, a)
		}
	})
}

// A lapse names the attempt whose owner is gone. Where a person has freed the
// effect meanwhile, and somebody else is sending it, that goes on.
func TestTheDeathOfAnOldOwnerLeavesTheNewOneAlone(t *testing.T) {
	freed := func() *life {
		return born(t, verifiable).claim().pass(lease).lapse().decided(nonbis.OutcomeNotApplied)
	}
	for state, l := range map[nonbis.State]*life{nonbis.StateClaimed: freed().hold(), nonbis.StateSending: freed().claim()} {
		l.gone(0).is(state)
		if first, latest := l.r.Attempts[0], l.r.Latest(); first.Ended != l.now || !latest.Ended.IsZero() || latest.Number != 2 {
			t.Errorf("%s: attempts %+v", state, l.r.Attempts)
		}
		l.gone(1)
		if l.r.State == state {
			t.Errorf("%s, and its owner is gone", state)
		}
	}
}

func TestAReportThatIsRepeatedAfterALookChangesNothing(t *testing.T) {
	l := born(t, verifiable).claim().report(0, nonbis.OutcomeUnknown).lookFor().found(nonbis.Present)
	before := len(l.r.Evidence)
	if changed, err := l.advance(l.word(0, nonbis.OutcomeUnknown)); changed || err != nil {
		t.Errorf("revision %d, %d pieces of evidence instead of %d (%v)", l.r.Revision, len(l.r.Evidence), before, err)
	}
}

// Where several attempts are unknown, a look that finds the effect does not say
// whose it is. That one of them wrote nothing is no contradiction.
func TestAFindingIsCreditedToNoneOfSeveralAttempts(t *testing.T) {
	both := nonbis.TermsRecord{KeyWindow: time.Hour, Verify: true}
	for n := range 2 {
		l := born(t, both).claim().pass(lease).gone(0).claim().pass(lease).lapse().lookFor().found(nonbis.Present)
		l.report(n, nonbis.OutcomeNotApplied).is(nonbis.StateApplied)
		l.report(1-n, nonbis.OutcomeNotApplied).is(nonbis.StateDisputed) // now nobody is left who did it
	}
}
