package simulation_test

import (
	"fmt"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
)

// machine is what processes share: a wall clock that jumps, and a tick that does
// not while the machine is on.
type machine struct {
	name string

	mu     sync.Mutex
	boots  int
	booted time.Time
	offset time.Duration // of the wall clock
}

func newMachine(name string, up time.Duration) *machine {
	return &machine{name: name, boots: 1, booted: time.Now().Add(-up)}
}

// clock is the machine's [nonbis.Clock].
func (m *machine) clock() nonbis.Instant {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	return nonbis.Instant{Wall: now.Add(m.offset).UTC().Round(0), Tick: now.Sub(m.booted), Timeline: m.bootLocked()}
}

func (m *machine) boot() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bootLocked()
}

func (m *machine) bootLocked() string { return fmt.Sprintf("%s-%d", m.name, m.boots) }

// jump sets the wall clock.
func (m *machine) jump(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offset += d
}

// restart begins a new timeline. Its processes must be dead.
func (m *machine) restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boots++
	m.booted = time.Now()
}
