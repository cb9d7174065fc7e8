//go:build linux

package crash_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/effort"
	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/lab/overlay"
)

// broken is a rule of the product that is broken on purpose, and the trial in
// which the lab must see it.
type broken struct {
	name       string
	change     func(*overlay.Overlay) error
	at         place
	protection string
	rules      string // of the judge: one of them must be violated
}

func replace(file, old, text string) func(*overlay.Overlay) error {
	return func(o *overlay.Overlay) error { return o.Replace(file, old, text) }
}

func both(a, b func(*overlay.Overlay) error) func(*overlay.Overlay) error {
	return func(o *overlay.Overlay) error { return errors.Join(a(o), b(o)) }
}

const claimLine = "\t\tclaims, err := g.ledger.Claim("

var brokenRules = []broken{
	{
		"the intent is recorded after the send",
		replace("do.go", claimLine, "\t\tearly, earlyErr := c.send(ctx, Attempt{ID: in.Name.ID(), Number: 1, Fence: 1})\n"+
			"\t\tc.send = func(context.Context, Attempt) (any, error) { return early, earlyErr }\n"+claimLine),
		place{"claim-in-transaction", calling, 1, "kill", ""},
		"none", "I1 I2",
	},
	{
		"a lapse frees",
		replace("transition.go", "before the outcome was recorded\")\n\tr.becomeUnknown(now)", "\")\n\ta.Outcome = OutcomeNotApplied\n\tr.move(StateNotApplied, now)"),
		place{"request-sent", calling, 1, "kill", ""},
		"none", "I1 I5",
	},
	{
		"a panic counts as not-applied",
		replace("send.go", "return OutcomeUnknown, fmt.Sprintf(\"the sender panicked", "return OutcomeNotApplied, fmt.Sprintf(\"the sender panicked"),
		place{"request-sent", calling, 1, "panic", ""},
		"none", "I1 I5",
	},
	{
		"a group is told before its commit",
		both(
			replace("ledger/sqlite/writer.go", "\t\t// failpoint: commit-begun\n", "\t\tfor _, j := range *group {\n\t\t\tclose(j.done)\n\t\t}\n\t\t// failpoint: commit-begun\n"),
			replace("ledger/sqlite/writer.go", "\t\tfor _, j := range group {\n\t\t\tclose(j.done)\n", "\t\tfor range group[:0] {\n"),
		),
		place{"commit-begun", calling, 1, "linger", ""},
		"none", "I1 I2",
	},
	{
		"a claim that was rolled back is sent",
		replace("ledger/sqlite/writer.go", "\t\tj.err = failed\n", "\t\tj.err = nil\n"),
		place{"claim-in-transaction", calling, 1, "eio", ""},
		"none", "I1 I2",
	},
}

// TestCrashLabSeesBrokenRules breaks rules of the product, one at a time, and wants
// the judge to say so, at the third try at the latest: what happens between real
// processes depends on the machine's load. At scale 1 it breaks one, from 5 on all.
func TestCrashLabSeesBrokenRules(t *testing.T) {
	mustBuild(t, plain)
	first := int(seed(t) % uint64(len(brokenRules)))
	seen := 0
	for n := range min(effort.Scale(t), len(brokenRules)) {
		b := brokenRules[(first+n)%len(brokenRules)]
		bin := mustBuild(t, func() (binaries, error) {
			return build(strings.ReplaceAll(b.name, " ", "-"), workerProgram, b.change, arm, hasten)
		})
		wanted := func(v judge.Violation) bool { return slices.Contains(strings.Fields(b.rules), v.Rule) }
		var found []judge.Violation
		for try := 0; try < 3 && !slices.ContainsFunc(found, wanted); try++ {
			found = b.try(t, bin, len(brokenRules)*try+n)
		}
		if slices.ContainsFunc(found, wanted) {
			seen++
		} else {
			t.Errorf("%s: the lab does not see it: want one of %s, got %v", b.name, b.rules, found)
		}
		t.Logf("%s: %v", b.name, found)
	}
	t.Logf("lab: crash-rules broken=%d seen=%d of=%d seed=%d", min(effort.Scale(t), len(brokenRules)), seen, len(brokenRules), seed(t))
}

// try lets a broken product crash once, and returns what the judge finds.
func (b *broken) try(t *testing.T, bin binaries, n int) []judge.Violation {
	t.Helper()
	l := newLab(t, b.name, bin, n)
	l.tolerant = true
	var f findings
	inParallel([]func(){func() {
		defer l.close()
		c := &crash{lab: l, place: b.at, mode: b.at.modes, protection: b.protection, task: "task"}
		c.run()
		f = l.judge()
	}})
	return f.violations
}
