//go:build unix

package command

import (
	"io"
	"os"
)

// DefaultKeep is how many bytes of each stream are kept when Spec.Keep is 0.
const DefaultKeep = 1 << 20

// Spec describes one execution.
type Spec struct {
	// Args is the program and its arguments. A program without a slash is
	// looked up in the PATH of Env, as execvp does it.
	Args []string

	// Env is the child's whole environment; nil is an empty one. Of two values
	// for one name the later counts.
	Env []string

	// Stdin is what the child reads. Nil is /dev/null. An *os.File is handed
	// over as it is, so a terminal stays one. Any other reader is copied through
	// a pipe; nobody waits for that copy once the child has ended, and a reader
	// that blocks for ever keeps one goroutine.
	Stdin io.Reader

	// Stdout and Stderr get the streams live, byte for byte; nil discards them.
	// A failing or stalled writer changes neither the child nor the recording.
	// The two are written to concurrently.
	Stdout, Stderr io.Writer

	// Lock is inherited by the child and all its descendants at descriptor 62,
	// or the next number above that is not in use. It shares the open file
	// description of this process: a flock taken on it lasts until every holder
	// has closed it, and must never be released with LOCK_UN. May be nil.
	Lock *os.File

	// Keep is how many bytes of each stream are kept; 0 means DefaultKeep.
	Keep int

	// Signals is forwarded to the child from its first instant on; nil forwards
	// nothing. It exists before Start, so that no signal is lost in between.
	Signals *Signals
}

func (s Spec) keep() int {
	if s.Keep <= 0 {
		return DefaultKeep
	}
	return s.Keep
}
