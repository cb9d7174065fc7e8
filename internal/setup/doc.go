// Package setup turns what a user says, in flags and in the environment, into an
// open ledger and the settings that a guard needs. The command line and the
// daemon share it, so that both mean the same by the same words.
package setup
