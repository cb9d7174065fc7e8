package memory_test

import (
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/effort"
	"github.com/nonbis/nonbis/ledger/ledgertest"
	"github.com/nonbis/nonbis/ledger/memory"
)

var harness = ledgertest.Harness{
	Open: func(_ testing.TB, clock nonbis.Clock) nonbis.Ledger { return memory.New(clock) },
}

func TestLedger(t *testing.T) {
	h := harness
	h.Scale = effort.Scale(t)
	ledgertest.Run(t, h)
}

func BenchmarkLedger(b *testing.B) { ledgertest.Bench(b, harness) }
