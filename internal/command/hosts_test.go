//go:build unix

package command_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nonbis/nonbis/internal/command"
)

// Hosts are children that run a child themselves with the package under test,
// because what is tested changes a whole process.

// ownSpec describes a child of a host: a role, or a program with its path.
func ownSpec(args []string) command.Spec {
	if strings.HasPrefix(args[0], "/") {
		return command.Spec{Args: args, Env: os.Environ()}
	}
	return command.Spec{Args: append([]string{os.Args[0]}, args...), Env: os.Environ()}
}

// host ROLE … runs a child as the command line does it, and prints to standard
// error how it ended.
func host(args []string) int {
	lock, err := os.Open(os.DevNull)
	must(err)
	signals := command.CatchSignals()
	defer signals.Stop()
	s := ownSpec(args)
	s.Stdout, s.Lock, s.Signals = os.Stdout, lock, signals
	p, err := command.Start(s)
	must(err)
	r := p.Wait()
	fmt.Fprintln(os.Stderr, r.Exit, r.Signal)
	return r.Exit
}

// cramped has no room for the lock's descriptor.
func cramped(args []string) int {
	var limit unix.Rlimit
	must(unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	limit.Cur = 32
	must(unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	lock, err := os.Open(os.DevNull)
	must(err)
	s := ownSpec(args)
	s.Lock = lock
	_, err = command.Start(s)
	if refusal, ok := errors.AsType[*command.NotStartedError](err); ok {
		return refusal.Status
	}
	return 0
}

// early gets a SIGTERM between catching and starting.
func early(args []string) int {
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, syscall.SIGTERM)
	signals := command.CatchSignals()
	must(syscall.Kill(os.Getpid(), syscall.SIGTERM))
	<-arrived
	for signals.Waiting() != syscall.SIGTERM {
		runtime.Gosched()
	}
	s := ownSpec(args)
	s.Signals = signals
	p, err := command.Start(s)
	must(err)
	r := p.Wait()
	fmt.Println(r.Exit, r.Signal, signals.Waiting())
	return 0
}

// noHangup runs a program the way nohup does.
func noHangup(args []string) int {
	signal.Ignore(syscall.SIGHUP)
	c := exec.Command(os.Args[0], args...)
	c.Stdout = os.Stdout
	must(c.Run())
	return 0
}

// brokenPipe has a standard output that nobody reads.
func brokenPipe(args []string) int {
	r, w, err := os.Pipe()
	must(err)
	must(r.Close())
	must(unix.Dup2(int(w.Fd()), 1))
	s := ownSpec(args)
	s.Stdout = os.Stdout
	p, err := command.Start(s)
	must(err)
	result := p.Wait()
	fmt.Fprintln(os.Stderr, result.Exit, result.Stdout.Size, errors.Is(p.Undelivered(), syscall.EPIPE))
	return 0
}

// memory prints the exit status and size of what it ran, and how much memory
// that took at most.
func memory(args []string) int {
	p, err := command.Start(ownSpec(args))
	must(err)
	r := p.Wait()
	var used runtime.MemStats // what the system reports includes its parent's, before the exec
	runtime.ReadMemStats(&used)
	fmt.Println(r.Exit, r.Stdout.Size, used.Sys)
	return 0
}

// nonBlock writes to a standard output that somebody made non-blocking.
func nonBlock(args []string) int {
	must(unix.SetNonblock(1, true)) // behind the back of os.Stdout
	s := ownSpec(args)
	s.Stdout = os.Stdout
	p, err := command.Start(s)
	must(err)
	p.Result()
	fmt.Fprintln(os.Stderr, "known")
	p.Wait()
	fmt.Fprintln(os.Stderr, p.Undelivered())
	return 0
}
