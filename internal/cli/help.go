package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// printHelp writes the help of a command to its stdout.
func printHelp(cmd *cobra.Command) {
	w := cmd.OutOrStdout()
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(w, "%s\n", about)
	section(w, "USAGE", usageLine(cmd))
	if cmd.HasAvailableSubCommands() {
		printCommands(w, cmd)
	}
	section(w, "EXAMPLES", cmd.Example)
	if cmd.HasParent() {
		section(w, "FLAGS", flagLines(cmd.Flags(), cmd.InheritedFlags()))
	} else {
		section(w, "FLAGS OF EVERY COMMAND", flagLines(cmd.PersistentFlags(), nil))
	}
	section(w, "EXIT STATUS", cmd.Annotations[annotationExits])
	switch {
	case cmd.HasAvailableSubCommands():
		fmt.Fprintf(w, "\n%s COMMAND --help has examples and exit statuses.\n", cmd.CommandPath())
	default:
		fmt.Fprint(w, "\nFlags of every command, such as --ledger and --namespace: nonbis --help\n")
	}
}

func section(w io.Writer, title, text string) {
	text = strings.Trim(text, "\n")
	if text == "" {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for line := range strings.Lines(text) {
		fmt.Fprint(w, "  "+line)
	}
	fmt.Fprintln(w)
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	line := cmd.Parent().CommandPath() + " " + cmd.Use
	if len(cmd.Aliases) > 0 {
		line += "\n" + cmd.Parent().CommandPath() + " " + strings.Join(cmd.Aliases, ", ") + " …"
	}
	return line
}

// printCommands lists subcommands by group.
func printCommands(w io.Writer, cmd *cobra.Command) {
	groups := cmd.Groups()
	if len(groups) == 0 {
		groups = []*cobra.Group{{Title: "Commands"}}
	}
	for _, g := range groups {
		var lines strings.Builder
		for _, c := range cmd.Commands() {
			if c.GroupID == g.ID && c.IsAvailableCommand() {
				fmt.Fprintf(&lines, "%-10s  %s\n", c.Name(), c.Short)
			}
		}
		section(w, strings.ToUpper(g.Title), lines.String())
	}
}

// flagLines lists flags with what they take, in the order of their declaration,
// without those of except. That there is help need not be said in it.
func flagLines(flags, except *pflag.FlagSet) string {
	var names, texts []string
	width := 0
	flags.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || (except != nil && except.Lookup(f.Name) != nil) {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		names, texts = append(names, name), append(texts, text)
		width = max(width, len(name))
	})
	var b strings.Builder
	for i, name := range names {
		text := strings.ReplaceAll(texts[i], "\n", "\n"+strings.Repeat(" ", width+2))
		fmt.Fprintf(&b, "%-*s  %s\n", width, name, text)
	}
	return b.String()
}

func newHelpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Explain a command",
		GroupID: groupSetUp,
		Example: "nonbis help ls\nnonbis help ledger verify",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return usagef("%w", err)
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			printHelp(about)
			return nil
		},
	}
	exits(cmd, "0  help was shown", "2  there is no such command")
	return cmd
}
