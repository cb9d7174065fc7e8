package command_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// The child is no Go program: the runtime of one changes what it starts with.
func TestChildStartsWithDefaultSignals(t *testing.T) {
	t.Parallel()
	const none = "0000000000000000"
	const hangup = "0000000000000001"
	for _, test := range []struct {
		name    string
		args    []string
		ignored string
	}{
		{"by a host that catches them", []string{"host", "/bin/cat", "/proc/self/status"}, none},
		{"under nohup", []string{"no-hangup", "host", "/bin/cat", "/proc/self/status"}, hangup},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status := string(run(t, spec(test.args[0], test.args[1:]...)).Stdout.Data)
			for _, want := range []string{"\nSigBlk:\t" + none + "\n", "\nSigIgn:\t" + test.ignored + "\n"} {
				if !strings.Contains(status, want) {
					t.Errorf("no %q in %s", want, status)
				}
			}
		})
	}
}

func TestTerminalSignalsReachTheChildOnce(t *testing.T) {
	t.Parallel()
	terminal, tty := openTerminal(t)
	report, to := pipe(t)
	s := spec("host", "signals", "3") // not through the host, which is stopped at times
	c := exec.Cmd{Path: s.Args[0], Args: s.Args, Env: s.Env, Stdin: tty, ExtraFiles: []*os.File{to}}
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	to.Close()
	t.Cleanup(func() { c.Process.Kill() })
	lines := bufio.NewScanner(report)
	lines.Scan() // ready
	var got []string
	send := func(sig syscall.Signal) {
		t.Helper()
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"\x03", "\x1c"} { // Ctrl-C, Ctrl-\
		// The host gets the signal when the child has handled its own: two that
		// are pending at the same time would become one.
		send(syscall.SIGSTOP)
		if _, err := terminal.WriteString(key); err != nil {
			t.Fatal(err)
		}
		lines.Scan()
		got = append(got, lines.Text())
		send(syscall.SIGCONT)
	}
	send(syscall.SIGTERM) // a second copy of one of the others would come before this
	for lines.Scan() {
		got = append(got, lines.Text())
	}
	if diff := cmp.Diff([]string{"SIGINT", "SIGQUIT", "SIGTERM"}, got); diff != "" {
		t.Error(diff)
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// openTerminal returns both sides of a new pseudo-terminal.
func openTerminal(t *testing.T) (terminal, tty *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return terminal, tty
}
