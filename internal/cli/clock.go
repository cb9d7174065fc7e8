package cli

import "time"

// tailPeriod is how often tail looks for changes.
const tailPeriod = 100 * time.Millisecond

// tick ticks until stop is called.
func tick(period time.Duration) (ticks <-chan time.Time, stop func()) {
	t := time.NewTicker(period)
	return t.C, t.Stop
}
