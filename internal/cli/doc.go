// Package cli is the command line: one file a command, and what commands share.
//
// A command is a constructor (newListCommand) that declares flags into an options
// struct, and a plain function that does the work (runList) with a context, the
// globals and those options. What a command knows of the world is [Streams], so
// that a test runs any of them in its own process.
//
// stdout carries what was asked for, and nothing else; notices and errors go to
// stderr, one line each, beginning "nonbis: ". Text that came from elsewhere is
// never written to a terminal as it came: see safe.
package cli
