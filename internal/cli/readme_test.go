package cli

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme runs the first minute as it is written, in one shell, and compares
// what it prints with what the README says, ids and all. Only times may differ.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^<!-- ([a-z: -]+) -->\n```[a-z]*\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks[m[1]] = m[2]
	}
	var script, want string
	for _, name := range []string{"first-minute", "pulled-plug"} {
		if blocks[name] == "" || blocks[name+": output"] == "" {
			t.Fatalf("README.md has no block %s, or not its output", name)
		}
		script += blocks[name]
		want += blocks[name+": output"]
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "exec 2>&1\n"+script)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), "NONBIS_NAMESPACE=default")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if diff := cmp.Diff(steady(want), steady(string(out))); diff != "" {
		t.Errorf("-written +printed\n%s", diff)
	}
}

// steady takes out what differs from run to run.
func steady(text string) string {
	text = regexp.MustCompile(`\((now|\d+s ago)\)|it ran (now|\d+s ago)`).ReplaceAllString(text, "(now)")
	lines := strings.Split(text, "\n")
	kept := lines[:0]
	for _, line := range lines {
		if !strings.Contains(line, "warning: the ledger") { // of a folder in memory
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
