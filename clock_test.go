package nonbis_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis"
)

// From noon, a machine that has been up for ten hours.
var noon = nonbis.Instant{Wall: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Tick: 10 * time.Hour, Timeline: "boot-1"}

// later is what the clocks show after both moved on their own.
func later(wall, tick time.Duration) nonbis.Instant {
	return nonbis.Instant{Wall: noon.Wall.Add(wall), Tick: noon.Tick + tick, Timeline: noon.Timeline}
}

// rebooted is what they show in the next boot.
func rebooted(wall, up time.Duration) nonbis.Instant {
	return nonbis.Instant{Wall: noon.Wall.Add(wall), Tick: up, Timeline: "boot-2"}
}

func TestHowLongAgo(t *testing.T) {
	tests := []struct {
		name    string
		now     nonbis.Instant
		atLeast time.Duration
		atMost  time.Duration // -1: there is no bound
	}{
		{"the same moment", noon, 0, 0},
		{"an hour later", later(time.Hour, time.Hour), time.Hour, time.Hour},
		{"the wall was set forward", later(3*time.Hour, time.Hour), time.Hour, 3 * time.Hour},
		{"the wall was set back a little", later(time.Hour-30*time.Second, time.Hour), time.Hour, time.Hour},
		{"the wall was set back as far as it may drift", later(time.Hour-time.Minute, time.Hour), time.Hour, time.Hour},
		{"the wall was set back further", later(time.Hour-time.Minute-1, time.Hour), time.Hour, -1},
		{"the wall was set back to before", later(-time.Hour, time.Minute), time.Minute, -1},
		{"restarted", rebooted(time.Hour, 10*time.Minute), 10 * time.Minute, time.Hour},
		{"restarted at once", rebooted(time.Hour, time.Hour), time.Hour, time.Hour},
		{"restarted, and the wall shows less than the time since", rebooted(time.Hour-1, time.Hour), time.Hour, -1},
		{"restarted with a wall of before", rebooted(-time.Second, 0), 0, -1},
		{"restarted with a longer uptime", rebooted(30*time.Hour, 20*time.Hour), 20 * time.Hour, 30 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := noon.AtLeast(tt.now); got != tt.atLeast {
				t.Errorf("at least %s, want %s", got, tt.atLeast)
			}
			got, ok := noon.AtMost(tt.now)
			if ok != (tt.atMost >= 0) || (ok && got != tt.atMost) {
				t.Errorf("at most %s, %v, want %s", got, ok, tt.atMost)
			}
			if ok && got < noon.AtLeast(tt.now) {
				t.Error("at most is less than at least")
			}
		})
	}
}

func TestReached(t *testing.T) {
	at := noon.Add(time.Hour)
	if at != later(time.Hour, time.Hour) {
		t.Fatalf("%v", at)
	}
	for name, tt := range map[string]struct {
		now  nonbis.Instant
		want bool
	}{
		"before":                         {later(time.Hour, time.Hour-1), false},
		"in time":                        {later(time.Hour, time.Hour), true},
		"after":                          {later(2*time.Hour, 2*time.Hour), true},
		"the wall was set forward":       {later(100*time.Hour, time.Minute), false},
		"the wall was set back":          {later(-100*time.Hour, time.Hour), true},
		"the machine has been restarted": {rebooted(time.Minute, 0), true},
	} {
		if got := at.Reached(tt.now); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAnInstantIsZeroOrNot(t *testing.T) {
	if !(nonbis.Instant{}).IsZero() || noon.IsZero() || (nonbis.Instant{Timeline: "x"}).IsZero() {
		t.Error("zero")
	}
}

func TestTheProcessClockFollowsVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		before := clock()
		time.Sleep(time.Hour)
		after := clock()
		if before.AtLeast(after) != time.Hour || after.Wall.Sub(before.Wall) != time.Hour || after != before.Add(time.Hour) {
			t.Errorf("from %v to %v", before, after)
		}
		if before.Wall.Location() != time.UTC || before.Timeline == "" {
			t.Errorf("%+v", before)
		}
	})
}

func TestTheSystemClockTicks(t *testing.T) {
	first := nonbis.SystemClock()
	if first.Tick <= 0 || first.Timeline == "" || first.Wall.Location() != time.UTC || first.Wall != first.Wall.Round(0) {
		t.Fatalf("%+v", first)
	}
	last := first
	for last.Tick == first.Tick { // as long as a tick takes
		last = nonbis.SystemClock()
	}
	if last.Tick < first.Tick || last.Timeline != first.Timeline {
		t.Errorf("from %+v to %+v", first, last)
	}
	if owner := nonbis.ThisProcess(); owner.Boot != first.Timeline {
		t.Errorf("the timeline is %s, the boot %s", first.Timeline, owner.Boot)
	}
}
