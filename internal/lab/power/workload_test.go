package power

import (
	"bytes"
	"encoding/gob"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/overlay"
	"github.com/nonbis/nonbis/internal/lab/power/record"
)

const ledgerFolder = "ledger/sqlite"

// build makes the workload, over a ledger whose files are watched: its sources
// stay as they are, but for the import of package os. Its driver is watched from
// within, see record/engine. edit may change more.
func build(t *testing.T, edit func(*overlay.Overlay) error) (program string) {
	t.Helper()
	o, err := overlay.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := edit(o); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob(filepath.Join(o.Root(), ledgerFolder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	watched := 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		err := o.Edit(ledgerFolder+"/"+filepath.Base(source), func(text []byte) ([]byte, error) {
			watched += bytes.Count(text, []byte("\n\t\"os\"\n"))
			return bytes.Replace(text, []byte("\n\t\"os\"\n"), []byte("\n\tos \"github.com/nonbis/nonbis/internal/lab/power/record/files\"\n"), 1), nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if watched == 0 {
		t.Fatal("no source of the ledger imports package os: what it does to files is not seen")
	}
	flag, err := o.Flag()
	if err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(t.TempDir(), "workload")
	out, err := exec.CommandContext(t.Context(), "go", "build", flag, "-o", program, "github.com/nonbis/nonbis/internal/lab/power/workload").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func unchanged(*overlay.Overlay) error { return nil }

// run records one run of the workload in an empty folder. It returns the file of the
// recording.
func run(t *testing.T, program, folder string, env ...string) string {
	t.Helper()
	to := filepath.Join(t.ArtifactDir(), "recording")
	cmd := exec.CommandContext(t.Context(), program, folder, to)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return to
}

func load(t *testing.T, from string) (r record.Recording) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}
