package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

// exitError ends a command with a status of its own. Without a cause nothing is
// printed: the command has said all there is to say.
type exitError struct {
	status int
	err    error // may be nil
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is a command line that cannot be understood.
type usageError struct{ err error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Annotations of commands.
const (
	annotationExits     = "exits"      // the lines under EXIT STATUS
	annotationKindExits = "kind-exits" // a failure exits as the table of kinds says, see nonbis.Meaning
)

// exits declares what a command's exit statuses mean, one line each, such as
// "1  there is no such effect".
func exits(cmd *cobra.Command, lines ...string) {
	annotate(cmd, annotationExits, strings.Join(lines, "\n"))
}

// exitsByKind makes a command exit with the status of the kind of its error, and
// with 125 when it failed before anything was run: the contract of nonbis run.
func exitsByKind(cmd *cobra.Command) { annotate(cmd, annotationKindExits, "yes") }

func annotate(cmd *cobra.Command, name, value string) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[name] = value
}

// exitStatusOf is the exit status of a command that failed: 2 when the command
// line was wrong, else 1, unless the command has other rules.
func exitStatusOf(cmd *cobra.Command, err error) int {
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.status
	}
	_, usage := errors.AsType[*usageError](err)
	if cmd != nil && cmd.Annotations[annotationKindExits] != "" {
		if kind := nonbis.KindOf(err); kind != 0 && !usage {
			return kind.Meaning().Exit
		}
		return nonbis.ErrInvalid.Meaning().Exit
	}
	if usage {
		return 2
	}
	return 1
}

// kindOf sorts an error for those who read JSON; 0 when it has no kind.
func kindOf(err error) nonbis.Kind {
	if _, ok := errors.AsType[*usageError](err); ok {
		return nonbis.ErrInvalid
	}
	if _, ok := errors.AsType[*setup.MissingError](err); ok {
		return nonbis.ErrNotFound
	}
	return nonbis.KindOf(err)
}
