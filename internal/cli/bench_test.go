package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRun measures what nonbis run adds to a command that does nothing: whole
// processes, in turns with the command alone; the medians are reported. Beside
// them stand the page faults of a run and what one costs on this machine: a fresh
// process is little else, and virtual machines differ by two orders of magnitude.
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
	run := func(args ...string) (ms, faults float64) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "NONBIS_LEDGER="+filepath.Join(dir, "ledger.db"))
		start := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
		ms = float64(time.Since(start).Microseconds()) / 1000
		return ms, float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Minflt)
	}
	var alone, floor, first, replayed, faults []float64
	take := func(to *[]float64, args ...string) {
		ms, n := run(args...)
		*to = append(*to, ms)
		if to == &first {
			faults = append(faults, n)
		}
	}
	for n := 0; b.Loop(); n++ {
		task := fmt.Sprint("task-", n)
		take(&alone, "true")
		take(&floor, empty)
		take(&first, binary, "run", "--task", task, "--", "true")
		take(&replayed, binary, "run", "--task", task, "--", "true")
	}
	median := func(ms []float64) float64 { slices.Sort(ms); return ms[len(ms)/2] }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(alone), "ms-true")
	b.ReportMetric(median(floor), "ms-empty-go")
	b.ReportMetric(median(first), "ms-run")
	b.ReportMetric(median(replayed), "ms-replay")
	b.ReportMetric(median(first)-median(alone), "ms-added")
	b.ReportMetric(median(faults), "faults-run")
	b.ReportMetric(faultCost(b), "µs-fault")
}

// faultCost is what touching a fresh page of memory costs, in µs.
func faultCost(b *testing.B) float64 {
	b.Helper()
	const pages = 4096
	size := os.Getpagesize()
	memory, err := syscall.Mmap(-1, 0, pages*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(memory) }()
	start := time.Now()
	for i := range pages {
		memory[i*size] = 1
	}
	return float64(time.Since(start).Nanoseconds()) / 1000 / pages
}
