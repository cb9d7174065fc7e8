// Package nonbis makes a side effect of a retrying program happen once.
//
// An [Effect] is one thing done to the outside world: a message, a payment, a
// deployment. It is known by its id, which is derived from the task it belongs
// to, the kind of operation, and the part of the payload that says which effect
// it is. The same call made again, by a retry, by another process or after a
// crash, has the same id, and finds what the first one left in the [Ledger].
//
//	g := nonbis.New(ledger, nil)
//	r, err := nonbis.Do(ctx, g, nonbis.Effect{
//		Task:      "invoice-4711",
//		Operation: "billing.charge",
//		Payload:   charge,
//	}, func(ctx context.Context, a nonbis.Attempt) (Receipt, error) {
//		return client.Charge(ctx, charge, a.ProviderKey)
//	})
//
// The first call sends and records; every later call is answered from the
// ledger (r.Replayed). What an attempt to send came to is one of three words:
// applied, not-applied or unknown. Only proof frees an effect for another
// attempt. An error, a timeout, a panic or a crash after sending began proves
// nothing, so it is unknown, and an unknown is never sent again because time has
// passed: it is settled by asking the provider ([Terms].Verify), by repeating
// the same provider key inside its documented window, or by a person
// ([Guard.Resolve]). A sender that knows that nothing happened says so with
// [NotApplied].
//
// A [Guard] runs effects over a ledger. Package ledger/sqlite is the embedded
// default, ledger/memory the reference model for tests. [Guard.Run] settles in
// the background what owners left behind; any number of processes may run it.
//
// What cannot be promised: a process frozen between its last look at the clock
// and its first write, a provider that applies a request later than its stated
// settle time, and a ledger rolled back together with all that stands beside it.
package nonbis
