package simulation_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/overlay"
)

// mutant is the product with one rule broken.
type mutant struct {
	name      string
	file      string
	old, text string
}

// mutants break the rules that the simulation stands guard over.
var mutants = []mutant{
	{"a lapsed lease frees the effect", "transition.go", `r.lost(now, "the lease lapsed")`, `r.Latest().Outcome = OutcomeNotApplied; r.move(StateNotApplied, now)`},
	{"an owner that is gone frees the effect", "transition.go", `r.lost(now, "the owner is gone")`, `a.Outcome = OutcomeNotApplied; r.move(StateNotApplied, now)`},
	{"an error counts as not-applied", "send.go", "return OutcomeUnknown, s.err.Error()", "return OutcomeNotApplied, s.err.Error()"},
	{"one negative look is enough", "terms.go", "return max(2, r.MinAbsent)", "return 1"},
	{"the settle time is ignored", "look.go", "wait = max(wait, r.Terms.Settle-since.AtLeast(at))", "wait = max(wait, -since.AtLeast(at))"},
	{"absence counts while an attempt may still send", "look.go", "return 0, false\n\t\t}\n\t\twait", "continue\n\t\t}\n\t\twait"},
	{"looks need no spacing", "terms.go", "time.Duration { return max(time.Second, r.Settle) }", "time.Duration { return 0 }"},
	{"a look that lost its lease counts", "look.go", "r.Look.Token != t.Token || t.Token == (Token{})", "t.Token == (Token{})"},
	{"a key is repeated after its window", "terms.go", "return r.KeyWindow - min(", "return 2*r.KeyWindow - min("},
	{"the age of a key is what the wall clock says", "clock.go", "return max(wall, tick), wall >= tick-drift", "return min(wall, tick+1000*time.Hour), true || wall >= tick-drift"},
	{"the age of anything is what the wall clock says", "clock.go", "return now.Tick - i.Tick\n", "return now.Wall.Sub(i.Wall)\n"},
	{"an unknown without a key is claimed", "intent.go", "if !in.Send || !in.mayRepeatKey(r, now) {", "if !in.Send {"},
	{"a lapsed send is taken over", "intent.go", "\tcase StateNotApplied:\n\tcase StateUnknown:", "\tcase StateNotApplied:\n\tcase StateSending:\n\t\tif !r.Due.Reached(now) {\n\t\t\treturn nil, Existing\n\t\t}\n\tcase StateUnknown:"},
	{"the loser of a claim sends", "do.go", "if claims[0].Verdict == Granted {", "if claims[0].Verdict == Granted || claims[0].Record.State == StateSending {"},
	{"waiters claim", "do.go", "if found == StateSending && r.State == StateNotApplied {", "if false && found == StateSending {"},
	{"a report is taken for the latest attempt", "report.go", "if r.Attempts[i].Fence == t.Fence && r.Attempts[i].Token == t.Token {", "if i == len(r.Attempts)-1 {"},
	{"late evidence is dropped", "report.go", "\tbefore := a.Outcome\n", "\tbefore := a.Outcome\n\tif !holds {\n\t\treturn stale(\"too late\")\n\t}\n"},
	{"a later refusal frees an earlier attempt", "report.go", "if len(r.unresolved()) > 0 { // rule 2", "if false { // rule 2"},
	{"the caller's end cancels the send", "send.go", "\tctx = context.WithoutCancel(ctx)\n\tgo func() {", "\tgo func() {"},
	{"the deadline of an attempt is not kept", "send.go", "\tif a.Deadline <= 0 {\n\t\treturn", "\tif a.Deadline != 1 {\n\t\treturn"},
	{"the fingerprint is not compared", "intent.go", "if r.Fingerprint != in.Fingerprint || (", "if ("},
	{"an answer that was not recorded is told", "send.go", "if s.recErr != nil && s.after == nil {", "if s.recErr != nil && s.after == nil && s.err == nil {\n\t\treturn s.record, s, nil\n\t}\n\tif s.recErr != nil && s.after == nil {"},
}

// once are mutants that were the product: what the simulation has found.
var once = []mutant{
	{"once: a ledger that fails while an unknown is settled ends the process", "do.go", "\t\tfresh, err := g.ledger.Get(ctx, r.ID)\n\t\tif err != nil {\n\t\t\treturn r\n\t\t}\n\t\tr = fresh\n", "\t\tif r, err = g.ledger.Get(ctx, r.ID); err != nil {\n\t\t\treturn r\n\t\t}\n"},
	{"once: a held effect is looked for without a pause", "do.go", `verdict == Inconclusive || r.Hold != "" {`, "verdict == Inconclusive {"},
}

// TestMutants breaks one rule after the other, and sees that the simulation
// notices. A plain run takes the first; LAB_MUTANTS=all, or a part of the name,
// takes others.
func TestMutants(t *testing.T) {
	which := os.Getenv("LAB_MUTANTS")
	for i, m := range slices.Concat(mutants, once) {
		if (which == "" && i > 0) || (which != "all" && !strings.Contains(m.name, which)) {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			out, caught := m.run(t)
			if !caught {
				t.Fatalf("not noticed:\n%s", out)
			}
			t.Logf("%s", strings.Join(regexp.MustCompile(`LAB_SEED=\d+: \[\w+|days=\d+|panic: .*`).FindAllString(out, -1), ", "))
		})
	}
}

// run lets the simulation run over the mutant.
func (m mutant) run(t *testing.T) (out string, caught bool) {
	t.Helper()
	o, err := overlay.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Replace(m.file, m.old, m.text); err != nil {
		t.Fatal(err)
	}
	flag, err := o.Flag()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "mutant.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", flag, "-o", binary, "github.com/nonbis/nonbis/internal/lab/simulation")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	run := exec.CommandContext(t.Context(), binary, "-test.v", "-test.run", "^TestSimulation$", "-test.timeout", "2m")
	run.Env = append(os.Environ(), "LAB_SEED=", "LAB_MUTANTS=")
	text, err := run.CombinedOutput()
	said := string(text)
	return said, err != nil && (strings.Contains(said, "LAB_SEED=") || strings.Contains(said, "panic: "))
}
