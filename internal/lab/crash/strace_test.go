//go:build linux

package crash_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/lab/effort"
)

// faults are what strace does to a call; error is what the call then returns. With
// a plus it goes on failing.
var faults = []string{"signal=KILL", "error=EIO", "error=EIO+", "error=ENOSPC", "error=ENOSPC+"}

// writing are the calls by which a ledger gets to the disk.
var writing = []string{"pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "unlinkat", "linkat", "rename", "renameat"}

// phases of one effect: strace counts the calls of each thread for itself, so that
// what comes late is only reached when it begins to count late.
var phases = []string{"a new ledger", "a known ledger", "from the send on"}

// subjects are release binaries: what makes the effect.
var subjects = []string{"nonbis run", "worker"}

// injection is a fault at the n-th call.
type injection struct {
	subject, phase, call, fault string
	n                           int
}

// TestCrashAtEveryWrite makes calls of the release binaries fail, or the process
// with them, wherever they write. At scale 1 a few, from 40 on all.
func TestCrashAtEveryWrite(t *testing.T) {
	if os.Getenv("LAB_WITHOUT_STRACE") == "1" {
		t.Log("lab: crash-strace runs=0: LAB_WITHOUT_STRACE is set, nothing was tried")
		return
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is missing: install the package strace (LAB_WITHOUT_STRACE=1 leaves this test out)")
	}
	bin := mustBuild(t, plain)
	all := injections(t, bin)
	possible := len(all)
	r := random(t, 2)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(len(all), max(1, len(all)*effort.Scale(t)/40))]
	s := &sweep{places: map[string]bool{}, told: map[string]int{}}
	var trials []func()
	for n, i := range all {
		trials = append(trials, func() { s.try(t, bin, i, n) })
	}
	inParallel(trials)
	t.Logf("lab: crash-strace runs=%d of=%d hit=%d places=%d effects=%d duplicates=%d lost=%d told=%v seed=%d",
		s.runs, possible, s.hit, len(s.places), s.effects, s.duplicates, s.lost, s.told, seed(t))
	if s.hit*2 < s.runs {
		t.Errorf("only %d of %d injections were hit", s.hit, s.runs)
	}
}

