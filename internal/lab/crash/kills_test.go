//go:build linux

package crash_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/lab/effort"
)

// cyclesEach is how many workers are killed over one ledger.
const cyclesEach = 500

// TestCrashOfWorkersAtRandom lets workers share a ledger, kills each at a random
// moment, and starts others, which retry what has no answer yet.
func TestCrashOfWorkersAtRandom(t *testing.T) {
	bin := mustBuild(t, armed)
	mustBuild(t, plain)
	var total sum
	killed, ledgers := 0, 0
	var took time.Duration
	for cycles := 150 * effort.Scale(t); killed < cycles && !t.Failed(); ledgers++ {
		l := newLab(t, "kills", bin, ledgers)
		l.provider.delays, l.provider.refuses = 10*time.Millisecond, 5
		s := &kills{lab: l, cycles: min(cyclesEach, cycles-killed), left: map[string]string{}, arrives: bell{c: make(chan struct{})}}
		l.provider.onReceived = s.arrives.ring
		begin := time.Now()
		var slots []func()
		for n := range 4 {
			slots = append(slots, func() { s.slot(random(t, 10*ledgers+n)) })
		}
		inParallel(slots)
		took += time.Since(begin)
		inParallel([]func(){func() {
			defer l.close()
			s.finish()
			total.add(l.judge(), s.started)
		}})
		killed += s.killed
	}
	t.Logf("lab: crash-kills runs=%d killed=%d effects=%d duplicates=%d lost=%d unknowns=%d takeovers=%d ledgers=%d rate=%.0f/s seed=%d",
		total.runs, killed, total.effects, total.duplicates, total.lost, total.unknowns, total.takeovers, ledgers, float64(killed)/took.Seconds(), seed(t))
	if total.unknowns == 0 || total.takeovers == 0 {
		t.Error("the kills prove nothing: nothing became unknown, or nothing was taken over")
	}
}

// bell is heard by all who wait for the next time that it rings.
type bell struct {
	mu sync.Mutex
	c  chan struct{}
}

func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.c
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.c)
	b.c = make(chan struct{})
}

// kills are cycles of a worker that is started and killed.
type kills struct {
	*lab
	cycles  int
	arrives bell

	mu              sync.Mutex
	started, killed int
	tasks           int
	left            map[string]string // task without an answer → protection
}

// open is how many tasks of a protection wait for an answer: more than a worker
// can do before it is killed, and few enough that workers meet.
const open = 16

// pick returns tasks of one protection in random order, new ones among them.
func (s *kills) pick(r *rand.Rand) (protection string, tasks []string) {
	protection = []string{"none", "verifiable", "keyed"}[r.IntN(3)]
	s.mu.Lock()
	defer s.mu.Unlock()
	for task, p := range s.left {
		if p == protection {
			tasks = append(tasks, task)
		}
	}
	for len(tasks) < open {
		s.tasks++
		task := fmt.Sprintf("task-%06d", s.tasks)
		s.left[task] = protection
		tasks = append(tasks, task)
	}
	slices.Sort(tasks)
	r.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
	return protection, tasks
}

// slot runs one worker after the other.
func (s *kills) slot(r *rand.Rand) {
	for {
		s.mu.Lock()
		over := s.killed >= s.cycles
		s.started++
		s.mu.Unlock()
		if over {
			return
		}
		protection, tasks := s.pick(r)
		p := s.worker("", "call", protection, "-tasks", strings.Join(tasks, ","), "-callers", itoa(1+r.IntN(2)))
		var moment <-chan struct{} // nil: while it opens the ledger
		switch r.IntN(10) {
		case 0:
		case 1, 2, 3:
			moment = p.out.began
		default:
			moment = s.arrives.next() // of a request, its own or another's
		}
		if moment != nil {
			select {
			case <-moment:
			case <-p.ended:
			}
		}
		if !p.endsWithin(time.Duration(r.IntN(25_000)) * time.Microsecond) {
			p.killGroup()
		}
		_, signal := p.wait()
		s.answered(protection, p, signal == syscall.SIGKILL)
		s.forgetProcess(p)
	}
}

// answered takes down which calls need no more retries.
func (s *kills) answered(protection string, p *process, killed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if killed {
		s.killed++
	}
	for task, word := range p.told() {
		if settledWord(protection, word) {
			delete(s.left, task)
		}
	}
}

// finish lets every call have its answer.
func (s *kills) finish() {
	for round := 0; len(s.left) > 0; round++ {
		if round == 20 {
			s.fatalf("calls without an answer: %v", s.left)
		}
		for _, protection := range []string{"none", "verifiable", "keyed"} {
			var tasks []string
			for task, p := range s.left {
				if p == protection {
					tasks = append(tasks, task)
				}
			}
			if len(tasks) > 0 {
				p := s.worker("", "call", protection, "-tasks", strings.Join(tasks, ","), "-at-once", "8")
				p.wait()
				s.answered(protection, p, false)
			}
		}
	}
}
