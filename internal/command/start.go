//go:build unix

package command

import (
	"io"
	"os"
	"os/exec"
)

// Start starts the child. Its error is a *NotStartedError: nothing was
// executed. Without an error the child runs, and its output is read whether or
// not anybody calls Wait.
func Start(s Spec) (*Process, error) {
	if len(s.Args) == 0 {
		return nil, notFound("", errNoCommand)
	}
	program := s.Args[0]
	path, refusal := lookUp(program, s.Env)
	if refusal != nil {
		return nil, refusal
	}
	files, err := openPipes(s)
	defer files.closeTheirs()
	if err != nil {
		files.closeOurs()
		return nil, cannotExecute(program, err)
	}

	// exec.Cmd is used for its handling of duplicate variables; it gets nothing
	// but files, so it starts no goroutine and looks nothing up.
	cmd := exec.Cmd{
		Path:       path,
		Args:       s.Args,
		Env:        append([]string{}, s.Env...), // nil would be this process's own
		Stdin:      files.stdin,
		Stdout:     files.stdout,
		Stderr:     files.stderr,
		ExtraFiles: files.extra,
	}
	if err := cmd.Start(); err != nil {
		files.closeOurs()
		return nil, execFailed(program, path, err)
	}
	// failpoint: child-started
	if files.feed != nil {
		go feed(files.feed, s.Stdin)
	}
	p := newProcess(cmd.Process, files.out, files.err)
	if s.Signals != nil {
		s.Signals.attach(cmd.Process)
	}
	return p, nil
}

// feed is not waited for: whether the child reads its input is its own affair.
func feed(to *os.File, from io.Reader) {
	_, _ = io.Copy(to, from) // a child that does not read ends it with EPIPE
	_ = to.Close()
}
