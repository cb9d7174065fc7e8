package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

type listOptions struct {
	task, operation string
	states          []string
	held            bool
	limit           int
	json            bool
}

func newListCommand(g *globals) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:     "ls [flags]",
		Aliases: []string{"list"},
		GroupID: groupLook,
		Short:   "List effects, the newest first",
		Long: `List the effects of the namespace, the newest first.

What owners left behind is noticed first: an effect whose process is gone is
shown, and recorded, as unknown. WHEN is when an effect got into its state.`,
		Example: `nonbis ls --held                            what waits for a person
nonbis ls --task weekly-report-2026-47
nonbis ls --state unknown,disputed --json   one JSON object a line, without bodies`,
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runList(cmd.Context(), g, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.task, "task", "", "only of this `TASK`")
	f.StringVar(&o.operation, "operation", "", "only of this `OPERATION`")
	f.StringSliceVar(&o.states, "state", nil, "only in this `STATE`: claimed, sending, unknown, disputed, applied or not-applied;\nmay be repeated, or a list with commas")
	f.BoolVar(&o.held, "held", false, "only what waits for a person: held or disputed effects")
	f.IntVar(&o.limit, "limit", 100, "at most `N`; 0: all")
	f.BoolVar(&o.json, "json", false, "one JSON object a line, as of show, without the recorded body")
	complete(cmd, "state", stateNames())
	exits(cmd, "0  the list is complete, or stderr says that there is more; it may be empty", "1  the ledger could not be read", "2  the command line is wrong")
	return cmd
}

// listPage is how many records are read and laid out at a time.
const listPage = 500

func runList(ctx context.Context, g *globals, o listOptions) (err error) {
	q := nonbis.Query{Task: o.task, Operation: o.operation, Held: o.held}
	if q.States, err = parseStates(o.states); err != nil {
		return err
	}
	if o.limit < 0 {
		return usagef("--limit %d: want a number from 0 on", o.limit)
	}
	s, err := g.open(ctx, openOptions{})
	if missing, ok := errors.AsType[*setup.MissingError](err); ok {
		g.notice("%s", missing.Error())
		return nil
	}
	if err != nil {
		return err
	}
	defer s.close(&err)
	columns, _ := terminalSize(g.Stdout)
	out := &lister{stdout: g.Stdout, session: s, table: newTable(columns), color: g.colored()}
	for left := o.limit; ; left -= q.Limit {
		if q.Limit = listPage; o.limit > 0 {
			q.Limit = min(listPage, left)
		}
		page, err := s.guard.List(ctx, q)
		if err != nil {
			return err
		}
		if err := out.page(ctx, page.Records, o.json); err != nil {
			return err
		}
		if page.Next == "" {
			break
		}
		if o.limit > 0 && left <= q.Limit {
			g.notice("there are more than %d: --limit N shows more, --limit 0 all", o.limit)
			break
		}
		q.After = page.Next
	}
	if out.shown == 0 {
		g.notice("no effects%s", matching(o))
	}
	return nil
}

func matching(o listOptions) string {
	if o.task != "" || o.operation != "" || o.held || len(o.states) > 0 {
		return " that match"
	}
	return ""
}

func parseStates(names []string) (states []nonbis.State, err error) {
	for _, name := range names {
		state, err := nonbis.ParseState(strings.TrimSpace(name))
		if err != nil {
			return nil, &usageError{fmt.Errorf("--state: %w", err)}
		}
		states = append(states, state)
	}
	return states, nil
}

func stateNames() (names []string) {
	for s := nonbis.StateClaimed; s <= nonbis.StateNotApplied; s++ {
		names = append(names, s.String())
	}
	return names
}

// lister prints pages of records.
type lister struct {
	stdout  io.Writer
	session *session
	table   *table
	color   bool
	shown   int
}

func (l *lister) page(ctx context.Context, records []*nonbis.Record, asJSON bool) error {
	if asJSON {
		l.shown += len(records)
		for _, r := range records {
			if err := writeJSON(l.stdout, viewOf(r, false)); err != nil {
				return err
			}
		}
		return nil
	}
	if l.shown == 0 && len(records) > 0 {
		l.table.row("ID", paint(l.color, plainColor, "STATE"), "WHEN", "TASK", "OPERATION", "NOTE")
	}
	for _, r := range records {
		l.shown++
		l.table.row(l.name(ctx, r.ID), paint(l.color, stateColor(r.State), r.State.String()), ago(now(), r.Updated),
			orDash(cut(safe(r.Task), 48)), cut(safe(r.Operation), 40), safe(noteOf(r)))
	}
	return l.table.flush(l.stdout, "")
}

// askedIDs is how many rows are given the shortest id that is unique: that takes
// a question each. In a longer list an id has as many characters as no two share.
const (
	askedIDs    = 1000
	certainName = 20
)

func (l *lister) name(ctx context.Context, id nonbis.ID) string {
	if l.shown > askedIDs {
		return id.String()[:len("nb_")+certainName]
	}
	return l.session.short(ctx, id)
}

// noteOf is what a reader of the list should know besides.
func noteOf(r *nonbis.Record) string {
	var notes []string
	if r.Repeat != "" {
		notes = append(notes, "repeat "+r.Repeat)
	}
	if r.Occurrence > 1 {
		notes = append(notes, fmt.Sprintf("occurrence %d", r.Occurrence))
	}
	if n := len(r.Attempts); n > 1 {
		notes = append(notes, fmt.Sprintf("%d attempts", n))
	}
	switch {
	case r.Hold != "":
		notes = append(notes, "held: "+r.Hold)
	case r.State == nonbis.StateDisputed:
		notes = append(notes, "held: findings contradict each other")
	case r.Pruned:
		notes = append(notes, "pruned")
	}
	if r.Summary != "" {
		notes = append(notes, r.Summary)
	}
	return strings.Join(notes, "; ")
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
