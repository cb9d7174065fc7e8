//go:build linux

package crash_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/lab/effort"
	"github.com/nonbis/nonbis/internal/lab/overlay"
)

// scenario is what a worker does when it gets to a point.
type scenario string

const (
	calling   scenario = "call"    // it makes an effect happen
	settling  scenario = "settle"  // it settles what a killed one left behind
	resolving scenario = "resolve" // it decides as a person about that
	pruning   scenario = "prune"   // it prunes what is over
	accepting scenario = "accept"  // it accepts a ledger that is suspect
	running   scenario = "run"     // it is nonbis run, see run_test.go
)

// place is a point as one scenario gets to it.
type place struct {
	point string
	in    scenario
	hit   int
	modes string // kill, stop, linger and eio as internal/failpoint has them; unseen is stop while nobody can see the owner
	only  string // protections; all when empty
}

// places is the matrix. A point may be in more than one.
var places = []place{
	{"before-claim", calling, 1, "kill stop eio", ""},
	{"claim-in-transaction", calling, 1, "kill stop linger eio", ""},
	{"commit-begun", calling, 1, "kill stop linger", ""},
	{"claim-committed", calling, 1, "kill stop unseen eio", ""},
	{"claim-granted", calling, 1, "kill stop unseen", ""},
	{"send-begun", calling, 1, "kill stop eio panic", ""},
	{"request-sent", calling, 1, "kill stop eio panic", ""},
	{"send-over", calling, 1, "kill stop unseen", ""},
	{"advance-in-transaction", calling, 1, "kill stop linger eio", ""},
	{"commit-begun", calling, 2, "kill stop linger", ""},
	{"advance-committed", calling, 1, "kill stop eio", ""},
	{"waiters-untold", calling, 1, "kill stop eio", ""},
	{"caller-untold", calling, 1, "kill stop", ""},
	{"migration-in-transaction", calling, 1, "kill stop linger eio", "none"},
	{"epoch-made", calling, 1, "kill stop linger eio", "none"},
	{"settle-begun", settling, 1, "kill stop", ""},
	{"advance-in-transaction", settling, 1, "kill stop linger eio", ""},
	{"look-begun", settling, 1, "kill stop", "verifiable"},
	{"look-over", settling, 1, "kill stop linger", "verifiable"},
	{"look-over", settling, 2, "kill stop", "verifiable"},
	{"advance-committed", settling, 2, "kill stop", "verifiable"},
	{"resolve-begun", resolving, 1, "kill stop eio", "none"},
	{"advance-in-transaction", resolving, 2, "kill stop linger eio", "none"},
	{"waiters-untold", resolving, 2, "kill stop", "none"},
	{"prune-in-transaction", pruning, 1, "kill stop linger eio", "none keyed"},
	{"accept-committed", accepting, 1, "kill eio", "none"},
	{"child-started", running, 1, "kill group", ""},
	{"child-over", running, 1, "kill group", ""},
	{"answer-unprinted", running, 1, "kill group", ""},
}

// TestTheMatrixHasEveryPoint fails when the sources and the matrix disagree.
func TestTheMatrixHasEveryPoint(t *testing.T) {
	o, err := overlay.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	points, err := pointsIn(o.Root())
	if err != nil {
		t.Fatal(err)
	}
	inSources := names(points)
	var inMatrix []string
	for _, p := range places {
		inMatrix = append(inMatrix, p.point)
	}
	slices.Sort(inMatrix)
	if inMatrix = slices.Compact(inMatrix); !slices.Equal(inSources, inMatrix) {
		t.Errorf("the sources have the points\n%v\nand the matrix has\n%v", inSources, inMatrix)
	}
}

// TestCrashAtEveryFailpoint ends a worker at every point, for every protection, in
// every mode that the point has, and lets others go on until all is answered.
func TestCrashAtEveryFailpoint(t *testing.T) {
	bin := mustBuild(t, armed)
	mustBuild(t, plain)
	var total sum
	var trials []func()
	for n := range seeds(t) {
		for _, some := range inLabs(crashes(t, random(t, n))) {
			stream := len(trials)
			trials = append(trials, func() {
				l := newLab(t, "failpoints", bin, stream)
				l.provider.delays = 20 * time.Millisecond
				total.trial(l, some)
			})
		}
	}
	inParallel(trials)
	t.Logf("lab: crash-failpoints runs=%d points=%d effects=%d duplicates=%d lost=%d unknowns=%d takeovers=%d seed=%d",
		total.runs, len(places), total.effects, total.duplicates, total.lost, total.unknowns, total.takeovers, seed(t))
	if total.unknowns == 0 || total.takeovers == 0 {
		t.Error("the runs prove nothing: nothing became unknown, or nothing was taken over")
	}
}

// seeds is how often the matrix is gone through.
func seeds(t *testing.T) int {
	t.Helper()
	return 1 + effort.Scale(t)/20
}

