// Package power shows that what a ledger has acknowledged survives every loss of
// power. It records in order what the ledger, with its real driver, does to files
// (package record), and lets a modelled disk forget, at every operation, what was
// not synced ([Disk.Crash]). Its tests open what is left with the product itself.
//
// The disk is as bad as POSIX lets it be. What was written to a file and not yet
// synced may be there, be missing, or be there in part: any of its sectors, in any
// order; with the file's size but not its content. Names that were made, changed or
// removed are certain only after a sync of the folder; a sync of the file does not
// include its name. A sector of 512 bytes is old or new, never a mixture. What was
// synced stays: bit rot is another test, and a disk that lies about a sync is
// beyond any ledger.
//
// Of what is left, the ledger must open, not be suspected of having forgotten, hold
// every effect at least at the revision that was acknowledged and exactly as it was
// written, have a history that is the beginning of the whole one, and grant no effect
// again that may have happened. All but the first two is checked once for each
// content that the closed ledger has, and for one image in 64 besides.
//
// What the ledger does through package os is seen because the workload is built with
// that import replaced (package record/files); a write by other means, such as package
// syscall, would be missed and make the replay differ from the folder.
package power
