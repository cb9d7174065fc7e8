package cli

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

type tailOptions struct {
	lines    int
	noFollow bool
	json     bool
}

func newTailCommand(g *globals) *cobra.Command {
	var o tailOptions
	cmd := &cobra.Command{
		Use:     "tail [flags]",
		GroupID: groupLook,
		Short:   "Follow what happens to effects, live",
		Long: `Print the latest changes of the namespace, then each new one as it is recorded by
any process: when, which effect, the state it got into, its task and operation.
Ctrl-C ends it.`,
		Example: "nonbis tail\nnonbis tail -n 100 --no-follow\nnonbis tail --json | jq -r 'select(.state == \"unknown\") | .id'",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return runTail(ctx, g, o)
		},
	}
	f := cmd.Flags()
	f.IntVarP(&o.lines, "lines", "n", 10, "begin with the last `N` changes")
	f.BoolVar(&o.noFollow, "no-follow", false, "end after these")
	f.BoolVar(&o.json, "json", false, "one JSON object a line: seq, at, id, namespace, task, operation, state, outcome,\nfence, revision")
	exits(cmd, "0  it was ended by Ctrl-C or SIGTERM, or with --no-follow all was shown", "1  the ledger could not be read", "2  the command line is wrong")
	return cmd
}

func runTail(ctx context.Context, g *globals, o tailOptions) (err error) {
	if o.lines < 0 {
		return usagef("--lines %d: want a number from 0 on", o.lines)
	}
	s, err := g.open(ctx, openOptions{create: !o.noFollow})
	if err != nil {
		return err
	}
	defer s.close(&err)
	defer func() {
		if ctx.Err() != nil { // it was told to end; that a question was cut short is no failure
			err = nil
		}
	}()
	f := newFeed(s)
	views, err := f.latest(ctx, o.lines)
	if err != nil {
		return err
	}
	if err := g.printChanges(views, o.json); err != nil || o.noFollow {
		return err
	}
	ticks, stop := tick(tailPeriod)
	defer stop()
	for {
		views, more, err := f.batch(ctx)
		if err != nil {
			return err
		}
		if err := g.printChanges(views, o.json); err != nil {
			return err
		}
		if more {
			continue
		}
		select {
		case <-ticks:
		case <-ctx.Done():
			return nil
		}
	}
}

func (g *globals) printChanges(views []changeView, asJSON bool) error {
	color := g.colored()
	for _, v := range views {
		if asJSON {
			if err := writeJSON(g.Stdout, v); err != nil {
				return err
			}
			continue
		}
		line := fmt.Sprintf("%s  %s  %s  %-24s  %s", v.At.Format("15:04:05.000"), v.ID.String()[:len("nb_")+shownPrefix],
			paint(color, stateColor(v.State), fmt.Sprintf("%-11s", v.State)), orDash(cut(safe(v.Task), 48)), safe(v.Operation))
		if _, err := fmt.Fprintln(g.Stdout, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}
