package nonbis_test

import (
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

// A provider key is sent again only inside its window (1 h, less 5 min for
// clocks that differ and 2 min for the attempt itself), with the same bytes and
// credential, and beside nobody.
func TestTheWindowOfAProviderKey(t *testing.T) {
	const usable = time.Hour - 5*time.Minute - deadline
	timeout := func(l *life) *life { return l.claim().report(0, nonbis.OutcomeUnknown) }
	tests := []struct {
		name  string
		story func(*life) *life
		want  bool
	}{
		{"at once", timeout, true},
		{"up to the margin", func(l *life) *life { return timeout(l).pass(usable - 1) }, true},
		{"not into the margin", func(l *life) *life { return timeout(l).pass(usable) }, false},
		{"never after it", func(l *life) *life { return timeout(l).pass(1000 * time.Hour) }, false},
		{"a longer send must begin earlier", func(l *life) *life {
			l = timeout(l).pass(usable - time.Minute)
			l.in.Deadline += time.Minute
			return l
		}, false},
		{"it opens with the first use, not with the last", func(l *life) *life {
			return timeout(l).pass(usable-1).claim().report(1, nonbis.OutcomeUnknown).pass(1)
		}, false},
		{"of every attempt, also one that was refused", func(l *life) *life {
			return l.claim().report(0, nonbis.OutcomeNotApplied).pass(usable).claim().report(1, nonbis.OutcomeUnknown)
		}, false},
		{"a new generation opens a new one", func(l *life) *life {
			return timeout(l).pass(time.Hour).decided(nonbis.OutcomeNotApplied).claim().report(1, nonbis.OutcomeUnknown).pass(usable - 1)
		}, true},
		{"a wall clock that was set forward closes it", func(l *life) *life { return timeout(l).setWall(usable) }, false},
		{"a wall clock that was set back does not keep it open", func(l *life) *life {
			return timeout(l).pass(usable).setWall(-30 * time.Second)
		}, false},
		{"a wall clock that drifts back does not close it", func(l *life) *life {
			return timeout(l).pass(time.Minute).setWall(-time.Minute)
		}, true},
		{"a wall clock that jumps back holds", func(l *life) *life {
			return timeout(l).pass(time.Minute).setWall(-time.Minute - 1)
		}, false},
		{"after a restart the wall clock tells", func(l *life) *life { return timeout(l).reboot(time.Minute).pass(time.Minute) }, true},
		{"after a restart the time without power counts", func(l *life) *life { return timeout(l).reboot(usable) }, false},
		{"after a restart a wall clock that jumped back holds", func(l *life) *life {
			return timeout(l).pass(10 * time.Minute).reboot(time.Minute).pass(30 * time.Minute).setWall(-12 * time.Minute)
		}, false},
		{"after a restart a wall clock from before the attempt holds", func(l *life) *life {
			return timeout(l).reboot(0).setWall(-time.Hour)
		}, false},
		{"not beside a sender that may be alive", func(l *life) *life { return l.claim().pass(lease).lapse() }, false},
		{"not even after its deadline: its clock may have stood still", func(l *life) *life {
			return l.claim().pass(lease).lapse().pass(deadline)
		}, false},
		{"but when it is seen gone", func(l *life) *life { return l.claim().pass(lease).lapse().gone(0) }, true},
		{"not with another credential", func(l *life) *life {
			l = timeout(l)
			l.in.Credential = []byte("hmac of bob's")
			return l
		}, false},
		{"not without the credential", func(l *life) *life {
			l = timeout(l)
			l.in.Credential = nil
			return l
		}, false},
		{"not with other bytes", func(l *life) *life {
			l = timeout(l)
			l.in.Request = []byte("POST /other 1")
			return l
		}, false},
		{"not without the bytes", func(l *life) *life {
			l = timeout(l)
			l.in.Request = nil
			return l
		}, false},
		{"the caller cannot widen it", func(l *life) *life {
			l = timeout(l).pass(usable)
			l.in.Terms.KeyWindow = 1000 * time.Hour
			return l
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := tt.story(born(t, keyed))
			key, generation := l.r.ProviderKey(), l.r.Generation
			v := l.decide(true, false)
			if got := v == nonbis.Granted; got != tt.want {
				t.Fatalf("sent again: %v, want %v", got, tt.want)
			}
			if l.r.ProviderKey() != key || l.r.Generation != generation || l.r.Latest().Generation != generation {
				t.Errorf("under another key: %+v", l.r)
			}
		})
	}
}

// A sender without a deadline that sleeps after its claim would wake up when the
// provider has forgotten the key.
func TestARepeatWithoutADeadlineIsBoundToTheLease(t *testing.T) {
	l := born(t, keyed)
	l.in.Deadline = 0
	if l.claim(); l.r.Latest().Deadline != 0 {
		t.Errorf("the first attempt has the deadline %s", l.r.Latest().Deadline)
	}
	if l.report(0, nonbis.OutcomeUnknown).claim(); l.r.Latest().Deadline != lease {
		t.Errorf("the repeat has the deadline %s, want %s", l.r.Latest().Deadline, lease)
	}
	if l.report(1, nonbis.OutcomeNotApplied).report(0, nonbis.OutcomeNotApplied).claim(); l.r.Latest().Deadline != 0 {
		t.Errorf("after proof that nothing happened the deadline is %s", l.r.Latest().Deadline)
	}
}

func TestAnEffectWithoutAWindowHasNoSecondAttempt(t *testing.T) {
	for name, terms := range map[string]nonbis.TermsRecord{"plain": plain, "verifiable": verifiable} {
		l := born(t, terms).claim().report(0, nonbis.OutcomeUnknown)
		l.in.Terms = keyed // a later caller knows better: it may not decide that now
		if v := l.decide(true, false); v != nonbis.Existing {
			t.Errorf("%s: verdict %d", name, v)
		}
	}
}

func TestTheTermsOfAnUnknownEffectStay(t *testing.T) {
	l := born(t, keyed).claim().report(0, nonbis.OutcomeUnknown)
	l.in.Terms.KeyWindow = 1000 * time.Hour
	if l.claim(); l.r.Terms != keyed {
		t.Errorf("a second attempt changed them to %s", l.r.Terms)
	}
}

func TestTheWindowEndsInAHold(t *testing.T) {
	for _, last := range []time.Duration{0, time.Minute} { // the clock may be behind what is due
		l := born(t, keyed).claim().report(0, nonbis.OutcomeUnknown)
		if want := l.grants[0].Started.Add(55 * time.Minute); l.r.Due != want || l.r.Hold != "" {
			t.Fatalf("due %v, want %v; hold %q", l.r.Due, want, l.r.Hold)
		}
		l.now = l.r.Due
		l.pass(last).lapse().is(nonbis.StateUnknown)
		if l.r.Hold == "" || !l.r.Due.IsZero() {
			t.Errorf("due %v, hold %q", l.r.Due, l.r.Hold)
		}
	}
}

func TestOnlyAKeyedEffectKeepsItsRequest(t *testing.T) {
	l := born(t, plain)
	l.in.Request = []byte("secret")
	if l.claim(); l.r.Request != nil {
		t.Errorf("a plain effect kept %q", l.r.Request)
	}
	l = born(t, keyed)
	l.in.Request = nil
	s := l.hold().as(nonbis.EventSend)
	s.Request = []byte("POST / 1")
	if l.does(s); string(l.r.Request) != "POST / 1" {
		t.Errorf("a keyed effect kept %q", l.r.Request)
	}
}

// A ledger that was restored may have forgotten that it was sent.
func TestASuspectLedger(t *testing.T) {
	t.Run("holds what nobody can tell", func(t *testing.T) {
		l := born(t, plain)
		if v := l.decide(true, true); v != nonbis.Existing {
			t.Fatalf("verdict %d", v)
		}
		l.is(nonbis.StateUnknown)
		if l.r.Hold == "" || !l.r.Due.IsZero() || len(l.r.Evidence) != 1 || l.r.Evidence[0].Source != "ledger" {
			t.Fatalf("%+v", l.r)
		}
		l.pass(time.Hour)
		if v := l.decide(true, false); v != nonbis.Existing { // the ledger was accepted; this effect was not
			t.Fatalf("verdict %d", v)
		}
		l.decided(nonbis.OutcomeNotApplied).claim()
	})
	t.Run("looks first where the provider can be asked", func(t *testing.T) {
		l := born(t, verifiable)
		if v := l.decide(true, true); v != nonbis.Existing || l.r.Hold != "" || !l.r.Due.Reached(l.now) {
			t.Fatalf("verdict %d, %+v", v, l.r)
		}
		found := *l
		found.lookFor().found(nonbis.Present).is(nonbis.StateApplied)
		l.absent(4 * time.Second).absent(5 * time.Second).is(nonbis.StateUnknown) // settle time counts from now
		l.absent(5 * time.Second).is(nonbis.StateNotApplied)
		if v := l.decide(true, false); v != nonbis.Granted {
			t.Errorf("verdict %d", v)
		}
	})
	t.Run("relies on the key where there is one", func(t *testing.T) {
		l := born(t, keyed)
		if v := l.decide(true, true); v != nonbis.Granted || l.r.ProviderKey() != l.in.ID().ProviderKey(0) {
			t.Errorf("verdict %d, %+v", v, l.r)
		}
	})
	t.Run("doubts what it knows as not-applied", func(t *testing.T) {
		l := born(t, plain).claim().report(0, nonbis.OutcomeNotApplied)
		if v := l.decide(true, true); v != nonbis.Existing {
			t.Fatalf("verdict %d", v)
		}
		l.is(nonbis.StateUnknown)
		l.report(0, nonbis.OutcomeApplied) // what it had not forgotten may still be heard of
		if l.r.State != nonbis.StateApplied && l.r.State != nonbis.StateDisputed {
			t.Errorf("%s", l.r.State)
		}
	})
	t.Run("does not doubt what it knows as applied", func(t *testing.T) {
		l := born(t, plain).claim().report(0, nonbis.OutcomeApplied)
		if v := l.decide(true, true); v != nonbis.Existing || l.r.State != nonbis.StateApplied {
			t.Errorf("verdict %d, %s", v, l.r.State)
		}
	})
}

// Its owner may have sent after the backup was made.
func TestASuspectLedgerDoubtsALapsedClaim(t *testing.T) {
	l := born(t, plain).hold().pass(lease)
	if v := l.decide(true, true); v == nonbis.Granted {
		t.Errorf("granted: the effect is %s", l.r.State)
	}
}

// Across a restart only the record tells that the wall clock was set back.
func TestAWallClockBehindTheRecordHolds(t *testing.T) {
	l := born(t, keyed).claim().pass(50*time.Minute).report(0, nonbis.OutcomeUnknown)
	l.pass(30 * time.Minute).reboot(time.Minute).setWall(-79 * time.Minute)
	if !l.r.Updated.After(l.now.Wall) {
		t.Fatal("the record has not seen a later time")
	}
	if v := l.decide(true, false); v == nonbis.Granted {
		t.Errorf("the key is used after %s; its window is %s", l.true, l.in.Terms.KeyWindow)
	}
}

func TestAHoldDoesNotOutliveItsReason(t *testing.T) {
	l := born(t, keyed).claim().setWall(-time.Hour).pass(lease).lapse()
	if l.r.Hold == "" {
		t.Fatal("not held")
	}
	l.setWall(time.Hour).report(0, nonbis.OutcomeUnknown)
	if !l.r.Due.IsZero() && l.r.Hold != "" {
		t.Errorf("due at %s, and held: %s", l.r.Due.Wall, l.r.Hold)
	}
}

// The lapse that notices the jump writes the wrong time into the record. From then
// on it is the hold that counts.
func TestAHeldKeyIsNotUsed(t *testing.T) {
	l := born(t, keyed).claim().pass(50*time.Minute).report(0, nonbis.OutcomeUnknown)
	l.pass(30 * time.Minute).reboot(time.Minute).setWall(-79 * time.Minute).lapse()
	if l.r.Hold == "" {
		t.Fatal("the jump was not noticed")
	}
	if v := l.decide(true, false); v == nonbis.Granted {
		t.Errorf("the key is used after %s; its window is %s, and the effect was held", l.true, l.in.Terms.KeyWindow)
	}
}

// The record's last change tells a wall clock that was set back across a restart. A
// look is a change too, and must not take up the wrong time.
func TestALookDoesNotMakeAnOldKeyYoung(t *testing.T) {
	l := born(t, nonbis.TermsRecord{KeyWindow: time.Hour, Verify: true})
	l.claim().pass(50*time.Minute).report(0, nonbis.OutcomeUnknown)
	l.pass(30 * time.Minute).reboot(time.Minute).setWall(-79 * time.Minute)
	if v := l.decide(true, false); v == nonbis.Granted {
		t.Fatal("before the look")
	}
	l.lookFor().found(nonbis.Inconclusive)
	if v := l.decide(true, false); v == nonbis.Granted {
		t.Errorf("the key is used after %s; its window is %s", l.true, l.in.Terms.KeyWindow)
	}
}
