//go:build linux

package crash_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/lab/effort"
	"github.com/nonbis/nonbis/internal/lab/judge"
)

// onTheWayOfRun are the points that nonbis run passes, and how often it is there
// when that matters most.
var onTheWayOfRun = []string{
	"before-claim", "claim-in-transaction", "commit-begun", "claim-committed", "claim-granted", "send-begun", "child-started",
	"child-over", "send-over", "advance-in-transaction", "commit-begun:2", "advance-committed", "waiters-untold", "caller-untold",
	"answer-unprinted", "migration-in-transaction", "epoch-made",
}

// TestCrashOfRunAtEveryFailpoint kills nonbis run at every point on its way, alone
// or with its process group, and makes the same call until it has an answer.
func TestCrashOfRunAtEveryFailpoint(t *testing.T) {
	bin := mustBuild(t, armed)
	mustBuild(t, plain)
	var total sum
	var trials []func()
	r := random(t, 1)
	for range seeds(t) {
		for _, point := range onTheWayOfRun {
			actions := []string{"kill", "group"}
			if effort.Scale(t) < 3 {
				actions = actions[r.IntN(2):][:1]
			}
			for _, action := range actions {
				stream, verify := len(trials), r.IntN(2) == 0
				name, hit, counted := strings.Cut(point, ":")
				if !counted {
					hit = "1"
				}
				trials = append(trials, func() {
					c := &runCrash{lab: newLab(t, fmt.Sprintf("run: %s %s, verify %v", point, action, verify), bin, stream), task: "task", verify: verify}
					c.provider.delays = 20 * time.Millisecond
					defer c.close()
					c.crash(name + "=" + action + ":" + hit)
					total.add(c.judge(), 1)
				})
			}
		}
	}
	inParallel(trials)
	t.Logf("lab: crash-run runs=%d points=%d effects=%d duplicates=%d lost=%d unknowns=%d takeovers=%d seed=%d",
		total.runs, len(onTheWayOfRun), total.effects, total.duplicates, total.lost, total.unknowns, total.takeovers, seed(t))
	if total.unknowns == 0 || total.takeovers == 0 {
		t.Error("the runs prove nothing: nothing became unknown, or nothing was taken over")
	}
}

// runCrash is one effect of nonbis run: a command that sends to the provider.
type runCrash struct {
	*lab
	task   string
	verify bool
}

// arguments are those of every call.
func (c *runCrash) arguments(status string) []string {
	args := []string{"run", "--task", c.task, "--lease", "1s", "--wait", "10s", "--status", status}
	if c.verify {
		args = append(args, "--settle", "100ms", "--verify", c.bin.worker+" -do look -provider "+c.provider.address)
	}
	return append(args, "--", c.bin.worker, "-do", "send", "-provider", c.provider.address, "-tasks", c.task)
}

// crash makes the call that is killed at a failpoint, and then others.
func (c *runCrash) crash(failpoint string) {
	p := c.start(failpoint, c.bin.nonbis, c.arguments(c.path("status-0"))...)
	if _, signal := p.wait(); signal != syscall.SIGKILL || !p.acted() {
		c.fatalf("it was not killed at its failpoint: %s%s", p.out.Bytes(), p.err.Bytes())
	}
	c.untilRun()
}

// untilRun makes the call until it is answered.
func (c *runCrash) untilRun() {
	var answers []string
	for range 20 {
		told, text := c.call()
		if told == "applied" || told == "unknown" && !c.verify {
			return
		}
		answers = append(answers, told+": "+text)
	}
	c.fatalf("the call has no answer: %q", answers)
}

// call makes one call with the same binary, and writes down what it was told.
func (c *runCrash) call() (told, text string) {
	status, begin := c.path("status-"+c.next()), time.Now().UnixNano()
	p := c.start("", c.bin.nonbis, c.arguments(status)...)
	exit, signal := p.wait()
	return c.writeDown(p, exit, signal, status, begin)
}

// writeDown translates an exit status for the judge.
func (c *runCrash) writeDown(p *process, exit int, signal syscall.Signal, status string, begin int64) (told, text string) {
	text = p.err.String()
	if signal != 0 {
		return "", text
	}
	var s struct {
		ID      string
		Outcome string
		Ran     bool
	}
	if b, err := os.ReadFile(status); err != nil || json.Unmarshal(b, &s) != nil {
		return "unavailable", text // nothing was run
	}
	call := judge.Call{Begin: begin, End: time.Now().UnixNano(), Effect: s.ID, Payload: c.task}
	switch {
	case exit == 0:
		call.Told, call.Value = "applied", strings.TrimSpace(p.out.String())
	case exit == 118:
		call.Told = "in-flight"
	case exit == 119:
		call.Told = "mismatch"
	case s.Outcome == "not-applied":
		call.Told, call.Safe = "not-applied", true
	default:
		call.Told = "unknown"
	}
	line, err := json.Marshal(call)
	if err == nil {
		err = appendLine(c.path("calls.jsonl"), line)
	}
	if err != nil {
		c.fatalf("%v", err)
	}
	return call.Told, text
}

func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(line, '\n'))
	return err
}
