//go:build unix

package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// The statuses by which shells, and env and nohup after them, tell why a
// program was not executed.
const (
	StatusCannotExecute = 126
	StatusNotFound      = 127
)

// NotStartedError says that nothing was executed: the same command can be
// started again without fear.
type NotStartedError struct {
	Program string
	Status  int // StatusCannotExecute or StatusNotFound
	Err     error
}

func (e *NotStartedError) Error() string {
	if e.Program == "" {
		return e.Err.Error()
	}
	return e.Program + ": " + e.Err.Error()
}

func (e *NotStartedError) Unwrap() error { return e.Err }

var (
	errNoCommand = errors.New("no command given")
	errNotInPath = errors.New("not found in PATH")
)

// notFound is the refusal of a program that does not exist.
func notFound(program string, err error) *NotStartedError {
	return &NotStartedError{Program: program, Status: StatusNotFound, Err: err}
}

// cannotExecute is the refusal of a program that exists, and of everything
// that a start needs besides: descriptors, memory, room for a process.
func cannotExecute(program string, err error) *NotStartedError {
	return &NotStartedError{Program: program, Status: StatusCannotExecute, Err: err}
}

// execFailed explains the error of fork or execve on path.
func execFailed(program, path string, err error) *NotStartedError {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err // without "fork/exec" and the path, which users did not type
	}
	info, statErr := os.Stat(path)
	switch {
	case errors.Is(err, syscall.ENOENT) && statErr == nil:
		// A script or a dynamic binary is there, and what it names to run it is not.
		return notFound(program, fmt.Errorf("its interpreter is missing: %w", err))
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return notFound(program, err)
	case statErr == nil && info.IsDir():
		return cannotExecute(program, fmt.Errorf("is a directory: %w", err))
	}
	return cannotExecute(program, err)
}
