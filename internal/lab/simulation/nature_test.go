package simulation_test

import "time"

// nature is what happens by itself, at any time of the day.
func (w *world) nature() {
	r := w.chance.of("nature")
	for {
		select {
		case <-time.After(between(r, time.Minute, time.Duration(float64(3*time.Hour)/w.roughness))):
		case <-w.stopped:
			return
		}
		if w.calm.Load() {
			return
		}
		m := oneOf(r, w.machines...)
		p := w.slot(r.IntN(len(w.slots)))
		short := between(r, time.Second, 10*time.Minute)
		switch r.IntN(7) {
		case 0:
			p.crash("by itself")
		case 1:
			p.pause(long(r))
		case 2:
			w.jump(m, between(r, time.Second, 4*time.Hour))
		case 3:
			w.jump(m, -between(r, time.Second, 4*time.Hour))
		case 4, 5:
			w.tell("", nil, "the ledger is down for %s", short/2)
			w.cut(short / 2)
		case 6:
			w.reboot(m, short)
		}
	}
}

// jump sets the wall clock of a machine. Where ages are compared across machines
// or boots, all clocks are set, and only forwards: see doc.go.
func (w *world) jump(m *machine, d time.Duration) {
	if w.calm.Load() {
		return
	}
	if !w.oneBoot {
		for _, m := range w.machines {
			m.jump(d.Abs())
		}
		w.count("wall forwards")
		w.tell("", nil, "all wall clocks jump by %s", d.Abs())
		return
	}
	w.count(map[bool]string{true: "wall forwards", false: "wall backwards"}[d > 0])
	w.tell("", nil, "the wall clock of %s jumps by %s", m.name, d)
	m.jump(d)
}

// cut makes the ledger unreachable.
func (w *world) cut(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outage = time.Now().Add(d)
}

// reboot ends all processes of a machine; the ledger, if it is there, is down.
func (w *world) reboot(m *machine, down time.Duration) {
	w.count("reboot")
	w.tell("", nil, "%s is switched off for %s", m.name, down)
	if m == w.host {
		w.cut(down)
	}
	for slot, home := range w.home {
		if p := w.slot(slot); home == m && p.alive() {
			p.crashFor("its machine is switched off", down+time.Duration(1+slot)*time.Second)
		}
	}
	if !w.oneBoot {
		m.restart()
	}
}
