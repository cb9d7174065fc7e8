package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkRun measures what nonbis run adds to a command that does nothing: whole
// processes, in turns with the command alone; the medians are reported.
func BenchmarkRun(b *testing.B) {
	dir := b.TempDir()
	binary := filepath.Join(dir, "nonbis")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "github.com/nonbis/nonbis/cmd/nonbis")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	// The least that any Go program costs here, process and all.
	empty := filepath.Join(dir, "empty")
	source := filepath.Join(dir, "empty.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", empty, source).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	run := func(args ...string) float64 {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "NONBIS_LEDGER="+filepath.Join(dir, "ledger.db"))
		start := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
		return float64(time.Since(start).Microseconds()) / 1000
	}
	var alone, floor, first, replayed []float64
	for n := 0; b.Loop(); n++ {
		task := fmt.Sprint("task-", n)
		alone, floor = append(alone, run("true")), append(floor, run(empty))
		first = append(first, run(binary, "run", "--quiet", "--task", task, "--", "true"))
		replayed = append(replayed, run(binary, "run", "--quiet", "--task", task, "--", "true"))
	}
	median := func(ms []float64) float64 { slices.Sort(ms); return ms[len(ms)/2] }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(alone), "ms-true")
	b.ReportMetric(median(floor), "ms-empty-go")
	b.ReportMetric(median(first), "ms-run")
	b.ReportMetric(median(replayed), "ms-replay")
	b.ReportMetric(median(first)-median(alone), "ms-added")
}
