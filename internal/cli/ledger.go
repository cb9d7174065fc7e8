package cli

import "github.com/spf13/cobra"

func newLedgerCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ledger",
		GroupID: groupSetUp,
		Short:   "Check a ledger, or accept a restored one",
		Example: "nonbis ledger verify\nnonbis ledger accept",
	}
	onlySubcommands(cmd)
	cmd.AddCommand(newVerifyCommand(g), newAcceptCommand(g))
	exits(cmd, "0  help was shown", "2  there is no such command")
	return cmd
}
