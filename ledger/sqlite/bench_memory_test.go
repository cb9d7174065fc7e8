package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/nonbis/nonbis"
)

// BenchmarkMemory measures the heap and the goroutines of a ledger with a guard
// that has nothing to do, and what each effect adds while it is being sent.
func BenchmarkMemory(b *testing.B) {
	const inFlight = 1000
	var idle, busy, goroutines []float64
	for b.Loop() {
		before, _ := inUse()
		g := nonbis.New(open(b, filepath.Join(b.TempDir(), "ledger.db")), nil)
		effect(b, g, 1)
		after, quiet := inUse()
		idle = append(idle, float64(after-before)/1024)
		var sending, over sync.WaitGroup
		finish := make(chan struct{})
		sending.Add(inFlight)
		for n := range inFlight {
			over.Go(func() {
				_, err := nonbis.Do(context.Background(), g, nonbis.Effect{Task: fmt.Sprint(n), Operation: "bench.send", Payload: n},
					func(context.Context, nonbis.Attempt) (int, error) { sending.Done(); <-finish; return 1, nil })
				if err != nil {
					b.Error(err)
				}
			})
		}
		sending.Wait()
		now, many := inUse()
		busy = append(busy, float64(now-after)/1024/inFlight)
		goroutines = append(goroutines, float64(many-quiet)/inFlight)
		close(finish)
		over.Wait()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(idle), "KiB-idle")
	b.ReportMetric(median(busy), "KiB-sending")
	b.ReportMetric(median(goroutines), "goroutines-sending")
}

// inUse is Go's memory, stacks included, and the number of goroutines. SQLite's
// own page cache, at most 8 MB a connection, is not part of it.
func inUse() (bytes int64, goroutines int) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse), runtime.NumGoroutine()
}
