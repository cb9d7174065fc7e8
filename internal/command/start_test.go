//go:build unix

package command_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis/internal/command"
)

func TestNothingIsExecuted(t *testing.T) {
	t.Parallel()
	fixture := func(name string) string { return filepath.Join(fixtures, name) }
	for _, test := range []struct {
		name   string
		args   []string
		path   string // PATH of the child, if any
		status int
		cause  error
		text   string
	}{
		{"no command", nil, "", 127, nil, "no command given"},
		{"empty name", []string{""}, "", 127, nil, "no command given"},
		{"not in PATH", []string{"no-such-tool"}, "", 127, nil, "no-such-tool: not found in PATH"},
		{"empty PATH element with no such file", []string{"no-such-tool"}, "::", 127, nil, "no-such-tool: not found in PATH"},
		{"no such file", []string{fixture("missing")}, "", 127, syscall.ENOENT, "missing: no such file or directory"},
		{"below a file", []string{fixture("plain/tool")}, "", 127, syscall.ENOTDIR, "plain/tool: not a directory"},
		{"missing interpreter", []string{fixture("orphan")}, "", 127, syscall.ENOENT, "orphan: its interpreter is missing: no such file or directory"},
		{"missing interpreter in PATH", []string{"orphan"}, fixtures, 127, syscall.ENOENT, "orphan: its interpreter is missing: no such file or directory"},
		{"only a folder in PATH", []string{"folder"}, fixtures, 127, nil, "folder: not found in PATH"},
		{"not executable", []string{fixture("plain")}, "", 126, syscall.EACCES, "plain: permission denied"},
		{"not executable in PATH", []string{"tool"}, fixture("first"), 126, syscall.EACCES, "tool: permission denied"},
		{"interpreter not executable", []string{fixture("forbidden-interpreter")}, "", 126, syscall.EACCES, "forbidden-interpreter: permission denied"},
		{"a folder", []string{fixture("folder")}, "", 126, syscall.EACCES, "folder: is a directory: permission denied"},
		{"no program", []string{fixture("garbage")}, "", 126, syscall.ENOEXEC, "garbage: exec format error"},
		{"argument too long", []string{self, strings.Repeat("x", 4<<20)}, "", 126, syscall.E2BIG, "argument list too long"},
		{"argument with a zero byte", []string{self, "a\x00b"}, "", 126, syscall.EINVAL, "invalid argument"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := command.Spec{Args: test.args, Env: childEnv(), Stdin: strings.NewReader("input")}
			if test.path != "" {
				s.Env = append(s.Env, "PATH="+test.path)
			}
			_, err := command.Start(s)
			refusal, ok := errors.AsType[*command.NotStartedError](err)
			if !ok {
				t.Fatalf("error is %v, want a *NotStartedError", err)
			}
			if refusal.Status != test.status {
				t.Errorf("status %d, want %d", refusal.Status, test.status)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("error %q does not wrap %q", err, test.cause)
			}
			if !strings.HasSuffix(err.Error(), test.text) {
				t.Errorf("error %q does not end in %q", err, test.text)
			}
		})
	}
}

func TestNoRoomForTheLockIsNotStarted(t *testing.T) {
	t.Parallel()
	if r := run(t, spec("cramped", "say", "", "", "0")); r.Exit != 126 {
		t.Errorf("status %d, want 126", r.Exit)
	}
}

func TestProgramIsLookedUpInPathOfTheChild(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"tool", "folder-tool"} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := command.Spec{Args: []string{tool, "say", "found", "", "0"}, Env: append(childEnv(),
				"PATH=/no/such/folder",
				"PATH="+filepath.Join(fixtures, "first")+":"+filepath.Join(fixtures, "second"),
			)}
			if diff := cmp.Diff(command.Result{Stdout: whole("found"), Stderr: whole("")}, run(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCurrentFolderInPathCounts(t *testing.T) {
	for _, path := range []string{".", "", ":/usr/bin"} {
		t.Run(path, func(t *testing.T) {
			t.Chdir(filepath.Join(fixtures, "second"))
			s := command.Spec{Args: []string{"tool", "say", "found", "", "0"}, Env: append(childEnv(), "PATH="+path)}
			if r := run(t, s); string(r.Stdout.Data) != "found" {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestEnvironmentIsExactlyTheGivenOne(t *testing.T) {
	t.Parallel()
	s := spec("environment")
	s.Env = []string{"A=1", childVariable + "=1", "A=2", "B="}
	got := strings.Fields(string(run(t, s).Stdout.Data))
	slices.Sort(got)
	if diff := cmp.Diff([]string{"A=2", "B=", childVariable + "=1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNilEnvironmentIsEmpty(t *testing.T) {
	t.Parallel()
	r := run(t, command.Spec{Args: []string{"env"}})
	if r.Exit != 0 || r.Stdout.Size != 0 {
		t.Errorf("got %+v with output %q", r, r.Stdout.Data)
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 256<<10) // more than a pipe holds
	file := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(file, []byte("from a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()

	none := spec("copy")
	reader := spec("copy")
	reader.Stdin = strings.NewReader(big)
	handedOver := spec("copy")
	handedOver.Stdin = opened
	unread := spec("say", "here\n", "", "0")
	unread.Stdin = strings.NewReader(big)
	for _, test := range []struct {
		name string
		spec command.Spec
		want string
	}{
		{"none is empty", none, "here\n"},
		{"a reader is copied", reader, "here\n" + big},
		{"a file is handed over", handedOver, "here\nfrom a file"},
		{"a child need not read it", unread, "here\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, test.spec)
			if r.Exit != 0 || !bytes.Equal(r.Stdout.Data, []byte(test.want)) {
				t.Errorf("exit %d, %d bytes of output, want %d", r.Exit, r.Stdout.Size, len(test.want))
			}
		})
	}
}

func TestInputThatNeverComesDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	r, _ := pipe(t)
	s := spec("say", "done", "", "0")
	s.Stdin = readerOnly{r}
	if got := run(t, s); got.Exit != 0 {
		t.Errorf("exit %d", got.Exit)
	}
}
