package memory_test

import (
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/ledgertest"
	"github.com/nonbis/nonbis/ledger/memory"
)

var harness = ledgertest.Harness{
	Open: func(_ testing.TB, clock nonbis.Clock) nonbis.Ledger { return memory.New(clock) },
}

func TestLedger(t *testing.T) { ledgertest.Run(t, harness) }

func BenchmarkLedger(b *testing.B) { ledgertest.Bench(b, harness) }
