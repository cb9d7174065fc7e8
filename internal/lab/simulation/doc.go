// Package simulation runs guards, one ledger and hostile providers for a day of
// virtual time, from a seed, and lets the judge decide from the three logs whether
// every effect happened once. All of it is in the tests.
//
// A world has three processes on one to three machines, over one ledger. Each has
// its own owner, guard and clock. It crashes at calls of the ledger, during sends
// and at random times, and is started again as another owner; it is paused past
// its lease; wall clocks jump; machines are started again; the ledger is slow,
// fails before a commit, after it, or commits after it has failed; callers lose
// patience, retry at random, and come back with another payload.
//
// What nobody can promise is left out of the world, and nothing else:
//
//   - A process is paused while it calls the ledger, and after its bytes have left;
//     never between its last look at the clock and its write.
//   - A provider applies a late request, and lists it, within the settle time that
//     the terms state.
//   - Keys are called keys (Terms.KeyWindow) only where the provider gives the first
//     answer, or a conflict, to whoever repeats one: also while it works on the first.
//   - Where a key may be repeated by another machine or after a restart, its age rests
//     on wall clocks: there they agree, and are never set back. They jump as they like
//     in the worlds of one machine that is not started again.
//   - A person decides by what the provider has, after the last attempt can have
//     been applied.
//   - A sender does not panic when its caller has left: that would end the process
//     of the test. It may end its goroutine.
//
// The resolver runs when something is due, not every second of the day: that is
// all that makes a day cheap.
package simulation
