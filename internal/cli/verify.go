package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// verifyView is the contract of ledger verify --json.
type verifyView struct {
	OK       bool     `json:"ok"`
	Effects  int      `json:"effects"`
	Changes  int      `json:"changes"`  // of the history
	Problems []string `json:"problems"` // for people
	More     int      `json:"more"`     // problems that are not listed
	Suspect  string   `json:"suspect"`  // why the ledger may have forgotten effects, or ""
}

// selfVerifier is a ledger that can check what it stands on.
type selfVerifier interface {
	Verify(ctx context.Context) (problems []string, err error)
}

func newVerifyCommand(g *globals) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [flags]",
		Short: "Check a ledger and its history",
		Long: `Check the file of a ledger, and that what it remembers fits together: every id is
that of its effect's name, the history of each effect is complete and legal and ends
where its record is, fences only grow, attempts and results fit the state. All
namespaces are checked. Nothing is changed, and others may go on writing.`,
		Example: "nonbis ledger verify\nnonbis ledger verify --ledger restored.db --json",
		Args:    arguments(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runVerify(cmd.Context(), g, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object: ok, effects, changes, problems, more, suspect")
	exits(cmd, "0  no problem was found", "1  there are problems, one a line on stdout; or the ledger could not be read", "2  the command line is wrong")
	return cmd
}

func runVerify(ctx context.Context, g *globals, asJSON bool) (err error) {
	s, err := g.open(ctx, openOptions{})
	if err != nil {
		return err
	}
	defer s.close(&err)
	v := verifyView{Problems: []string{}}
	if self, ok := s.ledger.(selfVerifier); ok {
		problems, err := self.Verify(ctx)
		if err != nil {
			return err
		}
		v.Problems = append(v.Problems, problems...)
	}
	a := audit{ledger: s.ledger}
	if err := a.run(ctx); err != nil {
		return err
	}
	epoch, err := s.ledger.Epoch(ctx)
	if err != nil {
		return err
	}
	v.Problems = append(v.Problems, a.problems...)
	v.Effects, v.Changes, v.More, v.Suspect, v.OK = a.effects, a.changes, a.more, epoch.Suspect, len(v.Problems) == 0
	if err := printVerified(g, v, asJSON); err != nil {
		return err
	}
	if !v.OK {
		return &exitError{status: 1}
	}
	return nil
}

func printVerified(g *globals, v verifyView, asJSON bool) error {
	if asJSON {
		return writeJSON(g.Stdout, v)
	}
	for _, p := range v.Problems {
		if _, err := fmt.Fprintln(g.Stdout, oneLine(p)); err != nil {
			return err
		}
	}
	if v.Suspect != "" {
		g.notice("the ledger is suspect: %s; see nonbis ledger accept --help", v.Suspect)
	}
	checked := fmt.Sprintf("%s, %s", count(v.Effects, "effect"), count(v.Changes, "change"))
	if v.OK {
		_, err := fmt.Fprintf(g.Stdout, "ok: %s\n", checked)
		return err
	}
	g.notice("%s in %s", count(len(v.Problems)+v.More, "problem"), checked)
	return nil
}
