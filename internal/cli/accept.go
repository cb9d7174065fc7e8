package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
)

type acceptOptions struct {
	token     string
	yes, json bool
}

// acceptView is the contract of ledger accept --json.
type acceptView struct {
	Accepted bool   `json:"accepted"` // false: there was nothing to accept
	Suspect  string `json:"suspect"`  // what the ledger was suspected of, or ""
	Epoch    string `json:"epoch"`    // that it is in now
	Released int    `json:"released"` // effects that were held only because of it
}

func newAcceptCommand(g *globals) *cobra.Command {
	var o acceptOptions
	cmd := &cobra.Command{
		Use:   "accept [flags]",
		Short: "Trust a restored ledger as it is",
		Long: `Say that a ledger which may have forgotten effects is to be trusted as it is.

After a restore from a copy, or when the file beside it is missing, a ledger is
suspect: what it does not know may have happened all the same, so each new effect
that cannot be repeated safely is held. Accept it once you know that nothing was done
after the copy was made, or have made up for it. What was held only because of the
suspicion is then not applied, so that the same call may send it.

It is a person's decision, like nonbis resolve.`,
		Example: "nonbis ledger accept\nnonbis ledger accept --ledger restored.db --yes",
		Args:    arguments(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runAccept(cmd.Context(), g, o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.StringVar(&o.token, "operator-token", "", "the operator `TOKEN` (better NONBIS_OPERATOR_TOKEN: others can see arguments)")
	f.BoolVar(&o.json, "json", false, "one JSON object: accepted, suspect, epoch, released")
	exits(cmd, "0  the ledger is trusted, now or before", "1  it is not: refused, answered with no, or it cannot be used", "2  the command line is wrong")
	return cmd
}

func runAccept(ctx context.Context, g *globals, o acceptOptions) (err error) {
	if err := g.requirePerson(o.token, "accept a ledger"); err != nil {
		return err
	}
	s, err := g.open(ctx, openOptions{})
	if err != nil {
		return err
	}
	defer s.close(&err)
	epoch, err := s.ledger.Epoch(ctx)
	if err != nil {
		return err
	}
	v := acceptView{Accepted: epoch.Suspect != "", Suspect: epoch.Suspect}
	if v.Accepted {
		if err := askToAccept(g, s, epoch, o.yes); err != nil {
			return err
		}
		if err := s.ledger.Accept(ctx); err != nil {
			return err
		}
	}
	// Also when it was accepted before: that run may have ended halfway.
	if v.Released, err = release(ctx, s.ledger); err != nil {
		return err
	}
	if epoch, err = s.ledger.Epoch(ctx); err != nil {
		return err
	}
	v.Epoch = epoch.ID
	return printAccepted(g, s, v, o.json)
}

func askToAccept(g *globals, s *session, epoch nonbis.Epoch, yes bool) error {
	g.notice("the ledger %s is suspect: %s", s.location.Path, epoch.Suspect)
	if yes {
		return nil
	}
	yes, err := g.confirm("Trust it as it is? What it does not know can then be sent.")
	if err == nil && !yes {
		err = nonbis.Errorf(nonbis.ErrRefused, "the ledger stays suspect: nothing was changed")
	}
	return err
}

// release settles, in all namespaces, the effects that are unknown only because
// the ledger was suspect when they were asked for.
func release(ctx context.Context, l nonbis.Ledger) (released int, err error) {
	q := nonbis.Query{States: []nonbis.State{nonbis.StateUnknown}, Limit: listPage}
	for {
		page, err := l.List(ctx, q)
		if err != nil {
			return released, err
		}
		var transitions []nonbis.Transition
		for _, r := range page.Records {
			if onlyForgotten(r) {
				transitions = append(transitions, nonbis.Transition{
					ID: r.ID, Event: nonbis.EventResolve, Outcome: nonbis.OutcomeNotApplied, Note: "ledger accepted", Revision: r.Revision,
				})
			}
		}
		if len(transitions) > 0 {
			results, err := l.Advance(ctx, transitions)
			if err != nil {
				return released, err
			}
			for _, res := range results {
				switch {
				case res.Err == nil:
					released++
				case !errors.Is(res.Err, nonbis.ErrStale) && !errors.Is(res.Err, nonbis.ErrRefused): // settled by another meanwhile
					return released, res.Err
				}
			}
		}
		if q.After = page.Next; q.After == "" {
			return released, nil
		}
	}
}

// onlyForgotten reports whether nothing but a suspicion speaks for the effect
// having happened.
func onlyForgotten(r *nonbis.Record) bool {
	suspected := false
	for i := range r.Attempts {
		a := &r.Attempts[i]
		switch {
		case isForgotten(a) && a.Outcome == nonbis.OutcomeUnknown:
			suspected = true
		case a.Outcome != nonbis.OutcomeNotApplied:
			return false
		}
	}
	return suspected
}

// isForgotten reports whether the attempt stands for one that a suspect ledger
// may have forgotten: nobody ever claimed it.
func isForgotten(a *nonbis.AttemptRecord) bool {
	return a.Owner == nonbis.Owner{} && a.Token == nonbis.Token{}
}

func printAccepted(g *globals, s *session, v acceptView, asJSON bool) error {
	if asJSON {
		return writeJSON(g.Stdout, v)
	}
	text := "was trusted already"
	if v.Accepted {
		text = "is trusted from now on"
	}
	_, err := fmt.Fprintf(g.Stdout, "the ledger %s %s; %s released\n", safe(s.location.Path), text, count(v.Released, "effect"))
	return err
}
