package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

type showOptions struct{ json bool }

func newShowCommand(g *globals) *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:     "show ID [flags]",
		GroupID: groupLook,
		Short:   "Show one effect with its attempts and evidence, and what to do next",
		Long: `Show one effect: its attempts, what was learned about it, what it gave back, and
for an effect that nobody can settle by itself the commands that do.

ID is an id, or the beginning of one that no other effect of the namespace has.`,
		Example: `nonbis show nb_k3jx5v2abc
nonbis show --json nb_k3jx5v2abc | jq .result.body`,
		Args: arguments("an ID"),
		RunE: func(cmd *cobra.Command, args []string) error { return runShow(cmd.Context(), g, o, args[0]) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object with all that was recorded")
	cmd.ValidArgsFunction = completeID(g)
	exits(cmd, "0  the effect was shown", "1  there is no such effect, or several begin like this, or the ledger could not be read", "2  the command line is wrong")
	return cmd
}

func runShow(ctx context.Context, g *globals, o showOptions, id string) (err error) {
	if err := checkID(id); err != nil {
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
	if o.json {
		return writeJSON(g.Stdout, viewOf(r, true))
	}
	return s.describe(ctx, g, r)
}

// noEffect says of an effect that was asked for in a ledger which is not there
// that there is no such effect.
func noEffect(err error, id string) error {
	if missing, ok := errors.AsType[*setup.MissingError](err); ok {
		return nonbis.Errorf(nonbis.ErrNotFound, "there is no effect %s: %w", id, missing)
	}
	return err
}
