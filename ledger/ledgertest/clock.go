package ledgertest

import (
	"fmt"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
)

// manual is a clock that stands still until it is told otherwise.
type manual struct {
	mu    sync.Mutex
	now   nonbis.Instant
	boots int
}

// newManual is a clock of a machine that has been up for an hour.
func newManual() *manual {
	return &manual{boots: 1, now: nonbis.Instant{
		Wall: time.Date(2026, 11, 24, 17, 55, 1, 23456789, time.UTC), Tick: time.Hour + 7, Timeline: "boot-1",
	}}
}

// read is the [nonbis.Clock].
func (c *manual) read() nonbis.Instant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manual) set(f func(*nonbis.Instant)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.now)
}

// pass lets time pass, on both clocks.
func (c *manual) pass(d time.Duration) { c.set(func(i *nonbis.Instant) { *i = i.Add(d) }) }

// jump sets the wall clock forward or back; no time passes.
func (c *manual) jump(d time.Duration) { c.set(func(i *nonbis.Instant) { i.Wall = i.Wall.Add(d) }) }

// tick lets time pass while somebody holds the wall clock still.
func (c *manual) tick(d time.Duration) { c.set(func(i *nonbis.Instant) { i.Tick += d }) }

// reboot begins a new timeline. The wall clock says that it took a minute.
func (c *manual) reboot() {
	c.set(func(i *nonbis.Instant) {
		c.boots++
		i.Wall, i.Tick, i.Timeline = i.Wall.Add(time.Minute), 20*time.Second, fmt.Sprintf("boot-%d", c.boots)
	})
}
