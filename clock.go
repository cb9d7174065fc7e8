package nonbis

import (
	"sync/atomic"
	"time"
)

// Instant is a moment on two clocks: the wall, which people read and which may
// jump, and a tick that never jumps while its timeline lasts (on one machine
// the time since boot, sleep included; the timeline is then the boot).
type Instant struct {
	Wall     time.Time     // UTC
	Tick     time.Duration // since the timeline began
	Timeline string        // ticks of different timelines cannot be compared
}

// Clock tells the time.
type Clock func() Instant

// IsZero reports whether i is unset.
func (i Instant) IsZero() bool { return i == Instant{} }

// Add returns the instant d later on both clocks.
func (i Instant) Add(d time.Duration) Instant {
	return Instant{Wall: i.Wall.Add(d), Tick: i.Tick + d, Timeline: i.Timeline}
}

// Reached reports whether now is at or after i. An instant of another timeline
// has been reached: the machine it was waited for on has been restarted.
func (i Instant) Reached(now Instant) bool {
	return i.Timeline != now.Timeline || now.Tick >= i.Tick
}

// AtLeast is a lower bound of the time from i to now, which no clock that was
// set can raise: after a restart only the time since then counts.
func (i Instant) AtLeast(now Instant) time.Duration {
	if i.Timeline == now.Timeline {
		return now.Tick - i.Tick
	}
	return now.Tick
}

// AtMost is an upper bound of the time from i to now: the larger of both
// clocks. ok is false when the wall clock went backwards, so that there is none.
func (i Instant) AtMost(now Instant) (age time.Duration, ok bool) {
	wall := now.Wall.Sub(i.Wall)
	if i.Timeline == now.Timeline {
		const drift = time.Minute // the wall may be slewed or stepped this far back
		tick := now.Tick - i.Tick
		return max(wall, tick), wall >= tick-drift
	}
	return wall, wall >= now.Tick
}

// ProcessClock returns a clock whose timeline is this process: it follows
// [time.Now], so that a test may run it on virtual time.
func ProcessClock() Clock {
	start := time.Now()
	return func() Instant {
		now := time.Now()
		return Instant{Wall: now.UTC().Round(0), Tick: now.Sub(start), Timeline: "process"}
	}
}

// SystemClock is the machine's clock. Its tick counts the time that the machine
// sleeps, which [time.Now] does not, and its timeline is the boot.
func SystemClock() Instant {
	now := time.Now()
	return Instant{Wall: now.UTC().Round(0), Tick: lastReading.tick(now), Timeline: bootID()}
}

// reading is a moment at which the tick was read from the system.
type reading struct {
	at   time.Time // with Go's own monotonic clock, which stands still while the machine sleeps
	tick time.Duration
}

// readings saves most of the system calls: a reading is good for a tenth of a
// second, and until wall and monotonic clock differ in what has passed since, as
// they do after a sleep.
type readings struct{ last atomic.Pointer[reading] }

var lastReading readings

func (r *readings) tick(now time.Time) time.Duration {
	const good, apart = 100 * time.Millisecond, time.Millisecond
	if last := r.last.Load(); last != nil {
		passed := now.Sub(last.at)
		if drift := now.Round(0).Sub(last.at.Round(0)) - passed; passed >= 0 && passed < good && drift.Abs() < apart {
			return last.tick + passed
		}
	}
	now = time.Now()
	fresh := &reading{at: now, tick: uptime()}
	if time.Since(now) < apart { // both are of one moment
		r.last.Store(fresh)
	}
	return fresh.tick
}
