//go:build linux

package crash_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/judge"
)

// lab is one ledger, one provider, and the processes that meet there.
type lab struct {
	t        *testing.T
	name     string
	dir      string
	bin      binaries
	provider *provider
	tolerant bool // violations are collected, not reported

	mu        sync.Mutex
	count     int
	processes []*process
	failed    bool
}

func newLab(t *testing.T, name string, bin binaries, stream int) *lab {
	t.Helper()
	l := &lab{t: t, name: name, bin: bin}
	var err error
	if l.dir, err = os.MkdirTemp(folder, "lab"); err == nil { //nolint:usetesting // its name is short: the path of a socket must be
		l.provider, err = newProvider(l.dir, random(t, stream))
	}
	if err != nil {
		l.fatalf("%v", err)
	}
	return l
}

// close leaves no process behind.
func (l *lab) close() {
	l.mu.Lock()
	processes := slices.Clone(l.processes)
	l.mu.Unlock()
	for _, p := range processes {
		p.killGroup()
		<-p.ended
	}
	_ = l.provider.close() // closed before by judge, as a rule
	if !l.t.Failed() {
		_ = os.RemoveAll(l.dir)
	}
}

// fatalf ends the goroutine of the trial.
func (l *lab) fatalf(format string, args ...any) {
	l.errorf(format, args...)
	runtime.Goexit()
}

func (l *lab) errorf(format string, args ...any) {
	l.mu.Lock()
	l.failed = true
	l.mu.Unlock()
	if !l.tolerant {
		l.t.Errorf("%s (LAB_SEED=%d): %s", l.name, seed(l.t), fmt.Sprintf(format, args...))
	}
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }
func (l *lab) ledger() string          { return l.path("ledger.db") }

func itoa(n int) string { return strconv.Itoa(n) }

// next is a number that no other has in this lab.
func (l *lab) next() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	return itoa(l.count)
}

func (l *lab) remember(p *process) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processes = append(l.processes, p)
}

// forgetProcess lets go of one that has ended.
func (l *lab) forgetProcess(p *process) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processes = slices.DeleteFunc(l.processes, func(other *process) bool { return other == p })
}

// worker starts a worker.
func (l *lab) worker(failpoint, do, protection string, args ...string) *process {
	return l.start(failpoint, l.bin.worker, append([]string{
		"-do", do, "-ledger", l.ledger(), "-provider", l.provider.address, "-calls", l.path("calls.jsonl"), "-protection", protection,
	}, args...)...)
}

// told is what the worker's callers were told, by task.
func (p *process) told() map[string]string {
	<-p.ended
	told := map[string]string{}
	for line := range strings.Lines(p.out.String()) {
		if task, word, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			told[task] = word
		}
	}
	return told
}

// settledWord reports whether a caller needs to ask no more.
func settledWord(protection, word string) bool {
	switch word {
	case "applied", "result-gone", "disputed":
		return true
	case "unknown":
		return protection == "none"
	}
	return false
}

// untilAnswered makes the same call, by new processes, until it has an answer.
func (l *lab) untilAnswered(protection, task string) {
	var words []string
	for range 30 {
		p := l.worker("", "call", protection, "-tasks", task)
		if _, signal := p.wait(); signal != 0 {
			l.fatalf("a worker died of %v: %s", signal, p.err.Bytes())
		}
		word := p.told()[task]
		if settledWord(protection, word) {
			return
		}
		words = append(words, word+" "+p.err.String())
	}
	l.fatalf("the call of %s has no answer: %q", task, words)
}

// findings is what is known when a lab is over.
type findings struct {
	effects, unknowns, takeovers int
	duplicates, lost             int
	violations                   []judge.Violation
}

// judge lets a resolver do its work, exports the ledger with the release binary
// and judges. Nothing may run any more.
func (l *lab) judge() (f findings) {
	if p := l.worker("", "settle", "none"); !clean(p) {
		l.fatalf("the ledger does not settle: %s", p.err.Bytes())
	}
	if err := l.provider.close(); err != nil {
		l.fatalf("%v", err)
	}
	release, err := plain()
	if err != nil {
		l.fatalf("%v", err)
	}
	c := judge.Case{Settled: true, Raw: l.export(release, "ls", "--json", "--limit", "0")}
	c.Records = lines[judge.Record](l, c.Raw)
	c.History = lines[judge.Change](l, l.export(release, "tail", "--json", "--no-follow", "-n", "10000000"))
	c.Provider = lines[judge.Event](l, l.read("provider.jsonl"))
	c.Calls = lines[judge.Call](l, l.read("calls.jsonl"))
	var verified struct {
		OK       bool
		Problems []string
		Suspect  string
	}
	if err := json.Unmarshal(l.export(release, "ledger", "verify", "--json"), &verified); err != nil || !verified.OK || verified.Suspect != "" {
		l.errorf("the ledger does not verify: %+v, %v", verified, err)
	}
	f.violations = judge.Judge(c)
	for _, v := range f.violations {
		l.errorf("%v", v)
		switch v.Rule {
		case "I1":
			f.duplicates++
		case "I2", "I7", "I14":
			f.lost++
		}
	}
	f.effects = len(c.Records)
	unknown := map[string]bool{}
	for _, change := range c.History {
		if change.State == "unknown" {
			unknown[change.ID] = true
		}
	}
	f.unknowns = len(unknown)
	for _, r := range c.Records {
		for _, e := range r.Evidence {
			if e.Source == "lease" {
				f.takeovers++
			}
		}
	}
	return f
}

func clean(p *process) bool {
	exit, signal := p.wait()
	return exit == 0 && signal == 0
}

func (l *lab) export(b binaries, args ...string) []byte {
	p := l.start("", b.nonbis, args...)
	if !clean(p) {
		l.errorf("nonbis %v: %s%s", args, p.out.Bytes(), p.err.Bytes())
	}
	return p.out.Bytes()
}

func (l *lab) read(name string) []byte {
	text, err := os.ReadFile(l.path(name))
	if err != nil && !os.IsNotExist(err) {
		l.fatalf("%v", err)
	}
	return text
}

func lines[T any](l *lab, text []byte) []T {
	read, err := judge.ReadLines[T](bytes.NewReader(text))
	if err != nil {
		l.fatalf("%v", err)
	}
	return read
}

// sum adds findings up; it is safe for concurrent use.
type sum struct {
	mu sync.Mutex
	findings
	runs int
}

func (s *sum) add(f findings, runs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.effects += f.effects
	s.unknowns += f.unknowns
	s.takeovers += f.takeovers
	s.duplicates += f.duplicates
	s.lost += f.lost
	s.violations = append(s.violations, f.violations...)
	s.runs += runs
}

// forget removes a file beside the ledger.
func (l *lab) forget(suffix string) {
	if err := os.Remove(l.ledger() + suffix); err != nil {
		l.fatalf("%v", err)
	}
}
