//go:build linux

package crash_test

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is a program of the lab, in a process group of its own.
type process struct {
	lab   *lab
	cmd   *exec.Cmd
	mark  string // appears when its failpoint acts
	out   output
	err   bytes.Buffer
	ended chan struct{}
}

// output is what a process prints.
type output struct {
	text  bytes.Buffer
	once  sync.Once
	began chan struct{} // closed with the first of it
}

func (o *output) Bytes() []byte  { return o.text.Bytes() }
func (o *output) String() string { return o.text.String() }

func (o *output) Write(b []byte) (int, error) {
	o.once.Do(func() { close(o.began) })
	return o.text.Write(b)
}

// start starts a program. failpoint is NAME=ACTION[:N], or "".
func (l *lab) start(failpoint, program string, args ...string) *process {
	p := &process{lab: l, out: output{began: make(chan struct{})}, ended: make(chan struct{}), mark: l.path("mark-" + l.next())}
	p.cmd = exec.Command(program, args...)
	p.cmd.Env = append(os.Environ(), "NONBIS_LEDGER="+l.ledger(), "NONBIS_FAILPOINT="+failpoint, "NONBIS_FAILPOINT_MARK="+p.mark)
	p.cmd.Dir = l.dir
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = patience // with what it left behind and that holds its output
	if err := p.cmd.Start(); err != nil {
		l.fatalf("%s: %v", program, err)
	}
	l.remember(p)
	go func() {
		_ = p.cmd.Wait() // how it ended is asked for below
		close(p.ended)
	}()
	return p
}

// patience is how long anything in the lab may take.
const patience = 20 * time.Second

// wait waits for the end. signal is 0 when it ended by itself.
func (p *process) wait() (exit int, signal syscall.Signal) {
	if !p.endsWithin(patience) {
		p.lab.fatalf("%v hangs", p.cmd.Args)
	}
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return -1, status.Signal()
	}
	return p.cmd.ProcessState.ExitCode(), 0
}

func (p *process) endsWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.ended:
		return true
	case <-timer.C:
		return false
	}
}

// acted reports whether its failpoint acted.
func (p *process) acted() bool {
	_, err := os.Stat(p.mark)
	return err == nil
}

// untilStopped waits until its failpoint has stopped it.
func (p *process) untilStopped() {
	for deadline := time.Now().Add(patience); !p.acted() || !p.stopped(); {
		if p.endsWithin(time.Millisecond) || time.Now().After(deadline) {
			p.lab.fatalf("%v did not stop at its failpoint: %s", p.cmd.Args, p.err.Bytes())
		}
	}
}

// stopped reads the state of the process from the system.
func (p *process) stopped() bool {
	text, err := os.ReadFile("/proc/" + itoa(p.cmd.Process.Pid) + "/stat")
	after := bytes.LastIndexByte(text, ')')
	return err == nil && after > 0 && len(text) > after+2 && text[after+2] == 'T'
}

func (p *process) signal(s syscall.Signal) {
	_ = p.cmd.Process.Signal(s) // it may be gone already
}

// killGroup kills it and all that it has started.
func (p *process) killGroup() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // nothing of it may be left
}