// injections counts the calls of undisturbed runs.
func injections(t *testing.T, bin binaries) (all []injection) {
	t.Helper()
	var mu sync.Mutex
	var trials []func()
	for _, subject := range subjects {
		for _, phase := range phases {
			trials = append(trials, func() {
				l := newLab(t, subject+", "+phase, bin, 0)
				defer l.close()
				tr := &traced{runCrash: &runCrash{lab: l, task: "task"}, subject: subject, phase: phase}
				tr.run("")
				counts := tr.counts()
				if len(counts) == 0 {
					l.fatalf("strace has seen nothing: %s", tr.tracer())
				}
				mu.Lock()
				defer mu.Unlock()
				for call, most := range counts {
					for n := range most {
						for _, fault := range faults {
							all = append(all, injection{subject, phase, call, fault, n + 1})
						}
					}
				}
			})
		}
	}
	inParallel(trials)
	slices.SortFunc(all, func(a, b injection) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// sweep is what came of all injections.
type sweep struct {
	sum
	hit    int
	places map[string]bool // the calls that were hit, by how many came before
	told   map[string]int
}

func (s *sweep) try(t *testing.T, bin binaries, i injection, stream int) {
	t.Helper()
	l := newLab(t, fmt.Sprintf("%s, %s: %s at %s %d", i.subject, i.phase, i.fault, i.call, i.n), bin, stream)
	defer l.close()
	l.provider.delays = 5 * time.Millisecond
	tr := &traced{runCrash: &runCrash{lab: l, task: "task", verify: random(t, stream).IntN(2) == 0}, subject: i.subject, phase: i.phase}
	fault, forever := strings.CutSuffix(i.fault, "+")
	when := itoa(i.n)
	if forever {
		when += "+"
	}
	told := tr.run(fmt.Sprintf("inject=%s:%s:when=%s", i.call, fault, when))
	before, hit := tr.hitAfter()
	tr.answer()
	f := l.judge()
	s.add(f, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if hit {
		s.hit++
		s.places[fmt.Sprint(i.subject, i.phase, before)] = true
	}
	s.told[told]++
}

// traced is an effect under strace.
type traced struct {
	*runCrash
	subject, phase string
	strace         *process
}

func (tr *traced) log() string { return tr.path("strace.log") }

func (tr *traced) tracer() string {
	if tr.strace == nil {
		return "it was not started"
	}
	return tr.strace.err.String()
}

// options are strace's: only calls on the ledger's files count.
func (tr *traced) options(inject string) []string {
	options := []string{"-f", "-o", tr.log(), "-e", "trace=" + strings.Join(writing, ",")}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".epoch"} {
		options = append(options, "-P", tr.ledger()+suffix)
	}
	if inject != "" {
		options = append(options, "-e", inject)
	}
	return options
}

// command is the subject's command line.
func (tr *traced) command(status string) []string {
	if tr.subject == "worker" {
		return []string{
			tr.bin.worker, "-ledger", tr.ledger(), "-provider", tr.provider.address, "-calls", tr.path("calls.jsonl"),
			"-protection", "keyed", "-tasks", tr.task, "-lease", "1s",
		}
	}
	return append([]string{tr.bin.nonbis}, tr.arguments(status)...)
}

// run makes the call under strace, and returns what it was told.
func (tr *traced) run(inject string) (told string) {
	if tr.phase != phases[0] {
		if p := tr.start("", tr.bin.nonbis, "run", "--task", "other", "--", "true"); !clean(p) {
			tr.fatalf("the ledger cannot be made: %s", p.err.Bytes())
		}
		if err := appendLine(tr.provider.path, fmt.Appendf(nil, `{"at":1,"what":"applied","effect":%q,"fence":1}`, tr.otherID())); err != nil {
			tr.fatalf("%v", err)
		}
	}
	status, begin := tr.path("status"), time.Now().UnixNano()
	var p *process
	if tr.phase == phases[2] {
		started := make(chan struct{})
		tr.provider.onReceived = sync.OnceFunc(func() {
			<-started
			tr.attach(p, inject)
		})
		command := tr.command(status)
		p = tr.start("", command[0], command[1:]...)
		close(started)
	} else {
		tr.strace = tr.start("", "strace", append(tr.options(inject), tr.command(status)...)...)
		p = tr.strace
	}
	exit, signal := p.wait()
	if tr.strace != nil {
		tr.strace.wait()
	}
	if tr.subject == "worker" {
		told = p.told()[tr.task]
	} else {
		told, _ = tr.writeDown(p, exit, signal, status, begin)
	}
	if signal == syscall.SIGKILL {
		return "killed"
	}
	return told
}

// otherID is the effect that made the ledger: its command was true.
func (tr *traced) otherID() string {
	var id string
	for _, r := range lines[struct{ ID string }](tr.lab, tr.export(tr.bin, "ls", "--json")) {
		id = r.ID
	}
	return id
}

// attach lets strace follow a process that is at work.
func (tr *traced) attach(p *process, inject string) {
	s := tr.start("", "strace", append(tr.options(inject), "-p", itoa(p.cmd.Process.Pid))...)
	tr.strace = s
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if status, err := os.ReadFile("/proc/" + itoa(p.cmd.Process.Pid) + "/status"); err != nil || isTraced(status) || s.endsWithin(time.Millisecond) {
			return
		}
	}
}

// isTraced reports whether a tracer is named in a status of /proc.
func isTraced(status []byte) bool {
	_, after, ok := bytes.Cut(status, []byte("TracerPid:\t"))
	return ok && !bytes.HasPrefix(after, []byte("0\n"))
}

// answer makes the call again until it is answered.
func (tr *traced) answer() {
	if tr.subject == "worker" {
		tr.untilAnswered("keyed", tr.task)
		return
	}
	tr.untilRun()
}

var callLine = regexp.MustCompile(`^(\d+) +(\w+)\(`)

// counts are the most calls of each kind by one thread.
func (tr *traced) counts() map[string]int {
	most, by := map[string]int{}, map[string]int{}
	for line := range bytes.Lines(tr.read("strace.log")) {
		if m := callLine.FindSubmatch(line); m != nil {
			by[string(m[0])]++
			most[string(m[2])] = max(most[string(m[2])], by[string(m[0])])
		}
	}
	return most
}

// hitAfter is how many calls came before the one that was disturbed.
func (tr *traced) hitAfter() (calls int, hit bool) {
	for line := range bytes.Lines(tr.read("strace.log")) {
		if bytes.Contains(line, []byte("(INJECTED)")) || bytes.Contains(line, []byte("SIGKILL")) {
			return calls, true
		}
		if callLine.Match(line) {
			calls++
		}
	}
	return calls, false
}
