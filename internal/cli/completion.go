package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
)

func newCompletionCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "completion bash|zsh|fish|powershell",
		GroupID: groupSetUp,
		Short:   "Print the completion script of a shell",
		Long:    "Print a script that makes a shell complete commands, flags, states and ids.",
		Example: `source <(nonbis completion bash)
nonbis completion zsh > "${fpath[1]}/_nonbis"
nonbis completion fish > ~/.config/fish/completions/nonbis.fish`,
		Args:      arguments("the name of a shell: bash, zsh, fish or powershell"),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(g.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(g.Stdout)
			case "fish":
				return root.GenFishCompletion(g.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(g.Stdout)
			}
			return usagef("completion: there is no script for %q: want bash, zsh, fish or powershell", cut(args[0], 40))
		},
	}
	exits(cmd, "0  the script was printed", "2  the command line is wrong")
	return cmd
}

// completed ids: how many are offered, and how long may be looked for them.
const (
	offeredIDs    = 50
	offerPatience = 2 * time.Second
)

// completeID offers the ids that begin with what was typed.
func completeID(g *globals) cobra.CompletionFunc { return completeIDThen(g) }

// completeIDThen offers ids, then words.
func completeIDThen(g *globals, words ...string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return g.offerIDs(cmd.Context(), typed), cobra.ShellCompDirectiveNoFileComp
		case 1:
			return words, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// offerIDs lists them with what they are. A shell cannot show an error, so there
// is none.
func (g *globals) offerIDs(ctx context.Context, typed string) (ids []cobra.Completion) {
	ctx, cancel := context.WithTimeout(ctx, offerPatience)
	defer cancel()
	q := nonbis.Query{Limit: offeredIDs}
	if len(typed) > len("nb_") || !strings.HasPrefix("nb_", typed) { //nolint:gocritic // is it no more than what all ids begin with?
		var err error
		if q.Low, q.High, err = nonbis.IDRange(typed); err != nil {
			return nil
		}
	}
	s, err := g.open(ctx, openOptions{})
	if err != nil {
		return nil
	}
	defer s.close(&err)
	page, err := s.guard.List(ctx, q)
	if err != nil {
		return nil
	}
	for _, r := range page.Records {
		id := s.short(ctx, r.ID)
		if !strings.HasPrefix(id, typed) { // it is longer
			id = r.ID.String()
		}
		ids = append(ids, cobra.CompletionWithDesc(id, fmt.Sprintf("%s %s %s", r.State, safe(r.Operation), safe(r.Task))))
	}
	return ids
}

// complete offers the values of a flag.
func complete(cmd *cobra.Command, flag string, values []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // no such flag
	}
}
