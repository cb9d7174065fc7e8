package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

type pruneOptions struct {
	olderThan    string
	dryRun, json bool
}

// pruneView is the contract of prune --json.
type pruneView struct {
	Pruned    int       `json:"pruned"` // with dry_run: how many it would be
	DryRun    bool      `json:"dry_run"`
	Namespace string    `json:"namespace"`
	Before    time.Time `json:"before"`
}

func newPruneCommand(g *globals) *cobra.Command {
	var o pruneOptions
	cmd := &cobra.Command{
		Use:     "prune --older-than AGE [flags]",
		GroupID: groupDecide,
		Short:   "Forget the results of old effects, but not that they happened",
		Long: `Turn the effects of the namespace that are applied or not applied, and have not
changed for AGE, into tombstones: results, evidence and the task's name go; that it
happened stays, so that it is never sent again. Nothing else is touched: what is
claimed, sending, unknown or disputed is kept however old it is. Lock files that
killed runs have left behind, and that no effect needs any more, are removed.`,
		Example: "nonbis prune --older-than 90d --dry-run\nnonbis prune --older-than 90d",
		Args:    arguments(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runPrune(cmd.Context(), g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.olderThan, "older-than", "", "the least `AGE` since the last change: 30d, 2w, 12h")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say how many")
	f.BoolVar(&o.json, "json", false, "one JSON object: pruned, dry_run, namespace, before")
	exits(cmd, "0  it is done; perhaps there was nothing to prune", "1  the ledger cannot be used", "2  the command line is wrong")
	return cmd
}

func runPrune(ctx context.Context, g *globals, o pruneOptions) (err error) {
	if o.olderThan == "" {
		return usagef("prune needs --older-than AGE, as in --older-than 30d")
	}
	age, err := parseAge(o.olderThan)
	if err != nil {
		return usagef("--older-than: %w", err)
	}
	v := pruneView{DryRun: o.dryRun, Before: now().Add(-age)}
	s, err := g.open(ctx, openOptions{})
	if missing, ok := errors.AsType[*setup.MissingError](err); ok {
		g.notice("%s", missing.Error())
		set, err := g.settings()
		if err != nil {
			return err
		}
		v.Namespace = set.namespace
		return printPruned(g, v, o.json)
	}
	if err != nil {
		return err
	}
	defer s.close(&err)
	v.Namespace = s.namespace
	if v.Pruned, err = s.ledger.Prune(ctx, nonbis.PruneQuery{Namespace: s.namespace, Before: v.Before, DryRun: o.dryRun}); err != nil {
		return err
	}
	if !o.dryRun {
		if err := s.pruneLocks(ctx); err != nil {
			return err
		}
	}
	return printPruned(g, v, o.json)
}

func printPruned(g *globals, v pruneView, asJSON bool) error {
	if asJSON {
		return writeJSON(g.Stdout, v)
	}
	verb := "pruned"
	if v.DryRun {
		verb = "would be pruned"
	}
	_, err := fmt.Fprintf(g.Stdout, "%s %s: not changed since %s\n", count(v.Pruned, "effect"), verb, instant(v.Before))
	return err
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
