package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
)

// failure is the contract of an error in JSON: one object on stderr,
// {"error": {…}}.
type failure struct {
	Code          string `json:"code"`    // the kind's code, or "failed"
	Message       string `json:"message"` // for people
	Effect        string `json:"effect,omitempty"`
	RetryAfter    int64  `json:"retry_after,omitempty"` // seconds, at least 1
	NewEffectSafe bool   `json:"new_effect_safe"`       // may a new effect be sent for the same wish?
	Outcome       string `json:"outcome"`               // what this error says of the effect: applied, not-applied or unknown
}

// fail reports an error, in one line.
func (g *globals) fail(err error, asJSON bool) {
	if e, ok := errors.AsType[*exitError](err); ok && e.err == nil {
		return
	}
	if !asJSON {
		g.notice("%s", err.Error())
		return
	}
	kind := kindOf(err)
	f := failure{Code: "failed", Message: oneLine(err.Error()), Outcome: outcomeOf(kind).String()}
	if kind != 0 {
		f.Code, f.NewEffectSafe = kind.Error(), kind.Meaning().NewEffectSafe
	}
	if e, ok := errors.AsType[*nonbis.Error](err); ok {
		if !e.ID.IsZero() {
			f.Effect = e.ID.String()
		}
		if e.RetryAfter > 0 {
			f.RetryAfter = max(1, int64(e.RetryAfter.Seconds()))
		}
	}
	_ = writeJSON(g.Stderr, map[string]failure{"error": f}) // nobody is left to be told
}

// outcomeOf is what a kind of error alone says about the effect.
func outcomeOf(kind nonbis.Kind) nonbis.Outcome {
	switch kind {
	case nonbis.ErrResultGone:
		return nonbis.OutcomeApplied
	case nonbis.ErrNotApplied, nonbis.ErrInvalid:
		return nonbis.OutcomeNotApplied
	case nonbis.ErrUnknown, nonbis.ErrInFlight, nonbis.ErrMismatch, nonbis.ErrDisputed, nonbis.ErrUnavailable,
		nonbis.ErrNotFound, nonbis.ErrStale, nonbis.ErrRefused:
	}
	return nonbis.OutcomeUnknown
}

// notice tells a person something, in one line on stderr.
func (g *globals) notice(format string, args ...any) {
	fmt.Fprintln(g.Stderr, "nonbis: "+oneLine(fmt.Sprintf(format, args...)))
}

// maxMessage is how many characters of a message are printed.
const maxMessage = 2000

// oneLine keeps a message to one line that is safe to print.
func oneLine(message string) string {
	message = cut(message, maxMessage)
	lines := strings.FieldsFunc(message, func(c rune) bool { return c == '\n' || c == '\r' })
	return safe(strings.Join(lines, "; "))
}

// wantsJSON reports whether --json was given, even when the flags could not be
// parsed to the end.
func wantsJSON(cmd *cobra.Command, args []string) bool {
	if cmd == nil {
		return false
	}
	flag := cmd.Flags().Lookup("json")
	if flag == nil || flag.Changed {
		return flag != nil && flag.Value.String() == "true"
	}
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json")
}
