package sqlite_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/ledgertest"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

var harness = ledgertest.Harness{
	Features: ledgertest.Features{Persistent: true},
	Scale:    scale(),
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

// scale is LAB_SCALE, 1 by default.
func scale() int {
	n, _ := strconv.Atoi(os.Getenv("LAB_SCALE")) // 0 when it is not set
	return n
}

func TestLedger(t *testing.T) { ledgertest.Run(t, harness) }

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
