package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/nonbis/nonbis"
)

// next tells a person what can be done about an effect, with the exact commands.
func (s *session) next(ctx context.Context, g *globals, r *nonbis.Record) []string {
	command := func(what string) string {
		return fmt.Sprintf("nonbis resolve%s %s %s", g.sameLedger(), s.short(ctx, r.ID), what)
	}
	switch r.State {
	case nonbis.StateUnknown:
		lines := []string{"Nobody can tell whether it happened, so it is not sent again."}
		if r.Hold == "" {
			lines = strings.Split("It is not known whether it happened. "+unheld(r)+"\nOr settle it yourself:", "\n")
		} else {
			lines = append(lines, "Find out, from what it should have done, and say so:")
		}
		return append(lines, "",
			"  "+command("applied")+"      it happened: it is never sent again",
			"  "+command("not-applied")+"  it did not: the same call may send it")
	case nonbis.StateDisputed:
		return []string{
			"Findings contradict each other: it may have happened more than once. Look at the evidence",
			"and at the provider. It can only be closed as applied; to do it once more, name a repeat.", "",
			"  " + command("applied"),
		}
	case nonbis.StateSending, nonbis.StateClaimed:
		return []string{"It is under way. The same call waits for it and gets its answer; nonbis tail shows when it is over."}
	case nonbis.StateNotApplied:
		if r.Pruned {
			return nil
		}
		return []string{"It did not happen. The same call may send it."}
	case nonbis.StateApplied:
		if !r.Pruned && (r.Result == nil || r.Result.Body == nil || !r.Result.Replayable) {
			return []string{"It happened, and is never sent again. The same call is told so, but there is no value to", "answer it with (result-gone)."}
		}
	case nonbis.StateNone:
	}
	return nil
}

// unheld is what will happen to an unknown effect without a person.
func unheld(r *nonbis.Record) string {
	switch {
	case r.Terms.Verify && r.Due.Wall.After(now()):
		return "From " + instant(r.Due.Wall) + " on the same call asks the provider again."
	case r.Terms.Verify:
		return "The same call asks the provider."
	case r.Terms.KeyWindow > 0:
		return "Until " + instant(r.Due.Wall) + " the same call may\nrepeat it under the same provider key, which is safe."
	}
	return ""
}

// sameLedger repeats the flags that lead to the same effect. What the environment
// says need not be repeated.
func (g *globals) sameLedger() (flags string) {
	if g.ledger != "" {
		flags += " --ledger " + quoted(g.ledger)
	}
	if g.namespace != "" {
		flags += " --namespace " + quoted(g.namespace)
	}
	return flags
}

// quoted makes text one word of a POSIX shell.
func quoted(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(safe(text), "'", `'\''`) + "'"
}
