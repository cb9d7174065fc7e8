package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nonbis/nonbis"
)

func BenchmarkDo(b *testing.B) {
	for _, callers := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			g := nonbis.New(open(b, filepath.Join(b.TempDir(), "l.db")), nil)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range callers {
				wg.Go(func() {
					for {
						i := next.Add(1)
						if i > int64(b.N) {
							return
						}
						_, err := nonbis.Do(b.Context(), g, nonbis.Effect{Task: fmt.Sprint("task-", i), Operation: "bench.send", Payload: map[string]any{"to": "ada@example.org", "n": i}},
							func(context.Context, nonbis.Attempt) (map[string]string, error) {
								return map[string]string{"id": "msg_0123456789abcdef", "status": "accepted"}, nil
							})
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "effects/s")
		})
	}
}
