//go:build unix

package command

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// grace is how long after the child's end its descendants' output is recorded.
const grace = 500 * time.Millisecond

// Process is a child that was started. Its methods may be called concurrently
// and repeatedly.
type Process struct {
	child       *os.Process
	out, err    *pump
	result      Result
	known, seen chan struct{} // closed when result is final; when it was shown, too
}

func newProcess(child *os.Process, out, err *pump) *Process {
	p := &Process{child: child, out: out, err: err, known: make(chan struct{}), seen: make(chan struct{})}
	restore := surviveBrokenPipes()
	go out.run()
	go err.run()
	go func() {
		p.await()
		<-out.relay.done
		<-err.relay.done
		restore()
		close(p.seen)
	}()
	return p
}

// Signal sends a signal to the child alone, not to its descendants. It returns
// os.ErrProcessDone when the child has ended.
func (p *Process) Signal(s os.Signal) error { return p.child.Signal(s) }

// Result waits until the child has ended and its output is recorded, at most
// half a second later. It does not wait for the live streams: a caller that no
// longer reads must not keep a finished effect from being recorded.
func (p *Process) Result() Result {
	<-p.known
	return p.result
}

// Wait waits for the Result and until the live streams have taken everything
// or failed.
func (p *Process) Wait() Result {
	<-p.seen
	return p.result
}

// Undelivered returns why the live streams did not take everything, or nil.
// The recording is complete all the same. It is final after Wait.
func (p *Process) Undelivered() error {
	var failed []error
	if err := p.out.relay.err(); err != nil {
		failed = append(failed, fmt.Errorf("stdout: %w", err))
	}
	if err := p.err.relay.err(); err != nil {
		failed = append(failed, fmt.Errorf("stderr: %w", err))
	}
	return errors.Join(failed...)
}

// await fills in the result. A stopped child is waited for: it has not ended.
func (p *Process) await() {
	state, err := p.child.Wait()
	patience := time.AfterFunc(grace, func() {
		p.out.stop()
		p.err.stop()
	})
	<-p.out.recorded
	<-p.err.recorded
	patience.Stop()

	p.result = Result{
		Detached: p.out.detached || p.err.detached,
		Stdout:   p.out.stream,
		Stderr:   p.err.stream,
	}
	p.result.Exit, p.result.Signal = ending(state, err)
	close(p.known)
}

// lostExit stands for a status that somebody else collected.
const lostExit = -1

func ending(state *os.ProcessState, err error) (exit int, signal string) {
	if err != nil {
		return lostExit, ""
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return state.ExitCode(), ""
	}
	signal = unix.SignalName(status.Signal())
	if signal == "" { // a real-time signal
		signal = fmt.Sprintf("SIG%d", int(status.Signal()))
	}
	return 128 + int(status.Signal()), signal
}
