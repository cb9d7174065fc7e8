//go:build unix

package command_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSignalsAreForwarded(t *testing.T) {
	t.Parallel()
	s := spec("host", "signals", "1")
	// A session of its own, so that no terminal of the test counts.
	c := exec.Cmd{Path: s.Args[0], Args: s.Args, Env: s.Env, SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	lines := bufio.NewScanner(stdout)
	expect := func(want string) {
		t.Helper()
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("got %q, want %q", lines.Text(), want)
		}
	}
	expect("ready")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM} {
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		expect(map[syscall.Signal]string{
			syscall.SIGINT: "SIGINT", syscall.SIGHUP: "SIGHUP", syscall.SIGQUIT: "SIGQUIT", syscall.SIGTERM: "SIGTERM",
		}[sig])
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

func TestSignalBeforeStartReachesTheChild(t *testing.T) {
	t.Parallel()
	// A child that does nothing but wait, and does not catch SIGTERM.
	input, _ := pipe(t)
	s := spec("early", "copy")
	s.Stdin = input
	r := run(t, s)
	if diff := cmp.Diff("143 SIGTERM <nil>\n", string(r.Stdout.Data)); diff != "" {
		t.Error(diff)
	}
}

func TestSignalToTheChild(t *testing.T) {
	t.Parallel()
	input, _ := pipe(t)
	s := spec("copy")
	s.Stdin = input
	p := start(t, s)
	if err := p.Signal(os.Kill); err != nil {
		t.Fatal(err)
	}
	if r := p.Wait(); r.Exit != 137 || r.Signal != "SIGKILL" {
		t.Errorf("exit %d, signal %q", r.Exit, r.Signal)
	}
	if err := p.Signal(os.Kill); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("after the end: %v, want os.ErrProcessDone", err)
	}
}

func TestStoppedChildIsWaitedFor(t *testing.T) {
	t.Parallel()
	input, release := pipe(t)
	live, to := pipe(t)
	s := spec("copy")
	s.Stdin, s.Stdout = input, to
	p := start(t, s)
	bufio.NewReader(live).ReadString('\n') // it runs
	for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := p.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	release.Close()
	if r := p.Wait(); r.Exit != 0 || r.Signal != "" {
		t.Errorf("exit %d, signal %q", r.Exit, r.Signal)
	}
}

func TestStatusOfAHostIsThatOfItsChild(t *testing.T) {
	t.Parallel()
	r := run(t, spec("host", "say", "out", "", "7"))
	if r.Exit != 7 || string(r.Stdout.Data) != "out" || strings.TrimSpace(string(r.Stderr.Data)) != "7" {
		t.Errorf("exit %d, %q, %q", r.Exit, r.Stdout.Data, r.Stderr.Data)
	}
}
