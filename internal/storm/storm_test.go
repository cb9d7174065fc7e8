package storm_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var (
	kills = flag.Int("kills", 200, "how many runners are killed")
	seed  = flag.Uint64("seed", 0, "of the random choices; 0 takes one from the clock")
)

const runners = 8

// TestCrashOfRunnersRunsNothingTwice lets eight runners race over few
// tasks, each task retried until it has an answer, and kills runners at random
// moments: alone, or with their command.
func TestCrashOfRunnersRunsNothingTwice(t *testing.T) {
	s := newStorm(t)
	var wg sync.WaitGroup
	for n := range runners {
		wg.Go(func() { s.runner(rand.New(rand.NewPCG(s.seed, uint64(n)))) })
	}
	wg.Wait()
	t.Logf("%d calls, %d killed, %d tasks", s.calls.Load(), s.killed.Load(), s.tasks.Load())
	s.judge()
}

type storm struct {
	*testing.T
	dir, binary string
	seed        uint64

	calls, killed, tasks atomic.Int64
	mu                   sync.Mutex
	told                 map[string][]int // task → exit statuses that callers were given
}

func newStorm(t *testing.T) *storm {
	t.Helper()
	s := &storm{T: t, dir: t.TempDir(), seed: *seed, told: map[string][]int{}}
	if s.seed == 0 {
		s.seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", s.seed)
	s.binary = filepath.Join(s.dir, "nonbis")
	build := exec.Command("go", "build", "-o", s.binary, "github.com/nonbis/nonbis/cmd/nonbis")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return s
}

// runner retries tasks until enough runners were killed. Two runners share each
// task, so that they race.
func (s *storm) runner(r *rand.Rand) {
	for s.killed.Load() < int64(*kills) {
		n := s.tasks.Add(1) / 2
		for range 3 {
			if exit := s.call(r, fmt.Sprintf("task-%d", n)); exit == 0 || exit == 117 {
				break
			}
		}
	}
}

// call makes one call, which may be killed. The command writes one line, in one
// write, somewhere in its short life. It returns -1 when the call was killed.
func (s *storm) call(r *rand.Rand, task string) (exit int) {
	s.calls.Add(1)
	script := fmt.Sprintf("sleep 0.0%d; echo $NONBIS_EFFECT >> %s; sleep 0.0%d; exit %d", r.IntN(4), s.log(), r.IntN(4), min(1, r.IntN(8)/7))
	cmd := exec.Command(s.binary, "run", "--quiet", "--task", task, "--key", "k", "--wait", "2s", "--", "sh", "-c", "true "+task+"; "+script)
	if r.IntN(3) > 0 { // most retries bring the same command line; the others must be refused
		cmd.Args[len(cmd.Args)-1] = "sleep 0.01; echo $NONBIS_EFFECT >> " + s.log() + "; sleep 0.01"
	}
	cmd.Env = append(os.Environ(), "NONBIS_LEDGER="+s.ledger())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		s.Error(err)
		return 0
	}
	doomed, group := r.IntN(2) == 0, r.IntN(2) == 0
	delay := time.Duration(r.IntN(90_000)) * time.Microsecond
	var killer *time.Timer
	if doomed {
		killer = time.AfterFunc(delay, func() {
			pid := cmd.Process.Pid
			if group {
				pid = -pid
			}
			_ = syscall.Kill(pid, syscall.SIGKILL) // fails when it was faster
		})
	}
	err := cmd.Wait()
	if killer != nil {
		killer.Stop()
	}
	exit = cmd.ProcessState.ExitCode()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		s.killed.Add(1)
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		s.Error(failed, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[task] = append(s.told[task], exit)
	return exit
}

func (s *storm) log() string    { return filepath.Join(s.dir, "effects") }
func (s *storm) ledger() string { return filepath.Join(s.dir, "ledger.db") }

// record is what the judge reads of an effect.
type record struct {
	ID, Task, State string
}

// judge waits until no command lives any more, and compares what was said with
// what was done.
func (s *storm) judge() {
	var records []record
	for deadline := time.Now().Add(20 * time.Second); ; {
		records = s.list()
		open := 0
		for _, r := range records {
			if r.State == "sending" || r.State == "claimed" {
				open++
			}
		}
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			s.Fatalf("%d effects are still in flight though nobody lives", open)
		}
	}
	if out, err := exec.Command(s.binary, "--ledger", s.ledger(), "ledger", "verify", "--json").CombinedOutput(); err != nil || !bytes.Contains(out, []byte(`"suspect":""`)) {
		s.Errorf("the ledger does not verify: %v\n%s", err, out)
	}
	done := s.done()
	count, duplicates := map[string]int{}, 0
	for _, r := range records {
		count[r.State]++
		n := done[r.ID]
		delete(done, r.ID)
		switch {
		case n > 1:
			duplicates++
			s.Errorf("%s of %s ran %d times", r.ID, r.Task, n)
		case r.State == "applied" && n != 1:
			s.Errorf("%s of %s is applied, and never happened", r.ID, r.Task)
		case r.State == "not-applied" && n != 0:
			s.Errorf("%s of %s is not-applied, and happened", r.ID, r.Task)
		}
		for _, exit := range s.told[r.Task] {
			if exit == 0 && r.State != "applied" {
				s.Errorf("a caller of %s was told that it was applied; the ledger says %s", r.Task, r.State)
			}
		}
	}
	lost := len(done)
	for id, n := range done {
		s.Errorf("%s happened %d times, and the ledger does not know it", id, n)
	}
	s.Logf("%v", count)
	s.Logf("lab: runners calls=%d killed=%d effects=%d duplicates=%d lost=%d seed=%d", s.calls.Load(), s.killed.Load(), len(records), duplicates, lost, s.seed)
	if count["applied"] == 0 || count["unknown"] == 0 {
		s.Errorf("the storm proves nothing: %v", count)
	}
}

func (s *storm) list() (records []record) {
	out, err := exec.Command(s.binary, "--ledger", s.ledger(), "ls", "--json", "--limit", "1000000").Output()
	if err != nil {
		s.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			s.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

// done counts the lines that the commands wrote.
func (s *storm) done() map[string]int {
	done := map[string]int{}
	f, err := os.Open(s.log())
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		done[strings.TrimSpace(lines.Text())]++
	}
	return done
}
