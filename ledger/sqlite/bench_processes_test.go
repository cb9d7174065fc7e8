package sqlite_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nonbis/nonbis"
)

// BenchmarkProcesses measures processes of eight callers each on one file. Raw
// processes have nothing but SQLite's own busy handler to take turns with.
func BenchmarkProcesses(b *testing.B) {
	for _, processes := range []int{1, 8} {
		b.Run(fmt.Sprintf("processes=%d", processes), func(b *testing.B) {
			var effects, ceilings []float64
			for b.Loop() {
				ceilings = append(ceilings, together(b, processes, "raw"))
				effects = append(effects, together(b, processes, "guard"))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(effects), "effects/s")
			b.ReportMetric(median(ceilings), "raw/s")
		})
	}
}

// together runs child processes at the same time and adds up their rates.
func together(b *testing.B, processes int, side string) (sum float64) {
	b.Helper()
	path := filepath.Join(b.TempDir(), side+".db")
	if side == "raw" {
		openCeiling(b, path) // makes the tables
	}
	children := make([]*exec.Cmd, processes)
	said := make([]strings.Builder, processes)
	for i := range children {
		c := exec.CommandContext(b.Context(), os.Args[0], "-test.run", "^TestChildOfBenchmarkProcesses$", "-test.v")
		c.Env = append(os.Environ(), "BENCH_CHILD="+side, "BENCH_PATH="+path, "BENCH_NUMBER="+strconv.Itoa(i))
		c.Stdout, c.Stderr = &said[i], &said[i]
		check(b, c.Start())
		children[i] = c
	}
	for i, c := range children {
		if err := c.Wait(); err != nil {
			b.Fatalf("%v\n%s", err, said[i].String())
		}
		_, rate, _ := strings.Cut(said[i].String(), "rate=")
		n, err := strconv.ParseFloat(strings.Fields(rate)[0], 64)
		check(b, err)
		sum += n
	}
	return sum
}

// TestChildOfBenchmarkProcesses is one of the processes; alone it does nothing.
func TestChildOfBenchmarkProcesses(t *testing.T) {
	path, number := os.Getenv("BENCH_PATH"), os.Getenv("BENCH_NUMBER")
	var work func()
	switch os.Getenv("BENCH_CHILD") {
	case "raw":
		work = openCeiling(t, path).effect
	case "guard":
		g, next := nonbis.New(open(t, path), &nonbis.Options{Namespace: "n" + number}), atomic.Int64{}
		work = func() { effect(t, g, next.Add(1)) }
	default:
		return
	}
	rate, _ := perSecond(8, work)
	t.Logf("rate=%.1f", rate)
}
