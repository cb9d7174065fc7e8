package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newDemoCommand(g *globals) *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:     "demo",
		GroupID: groupRun,
		Short:   "Show the problem and the cure, on this machine alone, in seconds",
		Long: `Show what happens to a payment when its answer is lost and the caller tries
again: first without Nonbis, then with it. The "provider" is a file in a temporary
folder; every line in it is a charge. All commands are real and are shown.`,
		Example: "nonbis demo",
		Args:    arguments(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), g, keep) },
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the folder, to look at the ledger afterwards")
	exits(cmd, "0  the demo ran, and each effect happened as often as it says", "1  it did not", "2  the command line is wrong")
	return cmd
}

// demo is a stage: a folder with a provider, and a ledger.
type demo struct {
	*globals
	dir, self string
	failed    bool
}

// The provider charges, and then its answer is lost: the connection is reset after
// the money moved. With LOSE=no it answers.
const demoProvider = `#!/bin/sh
echo "charged $2 for $1" >> charges.txt
[ "$LOSE" = no ] || { echo "read: connection reset by peer" >&2; exit 1; }
echo "ok: charged $2 for $1"
`

// What a provider's look-up is to an API.
const demoLookUp = `#!/bin/sh
if grep -q "for $1" charges.txt 2>/dev/null; then echo applied; else echo not-applied; fi
`

func runDemo(ctx context.Context, g *globals, keep bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "nonbis-demo-")
	if err != nil {
		return err
	}
	if keep {
		defer fmt.Fprintf(g.Stderr, "kept: %s\n", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	for name, text := range map[string]string{"charge": demoProvider, "was-charged": demoLookUp} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil { //nolint:gosec // scripts are run
			return err
		}
	}
	if err := os.Symlink(self, filepath.Join(dir, "nonbis")); err != nil {
		return err
	}
	d := &demo{globals: g, dir: dir, self: self}
	for _, act := range []func(context.Context){d.without, d.with, d.killed, d.asked} {
		act(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if d.failed {
		return &exitError{1, errors.New("the demo did not go as it says: this is a bug")}
	}
	d.say("Each line in the file is money. Next: nonbis run --task NAME -- your command")
	return nil
}

func (d *demo) without(ctx context.Context) {
	d.title("1  Without Nonbis: the answer is lost, the caller tries again")
	d.run(ctx, "./charge invoice-1 49.00", 1)
	d.run(ctx, "LOSE=no ./charge invoice-1 49.00", 0)
	d.charged("invoice-1", 2)
}

func (d *demo) with(ctx context.Context) {
	d.title("2  With Nonbis: the retry is not run, since nobody knows whether the first one charged")
	d.run(ctx, "nonbis run --task invoice-2 -- ./charge invoice-2 49.00", 1)
	d.run(ctx, "nonbis run --task invoice-2 -- ./charge invoice-2 49.00", 117)
	d.charged("invoice-2", 1)
}

func (d *demo) killed(ctx context.Context) {
	d.title("3  Killed: the recorder dies (SIGKILL) right after the charge; the retry is still not run")
	d.run(ctx, `nonbis run --task invoice-3 -- sh -c './charge invoice-3 49.00; kill -9 $PPID'`, 137)
	d.run(ctx, `nonbis run --task invoice-3 -- sh -c './charge invoice-3 49.00; kill -9 $PPID'`, 117)
	d.charged("invoice-3", 1)
}

func (d *demo) asked(ctx context.Context) {
	d.title("4  With a way to ask: what happened is found out, and the retry is answered")
	d.run(ctx, "nonbis run --task invoice-4 --verify './was-charged invoice-4' -- ./charge invoice-4 49.00", 1)
	d.run(ctx, "nonbis run --task invoice-4 --verify './was-charged invoice-4' -- ./charge invoice-4 49.00", 0)
	d.charged("invoice-4", 1)
	d.run(ctx, "nonbis ls", 0)
}

func (d *demo) title(text string) { fmt.Fprintf(d.Stdout, "\n%s\n\n", d.bold(text)) }
func (d *demo) say(text string)   { fmt.Fprintf(d.Stdout, "\n%s\n", text) }

func (d *demo) bold(text string) string {
	if !d.colored() {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// run shows a command line, runs it, and shows what came of it.
func (d *demo) run(ctx context.Context, line string, want int) {
	fmt.Fprintf(d.Stdout, "  $ %s\n", line)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec 2>&1; "+line) //nolint:gosec // the lines are the demo's own
	cmd.Dir = d.dir
	cmd.Env = append(slices.Clip(d.Environ), "NONBIS_LEDGER="+filepath.Join(d.dir, "ledger.db"), "NONBIS_NAMESPACE=default",
		"NO_COLOR=1", "PATH="+d.dir+string(os.PathListSeparator)+d.getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	for l := range strings.SplitSeq(strings.TrimRight(out.String(), "\n"), "\n") {
		if l != "" {
			fmt.Fprintf(d.Stdout, "    %s\n", paint(d.colored(), grey, safe(l)))
		}
	}
	status := cmd.ProcessState.ExitCode()
	if status < 0 { // a shell would say so
		status = 137
	}
	if err != nil {
		fmt.Fprintf(d.Stdout, "    %s\n", paint(d.colored(), grey, fmt.Sprintf("exit %d", status)))
	}
	d.failed = d.failed || status != want
}

// charged counts the lines of the file that are about an invoice.
func (d *demo) charged(invoice string, want int) {
	text, _ := os.ReadFile(filepath.Join(d.dir, "charges.txt"))
	n := strings.Count(string(text), "for "+invoice+"\n")
	color, word := green, "once"
	if n != 1 {
		color, word = red, fmt.Sprintf("%d times", n)
	}
	fmt.Fprintf(d.Stdout, "\n  %s was charged %s.\n", invoice, paint(d.colored(), color, word))
	d.failed = d.failed || n != want
}
