package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagProblem says in one line what is wrong with a flag, and which one may have
// been meant.
func flagProblem(cmd *cobra.Command, err error) error {
	see := "; see " + cmd.CommandPath() + " --help"
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if short := e.GetSpecifiedShortnames(); short != "" {
			return usagef("unknown flag -%s%s", e.GetSpecifiedName(), see)
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(e.GetSpecifiedName(), names); near != "" {
			return usagef("unknown flag --%s: did you mean --%s?", e.GetSpecifiedName(), near)
		}
		return usagef("unknown flag --%s%s", cut(e.GetSpecifiedName(), 80), see)
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usagef("--%s needs a value%s", e.GetFlag().Name, see)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usagef("--%s: %q is not a %s", e.GetFlag().Name, cut(e.GetValue(), 80), kindOfFlag(e.GetFlag()))
	}
	return usagef("%w%s", err, see)
}

func kindOfFlag(f *pflag.Flag) string {
	switch t := f.Value.Type(); {
	case strings.HasPrefix(t, "int"), strings.HasPrefix(t, "uint"):
		return "whole number"
	case t == "bool":
		return "choice: want true or false"
	case t == "duration":
		return "duration: want one like 30s, 5m or 12h"
	default:
		return t
	}
}

// onlySubcommands makes a command without work of its own: alone it shows help,
// and what is no subcommand is an error with a suggestion.
func onlySubcommands(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownCommand(cmd, args[0])
	}
}

func unknownCommand(parent *cobra.Command, name string) error {
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(append(names, c.Name()), c.Aliases...)
		}
	}
	if near := nearest(name, names); near != "" {
		return usagef("unknown command %q: did you mean %q?", cut(name, 80), strings.TrimPrefix(parent.CommandPath()+" "+near, "nonbis "))
	}
	return usagef("unknown command %q; see %s --help", cut(name, 80), parent.CommandPath())
}

// arguments checks how many there are; names says what they are, those that may
// be left out in brackets.
func arguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			return usagef("%s: unexpected argument %q; see %s --help", cmd.Name(), cut(args[len(names)], 80), cmd.CommandPath())
		}
		if len(args) < len(names) && !strings.HasPrefix(names[len(args)], "[") {
			return usagef("%s needs %s; see %s --help", cmd.Name(), names[len(args)], cmd.CommandPath())
		}
		return nil
	}
}

// nearest is the name that word is most likely a misspelling of, or "".
func nearest(word string, names []string) (near string) {
	best := 1 + min(3, max(1, len(word)/3))
	for _, name := range names {
		d := distance(word, name)
		if strings.HasPrefix(name, word) && len(word) > 1 {
			d = min(d, 1)
		}
		if d < best {
			near, best = name, d
		}
	}
	return near
}

// distance is how many letters must be changed, added, left out or swapped with
// their neighbour.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
		for j := 1; j <= len(b); j++ {
			switch {
			case i == 0:
				rows[i][j] = j
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = 1 + min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1])
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					rows[i][j] = min(rows[i][j], 1+rows[i-2][j-2])
				}
			}
		}
	}
	return rows[len(a)][len(b)]
}
