package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

// round is how long each side of a comparison runs at a time.
const round = time.Second

// BenchmarkDo measures effects through the guard beside the raw ceiling.
func BenchmarkDo(b *testing.B) {
	for _, callers := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			raw := openCeiling(b, filepath.Join(b.TempDir(), "ceiling.db"))
			g := nonbis.New(open(b, filepath.Join(b.TempDir(), "ledger.db")), nil)
			compare(b, callers, raw, g)
		})
	}
}

// compare runs both sides in turns, so that a machine whose speed drifts slows
// both. Each iteration is a round of each; -benchtime 5x makes five, and the
// medians are reported.
func compare(b *testing.B, callers int, raw *ceiling, g *nonbis.Guard) {
	b.Helper()
	var next atomic.Int64
	next.Store(time.Now().UnixNano())
	var ceilings, effects, ratios, rawCPU, cpu []float64
	for b.Loop() {
		c, u := perSecond(callers, raw.effect)
		raw.rest(b)
		e, v := perSecond(callers, func() { effect(b, g, next.Add(1)) })
		rawCPU, cpu = append(rawCPU, u), append(cpu, v)
		ceilings, effects, ratios = append(ceilings, c), append(effects, e), append(ratios, 100*e/c)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(effects), "effects/s")
	b.ReportMetric(median(ceilings), "raw/s")
	b.ReportMetric(median(ratios), "%ceiling")
	b.ReportMetric(median(cpu), "cpu-µs")
	b.ReportMetric(median(rawCPU), "raw-cpu-µs")
}

// BenchmarkReplay measures answers from the ledger, over a thousand effects: that
// this process knows, and that only the file does.
func BenchmarkReplay(b *testing.B) {
	const known = 1000
	for _, fresh := range []bool{false, true} {
		for _, callers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("fresh=%t/callers=%d", fresh, callers), func(b *testing.B) {
				path := filepath.Join(b.TempDir(), "ledger.db")
				g := nonbis.New(open(b, path), nil)
				for n := range known {
					effect(b, g, int64(n))
				}
				var replays []float64
				for b.Loop() {
					var next atomic.Int64
					most := int64(1 << 40)
					if fresh { // each effect is replayed once
						g, most = nonbis.New(open(b, path), nil), known
					}
					start := time.Now()
					var wg sync.WaitGroup
					for range callers {
						wg.Go(func() {
							for n := next.Add(1); n <= most && time.Since(start) < round; n = next.Add(1) {
								effect(b, g, n%known)
							}
						})
					}
					wg.Wait()
					replays = append(replays, float64(min(next.Load(), most))/time.Since(start).Seconds())
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(median(replays), "replays/s")
			})
		}
	}
}

// BenchmarkFsync is what the disk allows: pairs of a 4 KiB write and its fsync.
func BenchmarkFsync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	check(b, err)
	defer f.Close()
	block := make([]byte, 4096)
	var pairs []float64
	for b.Loop() {
		p, _ := perSecond(1, func() {
			for range 2 {
				_, err := f.WriteAt(block, 0)
				check(b, err)
				check(b, f.Sync())
			}
		})
		pairs = append(pairs, p)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(pairs), "pairs/s")
}

func effect(tb testing.TB, g *nonbis.Guard, n int64) {
	tb.Helper()
	_, err := nonbis.Do(context.Background(), g, nonbis.Effect{
		Task: fmt.Sprint("task-", n), Operation: "bench.send", Payload: map[string]any{"to": "ada@example.org", "number": n},
	}, func(context.Context, nonbis.Attempt) (map[string]string, error) {
		return map[string]string{"id": "msg_0123456789abcdef", "status": "accepted"}, nil
	})
	if err != nil {
		tb.Error(err)
	}
}

// perSecond runs work in so many goroutines for a round. cpu is what one piece of
// it costs in µs of all cores: unlike the rate, it hardly depends on the neighbours.
func perSecond(callers int, work func()) (rate, cpu float64) {
	var count atomic.Int64
	var over atomic.Bool
	var wg sync.WaitGroup
	start, used := time.Now(), cpuTime()
	for range callers {
		wg.Go(func() {
			for !over.Load() {
				work()
				count.Add(1)
			}
		})
	}
	time.AfterFunc(round, func() { over.Store(true) })
	wg.Wait()
	n := float64(count.Load())
	return n / time.Since(start).Seconds(), float64((cpuTime() - used).Microseconds()) / n
}

// cpuTime is what this process has used, in user and system mode.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// gather takes what has queued up, and yields until that brings nothing twice.
func gather(queue chan rawJob, group []rawJob) []rawJob {
	for idle := 0; idle < 2 && len(group) < 256; {
		select {
		case j, ok := <-queue:
			if !ok {
				return group
			}
			group = append(group, j)
			idle = 0
		default:
			runtime.Gosched()
			idle++
		}
	}
	return group
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
