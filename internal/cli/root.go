package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globals is what all commands share: the streams, and the flags that every
// command has.
type globals struct {
	Streams
	flags                                          *pflag.FlagSet
	ledger, namespace, config, logFormat, logLevel string
}

// The groups of commands, in the order of help.
const (
	groupRun    = "run"
	groupLook   = "look"
	groupDecide = "decide"
	groupSetUp  = "setup"
)

func newRootCommand(g *globals) *cobra.Command {
	root := &cobra.Command{
		Use:   "nonbis",
		Short: "Make the side effects of retrying programs happen once",
		Long: `Nonbis makes the side effects of retrying programs happen once. It keeps a ledger
of what was done, and answers a call that is made again from it.`,
		Example: `nonbis run --task invoice-4711 -- ./charge.sh 49.00   runs it
nonbis run --task invoice-4711 -- ./charge.sh 49.00   replays it
nonbis ls --held                                      what waits for a person`,
		SilenceErrors: true, // Main reports them, in one line
		SilenceUsage:  true,
	}
	root.Version = version().String()
	root.SetVersionTemplate("{{.Version}}\n")
	onlySubcommands(root)
	root.AddGroup(
		&cobra.Group{ID: groupRun, Title: "Run"},
		&cobra.Group{ID: groupLook, Title: "Look"},
		&cobra.Group{ID: groupDecide, Title: "Decide"},
		&cobra.Group{ID: groupSetUp, Title: "Set up"},
	)
	f := root.PersistentFlags()
	g.flags = f
	f.StringVar(&g.ledger, "ledger", "", "the `URL` of the ledger: a path, or sqlite:PATH (NONBIS_LEDGER; default\nnonbis/ledger.db in your data folder)")
	f.StringVar(&g.namespace, "namespace", "", "the `NAME` that effects live under (NONBIS_NAMESPACE; default \"default\")")
	f.StringVar(&g.config, "config", "", "the configuration `FILE` (NONBIS_CONFIG); this version has no settings,\nand refuses a file with any")
	f.StringVar(&g.logFormat, "log-format", "text", "the `FORMAT` of the log on stderr: text or json; default text")
	f.StringVar(&g.logLevel, "log-level", "warn", "the least `LEVEL` that is logged: debug, info, warn or error; default warn")
	root.SetFlagErrorFunc(flagProblem)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { printHelp(cmd) })
	root.SetUsageFunc(func(cmd *cobra.Command) error { printHelp(cmd); return nil })
	root.SetHelpCommand(newHelpCommand())
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		newRunCommand(g), newListCommand(g), newShowCommand(g), newTailCommand(g), newIDCommand(g),
		newResolveCommand(g), newPruneCommand(g), newTokenCommand(g),
		newLedgerCommand(g), newDoctorCommand(g), newDemoCommand(g), newChaosCommand(g), newCompletionCommand(g), newVersionCommand(g),
	)
	return root
}
