// Package sqlite is the embedded ledger: one file, shared by any number of
// processes of one machine.
//
// It is durable or it refuses to start: WAL with synchronous=FULL, checked after
// opening, on a SQLite without the WAL-reset bug (3.51.3 or later). All writes of
// a process go through one connection, in which one goroutine commits what has
// queued up meanwhile as one transaction (group commit): a claim or a report
// costs one fsync, shared with its neighbours. Reads have connections of their own.
//
// Beside the ledger stands a small file, PATH.epoch, with the ledger's epoch and
// the number of its latest change. A ledger that is older than that file, has
// another epoch or has lost the file may have forgotten effects; see
// [nonbis.Epoch].
package sqlite