// fresh reports whether the point is passed only while a ledger is made.
func (p place) fresh() bool {
	return p.point == "migration-in-transaction" || p.point == "epoch-made"
}

// crashes is the matrix in random order. At scale 1 each place is tried by SIGKILL
// and in one other mode, each with one protection; from 3 on it is complete.
func crashes(t *testing.T, r *rand.Rand) (all []*crash) {
	t.Helper()
	for _, p := range places {
		if p.in == running {
			continue
		}
		modes, protections := strings.Fields(p.modes), strings.Fields(p.only)
		if p.only == "" {
			protections = []string{"none", "verifiable", "keyed"}
		}
		if effort.Scale(t) < 3 {
			modes = []string{modes[0], modes[1+r.IntN(len(modes)-1)]}
		}
		for _, mode := range modes {
			r.Shuffle(len(protections), func(i, j int) { protections[i], protections[j] = protections[j], protections[i] })
			for _, protection := range protections[:min(len(protections), effort.Scale(t))] {
				c := &crash{place: p, mode: mode, protection: protection, two: r.IntN(2) == 0, leftAt: "request-sent"}
				if p.hit > 1 || r.IntN(2) == 0 {
					c.leftAt = "send-begun" // it is looked for twice: nothing happened
				}
				all = append(all, c)
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// inLabs lets several crashes share a lab, but for those of a ledger in the making.
func inLabs(all []*crash) (labs [][]*crash) {
	const each = 6
	var shared []*crash
	for _, c := range all {
		if c.fresh() {
			labs = append(labs, []*crash{c})
		} else {
			shared = append(shared, c)
		}
	}
	return slices.AppendSeq(labs, slices.Chunk(shared, each))
}

// trial makes some crashes in one lab, one after the other.
func (s *sum) trial(l *lab, some []*crash) {
	defer l.close()
	for n, c := range some {
		c.lab, c.task = l, "task-"+itoa(n)
		l.name = fmt.Sprintf("%s in %s, hit %d, %s, %s", c.point, c.in, c.hit, c.mode, c.protection)
		c.run()
	}
	s.add(l.judge(), len(some))
}

// crash is one worker that is ended, and those that come after it.
type crash struct {
	*lab
	place
	mode, protection, task string
	leftAt                 string // where the worker is killed that leaves something behind
	two                    bool   // of the next, two come at once
}

func (c *crash) args() []string {
	args := []string{"-tasks", c.task}
	if c.mode == "unseen" {
		args = append(args, "-unseen", "-deadline", "400ms")
	}
	return args
}

func (c *crash) run() {
	switch c.in {
	case calling, running:
	case settling, resolving:
		if p := c.worker(c.leftAt+"=kill", "call", c.protection, c.args()...); !c.killed(p) {
			return
		}
	case pruning:
		c.untilAnswered(c.protection, c.task)
	case accepting:
		c.untilAnswered(c.protection, c.task)
		c.forget(".epoch")
	}
	action := c.mode
	if c.mode == "unseen" {
		action = "stop"
	}
	first := c.worker(fmt.Sprintf("%s=%s:%d", c.point, action, c.hit), string(c.in), c.protection, c.args()...)
	switch action {
	case "stop":
		first.untilStopped()
		second := c.again()
		second.endsWithin(pastTheLease) // a transaction that stands still keeps it out
		first.signal(syscall.SIGCONT)
		first.wait()
		second.wait()
	case "kill", "linger":
		c.killed(first)
	default:
		if _, signal := first.wait(); signal != 0 {
			c.errorf("the worker died of %v: %s", signal, first.err.Bytes())
		}
	}
	if !first.acted() {
		c.fatalf("the failpoint was not hit: %s", first.err.Bytes())
	}
	c.rest()
}

// pastTheLease is longer than the lease and the deadline of a worker, and than
// what the next one needs then.
const pastTheLease = 900 * time.Millisecond

// killed waits for a worker that kills itself at its failpoint.
func (c *crash) killed(p *process) bool {
	if _, signal := p.wait(); signal != syscall.SIGKILL {
		c.errorf("it was not killed at its failpoint: %s%s", p.out.Bytes(), p.err.Bytes())
		return false
	}
	return true
}

// again does the same once more, in another process.
func (c *crash) again() *process { return c.worker("", string(c.in), c.protection, c.args()...) }

// rest lets the next ones go on until everything is answered.
func (c *crash) rest() {
	next := []*process{c.again()}
	if c.two {
		next = append(next, c.again())
	}
	answered := false
	for _, p := range next {
		p.wait()
		answered = answered || settledWord(c.protection, p.told()[c.task])
	}
	if c.in == accepting {
		if p := c.worker("", "accept", "none"); !clean(p) {
			c.fatalf("a ledger cannot be accepted: %s", p.err.Bytes())
		}
		c.untilAnswered(c.protection, c.task+"-later")
	}
	if !answered {
		c.untilAnswered(c.protection, c.task)
	}
}
