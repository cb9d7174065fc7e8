package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// call runs one command line in this process, on a disk, off a terminal.
func call(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = Main(t.Context(), args, Streams{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Environ: []string{"HOME=" + t.TempDir()},
		FileSystem: func(string) (setup.FileSystem, error) { return setup.Disk, nil },
	})
	return status, out.String(), errs.String()
}

func TestEveryCommandIsExplained(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		path := strings.Fields(cmd.CommandPath())[1:]
		status, help, errs := call(t, "", append(path, "--help")...)
		if status != 0 || errs != "" {
			t.Errorf("%v --help: exit %d, %s", path, status, errs)
		}
		for _, want := range []string{"\nUSAGE\n", "\nEXAMPLES\n"} {
			if !strings.Contains(help, want) {
				t.Errorf("%v --help has no %q", path, want)
			}
		}
		if len(path) > 0 && !strings.Contains(help, "\nEXIT STATUS\n  0 ") && cmd.Annotations[annotationKindExits] == "" {
			t.Errorf("%v --help does not say what exit 0 means", path)
		}
		for line := range strings.Lines(help) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 120 && !slices.Contains(path, "run") {
				t.Errorf("%v --help has a line of %d characters: %s", path, n, line)
			}
			if line != "\n" && strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
				t.Errorf("%v --help has a line with spaces at its end: %q", path, line)
			}
		}
	}
	visit(newRootCommand(&globals{}))
}

func TestTheJSONOfAnEffectHasTheDocumentedMembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	l, err := sqlite.Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := seed{effect: nonbis.Effect{Task: "t", Operation: "run", Payload: 1}, namespace: "default", fate: "unknown", result: `{"a":1}`}
	id, err := s.plant(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	status, out, errs := call(t, "", "show", "--json", "--ledger", path, id.String())
	if status != 0 {
		t.Fatal(errs)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	members := func(v any) (names []string) {
		for name := range v.(map[string]any) {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	want := strings.Fields(`applied_at attempts base_id created_at evidence fence fingerprint hold id namespace
		occurrence operation outcome protection repeat result revision state summary task updated_at`)
	if d := cmp.Diff(want, members(v)); d != "" {
		t.Error(d)
	}
	want = strings.Fields("body_sha256 deadline_at ended_at fence generation number outcome owner reported sent started_at")
	if d := cmp.Diff(want, members(v["attempts"].([]any)[0])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(strings.Fields("attempt body replayable sha256 size"), members(v["result"])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(strings.Fields("at attempt note says source"), members(v["evidence"].([]any)[0])); d != "" {
		t.Error(d)
	}
}

func TestListsGoOverPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	l, err := sqlite.Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	const effects = 2*listPage + 3
	var intents []nonbis.Intent
	for i := range effects {
		name, payload, err := nonbis.Effect{Task: fmt.Sprint("t", i), Operation: "run", Payload: i}.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		intents = append(intents, nonbis.Intent{Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(), Owner: nonbis.ThisProcess(), Send: true, Lease: 1 << 40})
	}
	if _, err := l.Claim(t.Context(), intents); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]int{0: effects, effects: effects, effects + 1: effects, listPage: listPage, listPage + 1: listPage + 1, 2*listPage + 2: 2*listPage + 2} {
		status, out, errs := call(t, "", "ls", "--json", "--ledger", path, "--limit", fmt.Sprint(limit))
		if got := strings.Count(out, "\n"); status != 0 || got != want {
			t.Errorf("--limit %d: exit %d, %d lines, want %d", limit, status, got, want)
		}
		if more := strings.Contains(errs, "there are more than"); more != (want < effects) {
			t.Errorf("--limit %d says %q", limit, errs)
		}
	}
	status, out, _ := call(t, "", "ledger", "verify", "--ledger", path)
	if status != 0 || out != fmt.Sprintf("ok: %d effects, %d changes\n", effects, effects) {
		t.Errorf("verify: exit %d, %s", status, out)
	}
}

func TestOversizedInputIsOneShortLine(t *testing.T) {
	long := strings.Repeat("k", 10<<20)
	for _, args := range [][]string{
		{"id", "--operation", "o", "--key", long},
		{"id", "--operation", long, "--task", "t"},
		{"id", "--operation", "o", "--task", long},
		{"id", "--operation", "o", "--task", "t", "--repeat", long},
		{"id", "--operation", "o", "--task", "t", "--identity", long},
		{"show", long},
		{"show", "nb_" + long},
		{"ls", "--namespace", long},
		{"ls", "--state", long},
		{"ls", "--" + long},
		{"ls", "--limit", long},
		{long},
		{"ls", long},
		{"ledger", long},
		{"prune", "--older-than", long},
		{"resolve", "nb_a", long},
		{"ls", "--log-level", long},
	} {
		status, out, errs := call(t, "{}", args...)
		if status != 2 || out != "" || len(errs) > 400 || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "nonbis: ") {
			t.Errorf("%.40q: exit %d, %d bytes, %.200q", args, status, len(errs), errs)
		}
	}
}
