package nonbis_test

import (
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

// absent is a look that finds nothing, d after what was before.
func (l *life) absent(d time.Duration) *life {
	l.tb.Helper()
	return l.pass(d).lookFor().found(nonbis.Absent)
}

func (l *life) inconclusive(d time.Duration) *life {
	l.tb.Helper()
	return l.pass(d).lookFor().found(nonbis.Inconclusive)
}

// Not found is proof only when every attempt is over, the settle time (5 s) has
// passed, and it is seen again after a pause.
func TestAbsence(t *testing.T) {
	const (
		settle = 5 * time.Second
		ever   = 24 * time.Hour
	)
	terms := func(change func(*nonbis.TermsRecord)) nonbis.TermsRecord {
		r := verifiable
		change(&r)
		return r
	}
	harmful := terms(func(r *nonbis.TermsRecord) { r.Harmful = true })
	timeout := func(l *life) *life { return l.claim().report(0, nonbis.OutcomeUnknown) }
	silent := func(l *life) *life { return l.claim().pass(lease).lapse() } // nobody knows whether the owner lives
	tests := []struct {
		name  string
		terms nonbis.TermsRecord
		story func(*life) *life
		want  nonbis.State
	}{
		{"one look is not enough", verifiable, func(l *life) *life { return timeout(l).absent(ever) }, nonbis.StateUnknown},
		{"two are", verifiable, func(l *life) *life { return timeout(l).absent(settle).absent(settle) }, nonbis.StateNotApplied},
		{"a look before the settle time does not count", verifiable, func(l *life) *life {
			return timeout(l).absent(settle - 1).absent(settle)
		}, nonbis.StateUnknown},
		{"however often", verifiable, func(l *life) *life {
			return timeout(l).absent(settle / 5).absent(settle / 5).absent(settle / 5).absent(settle / 5)
		}, nonbis.StateUnknown},
		{"the next look counts from the last that counted", verifiable, func(l *life) *life {
			return timeout(l).absent(settle).absent(settle - 1).is(nonbis.StateUnknown).absent(1)
		}, nonbis.StateNotApplied},
		{"without a settle time looks are a second apart", nonbis.TermsRecord{Verify: true}, func(l *life) *life {
			return timeout(l).absent(0).absent(time.Second - 1).is(nonbis.StateUnknown).absent(1)
		}, nonbis.StateNotApplied},
		{"a provider may need three looks", terms(func(r *nonbis.TermsRecord) { r.MinAbsent = 3 }), func(l *life) *life {
			return timeout(l).absent(settle).absent(settle).is(nonbis.StateUnknown).absent(settle)
		}, nonbis.StateNotApplied},
		{"none may do with one", terms(func(r *nonbis.TermsRecord) { r.MinAbsent = 1 }), func(l *life) *life {
			return timeout(l).absent(settle)
		}, nonbis.StateUnknown},
		{"a look that cannot tell counts neither way", verifiable, func(l *life) *life {
			return timeout(l).absent(settle).inconclusive(settle).inconclusive(settle).is(nonbis.StateUnknown).absent(settle)
		}, nonbis.StateNotApplied},
		{"what counts is when a look began", verifiable, func(l *life) *life {
			return timeout(l).pass(settle - 1).lookFor().pass(time.Minute).found(nonbis.Absent).absent(settle)
		}, nonbis.StateUnknown},
		{"a look that began before the attempt ended does not count", nonbis.TermsRecord{Verify: true}, func(l *life) *life {
			l = silent(l).pass(deadline-lease-2).lookFor().pass(1).report(0, nonbis.OutcomeUnknown)
			return l.found(nonbis.Absent).absent(time.Second)
		}, nonbis.StateUnknown},
		{"the settle time counts from the sender's word", verifiable, func(l *life) *life {
			l = silent(l).pass(time.Minute).report(0, nonbis.OutcomeUnknown)
			return l.absent(settle - 1).absent(settle).is(nonbis.StateUnknown).absent(settle)
		}, nonbis.StateNotApplied},
		{"or from when its owner was seen gone", verifiable, func(l *life) *life {
			return silent(l).gone(0).absent(settle - 1).absent(settle).is(nonbis.StateUnknown).absent(settle)
		}, nonbis.StateNotApplied},
		{"an owner that cannot be seen has until its deadline, and the settle time", verifiable, func(l *life) *life {
			return silent(l).pass(deadline - lease).absent(settle - 1).absent(settle).is(nonbis.StateUnknown).absent(settle)
		}, nonbis.StateNotApplied},
		{"the word of a sender whose command goes on without it ends nothing", verifiable, func(l *life) *life {
			l.in.Deadline = 0
			word := l.claim().word(0, nonbis.OutcomeUnknown)
			word.Ongoing = true
			return l.does(word).absent(ever).absent(ever).absent(ever)
		}, nonbis.StateUnknown},
		{"an owner that cannot be seen and has no deadline may always come back", verifiable, func(l *life) *life {
			l.in.Deadline = 0
			return silent(l).absent(ever).absent(ever).absent(ever)
		}, nonbis.StateUnknown},
		{"where twice does harm, silence is never proof", harmful, func(l *life) *life {
			return silent(l).absent(ever).absent(ever).absent(ever)
		}, nonbis.StateUnknown},
		{"where twice does harm, a word is proof enough", harmful, func(l *life) *life {
			return timeout(l).absent(ever).absent(ever)
		}, nonbis.StateNotApplied},
		{"where twice does harm, so is a death", harmful, func(l *life) *life {
			return silent(l).gone(0).absent(ever).absent(ever)
		}, nonbis.StateNotApplied},
		{"a ledger that was restarted does not know when a deadline is over", verifiable, func(l *life) *life {
			return silent(l).reboot(ever).absent(ever).absent(ever).absent(ever)
		}, nonbis.StateUnknown},
		{"a ledger that was restarted waits for the settle time again", verifiable, func(l *life) *life {
			return timeout(l).reboot(ever).absent(settle - 1).absent(settle).is(nonbis.StateUnknown).absent(settle)
		}, nonbis.StateNotApplied},
		{"the wall clock proves nothing", verifiable, func(l *life) *life {
			return timeout(l).setWall(ever).absent(settle / 2).setWall(ever).absent(settle / 2).setWall(-ever).absent(settle / 2)
		}, nonbis.StateUnknown},
		{"every attempt must be over", nonbis.TermsRecord{Verify: true, KeyWindow: time.Hour}, func(l *life) *life {
			l = l.claim().report(0, nonbis.OutcomeUnknown).claim().pass(lease).lapse()
			return l.absent(settle).absent(settle).is(nonbis.StateUnknown).gone(1).absent(settle).absent(settle)
		}, nonbis.StateNotApplied},
		{"what is found needs no second look", verifiable, func(l *life) *life {
			return silent(l).lookFor().found(nonbis.Present)
		}, nonbis.StateApplied},
		{"what is found twice is disputed", verifiable, func(l *life) *life {
			return silent(l).absent(0).lookFor().found(nonbis.Conflicting)
		}, nonbis.StateDisputed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.story(born(t, tt.terms)).is(tt.want) })
	}
}

