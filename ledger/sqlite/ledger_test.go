package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/effort"
	"github.com/nonbis/nonbis/ledger/ledgertest"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

var harness = ledgertest.Harness{
	Features: ledgertest.Features{Persistent: true},
	Open: func(tb testing.TB, clock nonbis.Clock) nonbis.Ledger {
		tb.Helper()
		return openAt(tb, filepath.Join(tb.TempDir(), "ledger.db"), clock)
	},
	Reopen: func(tb testing.TB, l nonbis.Ledger, clock nonbis.Clock) nonbis.Ledger {
		tb.Helper()
		return openAt(tb, l.(*sqlite.Ledger).Path(), clock)
	},
	Restore: func(tb testing.TB, l nonbis.Ledger, clock nonbis.Clock) nonbis.Ledger {
		tb.Helper()
		path := l.(*sqlite.Ledger).Path()
		if err := l.Close(); err != nil {
			tb.Fatal(err)
		}
		advanceBeside(tb, path)
		return openAt(tb, path, clock)
	},
}

func TestLedger(t *testing.T) {
	h := harness
	h.Scale = effort.Scale(t)
	ledgertest.Run(t, h)
}

func BenchmarkLedger(b *testing.B) { ledgertest.Bench(b, harness) }

func openAt(tb testing.TB, path string, clock nonbis.Clock) *sqlite.Ledger {
	tb.Helper()
	l, err := sqlite.Open(tb.Context(), path, &sqlite.Options{Clock: clock})
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// advanceBeside makes the file beside the ledger speak of a million more changes.
func advanceBeside(tb testing.TB, path string) {
	tb.Helper()
	line, err := os.ReadFile(path + ".epoch")
	if err != nil {
		tb.Fatal(err)
	}
	fields := strings.Fields(string(line))
	fields[3] = "00000000000001000000"
	if err := os.WriteFile(path+".epoch", []byte(strings.Join(fields, " ")+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
}
