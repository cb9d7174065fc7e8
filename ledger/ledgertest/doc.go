// Package ledgertest is the suite that every ledger passes. A back end's test is
// one call, and its benchmark another:
//
//	func TestLedger(t *testing.T)      { ledgertest.Run(t, harness) }
//	func BenchmarkLedger(b *testing.B) { ledgertest.Bench(b, harness) }
//
//	var harness = ledgertest.Harness{
//		Features: ledgertest.Features{Persistent: true},
//		Open:     func(tb testing.TB, clock nonbis.Clock) nonbis.Ledger { … },
//		Reopen:   func(tb testing.TB, l nonbis.Ledger, clock nonbis.Clock) nonbis.Ledger { … },
//	}
//
// What a ledger does is said by [nonbis.Ledger]; what may become of a record, by
// the rules of the root package, which a ledger calls inside its transactions.
// The suite does not: its expectations are tables of its own, written from the
// design, and a random walk beside the memory ledger. Beyond the comments of the
// seam it holds every ledger to the following.
//
//   - Now is the clock that Open was given, read inside the transaction, for
//     everything that is decided or stored.
//   - Times are kept to the nanosecond, in UTC, for as long as they fit an int64 (to
//     the year 2262); an unset time is read back unset. Ticks and durations are any
//     int64.
//   - Bytes are read back as they were written. Of lists and bytes, empty and nil
//     may be confused, but not of the body of a result: without one there is only a
//     receipt.
//   - A record answered by a method equals the record that Get returns, and belongs
//     to the caller.
//   - Newest first means by creation, whatever the wall clock said. A record that is
//     created while somebody turns pages appears on none of the later ones.
//   - A limit of zero is none.
//   - The revision grows by one with every change, and History has an entry for each.
//   - A note that is not valid text may be changed, but never costs the outcome that
//     it came with.
//
// The random walk is run by rapid: -rapid.checks and -rapid.steps make it longer,
// and a failure prints the seed that repeats it. Run the suite under the race
// detector too.
package ledgertest
