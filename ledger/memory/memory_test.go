package memory_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/ledgertest"
	"github.com/nonbis/nonbis/ledger/memory"
)

var harness = ledgertest.Harness{
	Scale: scale(),
	Open:  func(_ testing.TB, clock nonbis.Clock) nonbis.Ledger { return memory.New(clock) },
}

// scale is LAB_SCALE, 1 by default.
func scale() int {
	n, _ := strconv.Atoi(os.Getenv("LAB_SCALE")) // 0 when it is not set
	return n
}

func TestLedger(t *testing.T) { ledgertest.Run(t, harness) }

func BenchmarkLedger(b *testing.B) { ledgertest.Bench(b, harness) }
