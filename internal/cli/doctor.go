package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

type doctorOptions struct{ json bool }

func newDoctorCommand(g *globals) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:     "doctor",
		GroupID: groupSetUp,
		Short:   "Check that effects are safe here, and say what to do where they are not",
		Long: `Check the ledger that this environment leads to: where it lies, whether commits
to it are durable and how long they take, whether it has forgotten anything, who
may read it, and what waits for a person.`,
		Example: "nonbis doctor\nnonbis doctor --ledger ./nonbis.db --json",
		Args:    arguments(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), g, o) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object a line: {check, verdict, finding, advice}")
	exits(cmd, "0  nothing is wrong; there may be warnings", "1  something is wrong", "2  the command line is wrong")
	return cmd
}

// finding is what one check came to.
type finding struct {
	Check   string `json:"check"`
	Verdict string `json:"verdict"` // ok, warning, wrong
	Finding string `json:"finding"`
	Advice  string `json:"advice,omitempty"`
}

func runDoctor(ctx context.Context, g *globals, o doctorOptions) error {
	findings := g.examine(ctx)
	wrong := false
	for _, f := range findings {
		wrong = wrong || f.Verdict == "wrong"
		if o.json {
			if err := writeJSON(g.Stdout, f); err != nil {
				return err
			}
			continue
		}
		color := map[string]string{"ok": green, "warning": yellow, "wrong": red}[f.Verdict]
		fmt.Fprintf(g.Stdout, "%s  %-10s %s\n", paint(g.colored(), color, fmt.Sprintf("%-7s", f.Verdict)), f.Check, safe(f.Finding))
		if f.Advice != "" {
			fmt.Fprintf(g.Stdout, "                    → %s\n", safe(f.Advice))
		}
	}
	if wrong {
		return &exitError{status: 1}
	}
	return nil
}

// examine makes the checks, each on what the ones before have found in order.
func (g *globals) examine(ctx context.Context) (findings []finding) {
	add := func(f finding) { findings = append(findings, f) }
	location, err := g.locate()
	if err != nil {
		return []finding{{"place", "wrong", err.Error(), "name a ledger with --ledger FILE or NONBIS_LEDGER"}}
	}
	add(g.examinePlace(location))
	s, err := g.open(ctx, openOptions{})
	if missing, ok := errors.AsType[*setup.MissingError](err); ok {
		add(finding{"ledger", "ok", missing.Error(), ""})
		add(examineCommits(existingFolder(location.Path)))
		return append(findings, g.examineCaller(location))
	}
	if err != nil {
		add(finding{"ledger", "wrong", err.Error(), ""})
		return findings
	}
	defer func() { _ = s.ledger.Close() }() // nothing was written
	add(finding{"ledger", "ok", "opens; WAL, synchronous=FULL", ""})
	add(examineCommits(existingFolder(location.Path)))
	add(examineRights(location.Path))
	add(s.examineEpoch(ctx))
	add(s.examineWaiting(ctx))
	return append(findings, g.examineCaller(location))
}

func (g *globals) examinePlace(l setup.Location) finding {
	look := g.FileSystem
	if look == nil {
		look = setup.FileSystemOf
	}
	kind, err := look(existingFolder(l.Path))
	switch {
	case err != nil:
		return finding{"place", "warning", fmt.Sprintf("%s: %v", l.Path, err), "make sure that it is a disk of this machine"}
	case kind != setup.Disk:
		return finding{"place", "warning", fmt.Sprintf("%s lies on %s", l.Path, kind), "a ledger that is lost forgets what was done: name a file on a disk of this machine with --ledger"}
	}
	return finding{"place", "ok", l.Path, ""}
}

// existingFolder is the folder of a path, or the nearest one above that exists.
func existingFolder(path string) string {
	dir := filepath.Dir(path)
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			break
		}
	}
	return dir
}

// examineCommits measures what every effect waits for twice.
func examineCommits(dir string) finding {
	const tries = 21
	f, err := os.CreateTemp(dir, ".nonbis-doctor-*")
	if err != nil {
		return finding{"commits", "wrong", err.Error(), "check the rights of the folder"}
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4096)
	var took []time.Duration
	for range tries {
		start := now()
		_, err := f.WriteAt(block, 0)
		if err = errors.Join(err, f.Sync()); err != nil {
			return finding{"commits", "wrong", err.Error(), "check the disk: a ledger on it cannot be durable"}
		}
		took = append(took, now().Sub(start))
	}
	slices.Sort(took)
	median := took[tries/2]
	say := fmt.Sprintf("an fsync takes %s; an effect needs two, which callers share", median.Round(10*time.Microsecond))
	switch {
	case median < 20*time.Microsecond:
		return finding{"commits", "warning", say, "too fast for a disk: does it have a cache that survives a power cut?"}
	case median > 20*time.Millisecond:
		return finding{"commits", "warning", say, "a faster disk makes every effect faster"}
	}
	return finding{"commits", "ok", say, ""}
}

func examineRights(path string) finding {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return finding{"rights", "wrong", err.Error(), ""}
	case info.Mode().Perm()&0o077 != 0:
		return finding{"rights", "warning", fmt.Sprintf("others than its owner may use the ledger (%v)", info.Mode().Perm()), "it holds results and payloads: chmod 600 " + quoted(path)}
	}
	return finding{"rights", "ok", "only its owner may use the ledger", ""}
}

func (s *session) examineEpoch(ctx context.Context) finding {
	e, err := s.ledger.Epoch(ctx)
	switch {
	case err != nil:
		return finding{"memory", "wrong", err.Error(), ""}
	case e.Suspect != "":
		return finding{"memory", "wrong", "the ledger may have forgotten effects: " + e.Suspect, "find out what happened to it; then a person runs: nonbis ledger accept"}
	}
	return finding{"memory", "ok", "the ledger is as new as it ever was", ""}
}

// examineWaiting counts what only a person can settle.
func (s *session) examineWaiting(ctx context.Context) finding {
	const most = 1000
	held, err := s.guard.List(ctx, nonbis.Query{Held: true, Limit: most})
	if err != nil {
		return finding{"waiting", "wrong", err.Error(), ""}
	}
	disputed, err := s.guard.List(ctx, nonbis.Query{States: []nonbis.State{nonbis.StateDisputed}, Limit: most})
	if err != nil {
		return finding{"waiting", "wrong", err.Error(), ""}
	}
	n, d := len(held.Records), len(disputed.Records)
	if n+d == 0 {
		return finding{"waiting", "ok", "no effect waits for a person", ""}
	}
	return finding{"waiting", "warning", fmt.Sprintf("held: %d, disputed: %d", n, d), "see them: nonbis ls --state unknown,disputed"}
}

// examineCaller says what this environment may do.
func (g *globals) examineCaller(l setup.Location) finding {
	_, err := os.Stat(l.Beside(operatorFile))
	token := "no operator token is made"
	if err == nil {
		token = "an operator token is made"
	}
	if agent, variable := agentIn(g.Environ); agent != "" {
		return finding{"caller", "ok", fmt.Sprintf("this is the environment of %s (%s): it may run effects, and settle none; %s", agent, variable, token), ""}
	}
	return finding{"caller", "ok", "no agent is seen here: at a terminal, effects may be settled; " + token, ""}
}
