package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/command"
)

type runOptions struct {
	task, operation, repeat, key string
	stdin, secretArgs, quiet     bool
	lease, wait, settle          time.Duration
	notApplied, verify, status   string
}

func newRunCommand(g *globals) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:     "run --task T [flags] -- COMMAND [ARGUMENT…]",
		GroupID: groupRun,
		Short:   "Run a command once for a task; replay it afterwards",
		Long: `Run a command once for a task. The same command line for the same task, made
again by a retry, by another process or after a crash, is not run again: its
output and exit status are replayed.

Exit 0 means that it happened. Any other exit, and a death by signal, proves
nothing, so the effect is held until somebody finds out, unless --not-applied
says by which exits this command tells that nothing happened, or --verify can
tell. What frees is fixed when the effect is first claimed.

The child gets NONBIS_TASK, NONBIS_EFFECT (the id), NONBIS_PROVIDER_KEY (an
idempotency key for whatever it calls, the same on every attempt) and
NONBIS_ATTEMPT. Without --stdin a terminal is its input, and anything else is
/dev/null. While it, or a descendant that holds the lock it inherits, lives,
the effect is in flight.`,
		Example: `nonbis run --task invoice-4711 -- ./charge.sh 49.00
nonbis run --task deploy-2026-47 --not-applied 75 -- ./deploy.sh production
nonbis run --task report-47 --verify './sent.sh report-47' -- ./send-report.sh
nonbis run --task report-47 --repeat second -- ./send-report.sh`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return runRun(cmd.Context(), g, o, args) },
	}
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows the command is the command's
	f.StringVar(&o.task, "task", "", "the unit of work, the `NAME` that is the same on every retry (NONBIS_TASK)")
	f.StringVar(&o.operation, "operation", operationRun, "the kind of effect, a `NAME` that never changes")
	f.StringVar(&o.repeat, "repeat", "", "the `NAME` of a deliberate repetition, such as second")
	f.StringVar(&o.key, "key", "", "your own `KEY`: which effect this is, instead of the arguments")
	f.BoolVar(&o.stdin, "stdin", false, "read stdin to its end first, at most 64 MiB; it belongs to the payload, and the child reads it")
	f.DurationVar(&o.lease, "lease", 30*time.Second, "how long this process may be silent; renewed while the command runs")
	f.DurationVar(&o.wait, "wait", 5*time.Minute, "how long to wait for another run of the same effect")
	f.StringVar(&o.notApplied, "not-applied", "", "the exit `STATUSES` that say nothing happened: 75, or 6,7, or any")
	f.StringVar(&o.verify, "verify", "", "a shell `COMMAND` that is asked when the outcome is unknown: exit 0 and the word applied or not-applied")
	f.DurationVar(&o.settle, "settle", 0, "how long after the last attempt --verify may not see yet what happened")
	f.StringVar(&o.status, "status", "", "write {id, outcome, ran, replayed, exit} to this `FILE`")
	f.BoolVar(&o.secretArgs, "secret-args", false, "record no arguments, only their digest and the program's name")
	f.BoolVar(&o.quiet, "quiet", false, "say nothing on stderr but errors")
	exitsByKind(cmd)
	exits(cmd,
		"N        the command's own: it ran now, or its recorded run was replayed (128+N: signal N killed it)",
		"116      it ran, and its status is reserved here (116–119, 125–127); stderr and --status have it",
		"117      unknown: it may have happened, nothing was run; or this run could not be recorded",
		"118      another run of it is still in flight after --wait; nothing was run",
		"119      the same identity with another payload or other conditions; nothing was run",
		"125      nonbis failed before anything was run",
		"126/127  the command could not be executed / was not found; nothing was run")
	return cmd
}

// maxStdin is the most that --stdin reads, 64 MiB.
const maxStdin = 64 << 20

func runRun(ctx context.Context, g *globals, o runOptions, args []string) (err error) {
	if o.task == "" {
		o.task = g.getenv("NONBIS_TASK")
	}
	switch {
	case len(args) == 0:
		return usagef("run needs a command: nonbis run --task NAME -- COMMAND [ARGUMENT…]")
	case o.task == "":
		return usagef("run needs a task, a name that is the same on every retry: give --task NAME, or set NONBIS_TASK")
	case len(o.key) > nonbis.MaxKey:
		return usagef("the key is %d bytes long: at most %d", len(o.key), nonbis.MaxKey)
	case o.lease < time.Second:
		return usagef("--lease %s: at least 1s", o.lease)
	case o.wait < 0 || o.settle < 0:
		return usagef("--wait and --settle are not negative")
	}
	var input []byte
	if o.stdin {
		if input, err = readStdin(g.Stdin); err != nil {
			return err
		}
	}
	effect, frees, err := o.effect(args, input)
	if err != nil {
		return err
	}
	summary := make(chan string, 1)
	go func() { summary <- o.summary(args) }() // finding secrets takes as long as opening the ledger
	status, err := openStatus(o.status)
	if err != nil {
		return err
	}
	defer status.close(&err)
	s, err := g.open(ctx, openOptions{create: true, brief: true})
	if err != nil {
		return err
	}
	defer s.close(&err)
	lock, err := holdLock(s.location.Beside(""))
	if err != nil {
		return nonbis.Errorf(nonbis.ErrUnavailable, "the lock of this run cannot be made: %w", err)
	}
	defer lock.release()
	signals := command.CatchSignals()
	defer signals.Stop()
	effect.Summary = <-summary
	r := &run{
		globals: g, session: s, options: o, args: args, input: input, effect: effect, frees: frees,
		signals: signals, lock: lock, status: status,
	}
	return r.do(ctx)
}

func readStdin(from io.Reader) ([]byte, error) {
	input, err := io.ReadAll(io.LimitReader(from, maxStdin+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("stdin cannot be read: %w", err)
	case len(input) > maxStdin:
		return nil, usagef("stdin is larger than 64 MiB")
	}
	return input, nil
}
