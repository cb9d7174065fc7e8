// Package crash ends real processes at the points where a crash matters, starts
// others, and lets the judge decide from three logs whether every effect happened
// once. Its tests are
//
//	failpoints  every marked point of the sources, by SIGKILL, by SIGSTOP past the
//	            lease, by an error or a panic, for every protection of an effect
//	run         the same for the command line, alone and with its process group
//	strace      a SIGKILL, EIO or ENOSPC at the calls by which the release binaries
//	            write and sync
//	kills       workers on one ledger that are killed at random, thousands of times
//	rules       rules of the product broken on purpose: the lab must see each
//
// LAB_SCALE multiplies how much is tried, by default 1; LAB_SEED repeats the random
// choices. The points are lines of the product's sources, see internal/failpoint.
package crash
