package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

// BenchmarkRecords measures effects in a ledger that already has as many records
// as BENCH_RECORDS says (default 0 and a million), beside the raw ceiling in the
// same file, and reads of the newest page and of one task.
func BenchmarkRecords(b *testing.B) {
	sizes := os.Getenv("BENCH_RECORDS")
	if sizes == "" {
		sizes = "0,1000000"
	}
	for text := range strings.SplitSeq(sizes, ",") {
		size, err := strconv.Atoi(text)
		check(b, err)
		b.Run(fmt.Sprintf("records=%d", size), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "ledger.db")
			l := open(b, path)
			g := nonbis.New(l, nil)
			effect(b, g, 1) // the names that the rows refer to
			raw := openCeiling(b, path)
			raw.fill(b, size)
			compare(b, 64, raw, g)
			newest := millis(b, func() error {
				_, err := l.List(context.Background(), nonbis.Query{Namespace: "default", Limit: 100})
				return err
			})
			task := millis(b, func() error {
				_, err := l.List(context.Background(), nonbis.Query{Namespace: "default", Task: "task-1", Limit: 100})
				return err
			})
			b.ReportMetric(newest, "ms-newest")
			b.ReportMetric(task, "ms-task")
		})
	}
}

// fill adds rows that look like applied effects, a hundred thousand a commit.
func (c *ceiling) fill(b *testing.B, rows int) {
	b.Helper()
	const batch = 100_000
	for left := rows; left > 0; left -= batch {
		_, err := c.conn.ExecContext(b.Context(), `
			WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < ?1)
			INSERT INTO effects (n, id, id_tail, base, fingerprint, namespace, operation, scope, occurrence, identity_kind, created, terms, task,
				task_key, state, revision, fence, generation, due_line, due, due_wall, updated, applied, attempts, result_info, result)
			SELECT ?2 + i, randomblob(16), zeroblob(16), zeroblob(32), zeroblob(32), 1, 2, 0, 1, 0, ?3, 0, 'task-' || (?2 + i),
				((?2 + i) >> 12) << 40 | (random() & 0xffffffffff), 5, 2, 1, 0, 0, 0, 0, ?3, ?3, ?4, '{"n":1,"r":true}', '{"id":"msg_0123456789abcdef","status":"accepted"}'
			FROM i`, min(left, batch), c.last, time.Now().UnixNano(), c.updateArgs[7].Value)
		check(b, err)
		c.last += int64(min(left, batch))
	}
}

// millis is the median time of ten calls.
func millis(b *testing.B, call func() error) float64 {
	b.Helper()
	var times []float64
	for range 10 {
		start := time.Now()
		check(b, call())
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	return median(times)
}
