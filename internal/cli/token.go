package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
)

func newTokenCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "token",
		GroupID: groupDecide,
		Short:   "Make the token by which a script may decide",
		Example: "nonbis token operator",
	}
	onlySubcommands(cmd)
	cmd.AddCommand(newTokenOperatorCommand(g))
	exits(cmd, "0  help was shown", "2  there is no such command")
	return cmd
}

func newTokenOperatorCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "operator",
		Short: "Make the operator token of a ledger",
		Long: `Make the operator token of a ledger, and print it, once. With it nonbis resolve and
nonbis ledger accept work off a terminal: for an on-call script, never for an
agent. It works on a terminal only, and not inside an agent's environment.

Beside the ledger a file of mode 0600, LEDGER.operator, keeps its digest. Making a
new token replaces the old one. To take it back, remove the file.`,
		Example: "nonbis token operator\nNONBIS_OPERATOR_TOKEN=$(pass nonbis/operator) nonbis resolve nb_k3jx5v2abc applied",
		Args:    arguments(),
		RunE:    func(*cobra.Command, []string) error { return runTokenOperator(g) },
	}
	exits(cmd, "0  the token was made and is on stdout", "1  it was not made: not a terminal, an agent's environment, answered with no, or the\n   file cannot be written", "2  the command line is wrong")
	return cmd
}

func runTokenOperator(g *globals) error {
	if _, err := g.settings(); err != nil {
		return err
	}
	if err := g.atTerminal("make an operator token", "do it in a terminal of your own"); err != nil {
		return err
	}
	l, err := g.locate()
	if err != nil {
		return err
	}
	if l.Default {
		if err := os.MkdirAll(filepath.Dir(l.Path), 0o700); err != nil {
			return err
		}
	}
	switch _, err := os.Lstat(l.Beside(operatorFile)); {
	case err == nil:
		yes, err := g.confirm(fmt.Sprintf("The ledger %s has an operator token. Replace it? The old one will be refused.", safe(l.Path)))
		if err != nil || !yes {
			return errors.Join(err, nonbis.Errorf(nonbis.ErrRefused, "the old token stays; nothing was changed"))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	token, err := makeOperatorToken(l)
	if err != nil {
		return fmt.Errorf("the operator token could not be made: %w", err)
	}
	g.notice("this is the operator token of %s; it is shown only now, and %s keeps its digest", l.Path, l.Beside(operatorFile))
	_, err = fmt.Fprintln(g.Stdout, token)
	return err
}