func TestLooksAreLeased(t *testing.T) {
	l := born(t, verifiable).claim().report(0, nonbis.OutcomeUnknown).lookFor()
	first := l.looked(nonbis.Present)
	if _, ok := l.r.LeaseLook(nonbis.NewToken(), lease, l.pass(lease-1).now); ok {
		t.Fatal("two look at the same time")
	}
	l.pass(1).lookFor() // the first has not come back
	if _, err := l.advance(first); nonbis.KindOf(err) != nonbis.ErrStale {
		t.Fatalf("the first look is over: %v", err)
	}
	l.found(nonbis.Present).is(nonbis.StateApplied)
	for name, story := range stories {
		if name == "none" || name == "looking" {
			continue
		}
		l := story(t)
		if _, ok := l.r.LeaseLook(nonbis.NewToken(), lease, l.pass(time.Hour).now); ok {
			t.Errorf("a look is leased when %s", name)
		}
	}
}

func TestLooksAreSpacedWiderAndEndWithAPerson(t *testing.T) {
	l := born(t, nonbis.TermsRecord{Verify: true}).claim().report(0, nonbis.OutcomeUnknown)
	var pauses []time.Duration
	start := l.now
	for l.r.Hold == "" {
		if l.r.Due.IsZero() || len(pauses) > 100 {
			t.Fatalf("neither due nor held after %d looks", len(pauses))
		}
		l.now = l.r.Due
		l.lookFor().found(nonbis.Inconclusive)
		if !l.r.Due.IsZero() {
			pauses = append(pauses, l.r.Due.Tick-l.now.Tick)
		}
	}
	for i := 1; i < len(pauses); i++ {
		if pauses[i] < pauses[i-1] || pauses[i] > time.Hour {
			t.Fatalf("pauses %v", pauses)
		}
	}
	if took := l.now.Tick - start.Tick; len(pauses) != 29 || took < 12*time.Hour || took > 24*time.Hour || !l.r.Due.IsZero() {
		t.Fatalf("held after %d pauses and %s", len(pauses), took)
	}
	// A person, or a late look, may still settle it.
	l.lookFor().found(nonbis.Present).is(nonbis.StateApplied)
	if l.r.Hold != "" {
		t.Errorf("applied and held: %s", l.r.Hold)
	}
}
