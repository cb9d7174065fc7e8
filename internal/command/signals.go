//go:build unix

package command

import (
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
)

// Signals catches the signals that are meant for a child: SIGINT, SIGTERM,
// SIGHUP and SIGQUIT. Until Stop none of them ends this process.
//
// SIGHUP and SIGINT stay ignored when this process was started that way (nohup,
// a background job of a script): that was asked for, for the child as well.
type Signals struct {
	caught chan os.Signal
	done   chan struct{}
	stop   func()

	mu      sync.Mutex
	child   *os.Process
	waiting []os.Signal // came before there was a child
}

// CatchSignals begins to catch. What comes before Start waits for the child,
// each signal once.
func CatchSignals() *Signals {
	s := &Signals{caught: make(chan os.Signal, 16), done: make(chan struct{})}
	s.stop = sync.OnceFunc(func() {
		signal.Stop(s.caught)
		close(s.caught)
		<-s.done
	})
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(sig) {
			signal.Notify(s.caught, sig)
		}
	}
	go func() {
		defer close(s.done)
		for sig := range s.caught {
			s.pass(sig)
		}
	}()
	return s
}

// Stop gives the signals their usual meaning for this process back. It may be
// called more than once.
func (s *Signals) Stop() { s.stop() }

// Waiting returns a signal that came before there was a child to get it, or
// nil: a reason not to start one.
func (s *Signals) Waiting() os.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return nil
	}
	return s.waiting[0]
}

// attach sends child what has been waiting and what comes from now on.
func (s *Signals) attach(child *os.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child = child
	for _, sig := range s.waiting {
		_ = child.Signal(sig)
	}
	s.waiting = nil
}

func (s *Signals) pass(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.child == nil:
		if !slices.Contains(s.waiting, sig) {
			s.waiting = append(s.waiting, sig)
		}
	case !sentByTerminal(sig, s.child.Pid):
		_ = s.child.Signal(sig) // fails when the child has ended, which is fine
	}
}
