package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
)

type resolveOptions struct {
	note, result, token string
	yes, json           bool
}

func newResolveCommand(g *globals) *cobra.Command {
	var o resolveOptions
	cmd := &cobra.Command{
		Use:     "resolve ID applied|not-applied [flags]",
		GroupID: groupDecide,
		Short:   "Say whether an unknown effect happened",
		Long: `Settle an effect that nobody else can: say that it happened (applied), or that it
did not (not-applied). "happened" and "did-not-happen" mean the same.

  applied      it is never sent again; the same call is answered with --result FILE
  not-applied  the same call may send it, under a new provider key

It is a person's decision: it is refused off a terminal and inside an agent's
environment, unless an operator token is given (see nonbis token operator). An
effect whose process is alive cannot be settled as not applied, nor one whose
process cannot be seen from here before its deadline. A disputed effect can only be
closed as applied.

--result FILE is what the same call is answered with: JSON, or for a command any
file, which becomes its standard output.`,
		Example: `nonbis resolve nb_k3jx5v2abc not-applied --note "nothing in the outbox"
nonbis resolve nb_k3jx5v2abc applied --result invoice.json`,
		Args: arguments("an ID, and applied or not-applied", "applied or not-applied"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runResolve(cmd.Context(), g, o, args[0], args[1])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.note, "note", "", "`TEXT` that is kept as evidence: who says so, and why")
	f.StringVar(&o.result, "result", "", "answer the same call with this `FILE`; - is stdin")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.StringVar(&o.token, "operator-token", "", "the operator `TOKEN` (better NONBIS_OPERATOR_TOKEN: others can see arguments)")
	f.BoolVar(&o.json, "json", false, "print the effect as it is then, as show --json does")
	cmd.ValidArgsFunction = completeIDThen(g, "applied", "not-applied")
	exits(cmd, "0  the effect is settled as asked, now or before", "1  it is not: refused, not found, still in flight, changed meanwhile, answered with no,\n   or the ledger cannot be used", "2  the command line is wrong")
	return cmd
}

// maxNote is how long a note may be: as much as evidence keeps.
const maxNote = 4096

func runResolve(ctx context.Context, g *globals, o resolveOptions, id, word string) (err error) {
	outcome, err := nonbis.ParseOutcome(word)
	switch {
	case err != nil:
		return &usageError{err}
	case o.result != "" && outcome != nonbis.OutcomeApplied:
		return usagef("--result: only what happened has a result")
	case o.result == "-" && isTerminal(g.Stdin) && !o.yes:
		return usagef("--result -: stdin cannot give the result and answer the question: add --yes, or name a file")
	case len(o.note) > maxNote:
		return usagef("--note: %d bytes are too many: at most %d", len(o.note), maxNote)
	}
	if err := checkID(id); err != nil {
		return err
	}
	if err := g.requirePerson(o.token, "settle an effect"); err != nil {
		return err
	}
	s, err := g.open(ctx, openOptions{})
	if err != nil {
		return noEffect(err, id)
	}
	defer s.close(&err)
	r, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	d := nonbis.Resolution{Outcome: outcome, Note: o.note, Revision: r.Revision}
	if o.result != "" {
		if d.Result, err = readResult(g, o.result, r.Operation); err != nil {
			return err
		}
	}
	settled := r.State.Outcome() == outcome && !r.State.Open()
	if !o.yes && !settled {
		if err := askToSettle(ctx, g, s, r, outcome); err != nil {
			return err
		}
	}
	if r, err = s.guard.Resolve(ctx, r.ID, d); err != nil {
		return err
	}
	return reportSettled(ctx, g, s, r, o.json, settled)
}

// askToSettle shows the effect and asks. Its error says that the answer was no.
func askToSettle(ctx context.Context, g *globals, s *session, r *nonbis.Record, outcome nonbis.Outcome) error {
	if isTerminal(g.Stdin) && isTerminal(g.Stderr) {
		t := newTable(0)
		about(t, r, false)
		fmt.Fprintln(g.Stderr, r.ID)
		if err := t.flush(g.Stderr, "  "); err != nil {
			return err
		}
	}
	question := "Did it happen? It will never be sent again."
	if outcome == nonbis.OutcomeNotApplied {
		question = "Are you sure that it did NOT happen? The same call will then send it."
	}
	yes, err := g.confirm(question)
	if err == nil && !yes {
		err = nonbis.Errorf(nonbis.ErrRefused, "%s stays %s: nothing was changed", s.short(ctx, r.ID), r.State)
	}
	return err
}

func reportSettled(ctx context.Context, g *globals, s *session, r *nonbis.Record, asJSON, before bool) error {
	if asJSON {
		return writeJSON(g.Stdout, viewOf(r, true))
	}
	already, then := "", "it is never sent again"
	if before {
		already = " already"
	}
	if r.State == nonbis.StateNotApplied {
		then = "the same call may send it"
	}
	_, err := fmt.Fprintf(g.Stdout, "%s is %s%s: %s\n", s.short(ctx, r.ID), r.State, already, then)
	if err == nil && r.State == nonbis.StateApplied && (r.Result == nil || !r.Result.Replayable) {
		g.notice("there is no result to answer the same call with; it gets the error %s", nonbis.ErrResultGone.Error())
	}
	return err
}
