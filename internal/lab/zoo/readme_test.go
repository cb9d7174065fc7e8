package zoo

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write README.md")

func TestREADMETellsOfAllBugs(t *testing.T) {
	want := readme(load(t), loadRivals(t))
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("README.md"); err != nil || string(got) != want {
		t.Errorf("README.md is not up to date: go test ./internal/lab/zoo -update writes it (%v)", err)
	}
}

// readme is the text of README.md.
func readme(bugs []bug, rivals []rival) string {
	var s strings.Builder
	fmt.Fprintf(&s, `# The bug zoo

%d bugs, each of which breaks a rule of the design (§4) or repeats a mistake that another system of this kind has
made. `+"`go test -tags zoo ./internal/lab/zoo`"+` puts each over the sources and demands that its test fails.
This file is written by `+"`go test ./internal/lab/zoo -update`"+` from bugs/ and rivals.txt.

| bug | what is wrong | rule or rival | caught by |
|---|---|---|---|
`, len(bugs))
	cell := func(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
	for _, b := range bugs {
		breaks := slices.Clone(b.rivals)
		if len(b.rules) > 0 {
			breaks = append([]string{"rule " + strings.Join(b.rules, ", ")}, breaks...)
		}
		fmt.Fprintf(&s, "| [%s](bugs/%s.txtar) | %s | %s | %s `%s` |\n", b.name, b.name, cell(b.what), strings.Join(breaks, ", "), b.path(), cell(b.pattern))
	}
	s.WriteString("\nRules that have no bug, since this version does not have what they are about:\n\n")
	for n := 1; n <= rules; n++ {
		if why := notYet[strconv.Itoa(n)]; why != "" {
			fmt.Fprintf(&s, "- %d, %s\n", n, why)
		}
	}
	s.WriteString("\nThe mistakes of rivals:\n\n")
	for _, r := range rivals {
		fmt.Fprintf(&s, "- %s: %s\n", r.name, r.mistake)
	}
	return s.String()
}
