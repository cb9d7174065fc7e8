// Package record writes down, in order, what a process does to the files of one
// folder, and what it has acknowledged in between.
package record

import "github.com/nonbis/nonbis"

// Kind is the kind of an [Operation].
type Kind uint8

// The kinds of operation.
const (
	Create      Kind = iota + 1 // File appears as Name
	Write                       // Data at Offset of File
	Truncate                    // File gets the size Offset
	Sync                        // all of File so far is durable
	SyncFolder                  // all names so far are durable
	Link                        // File has the name To as well
	Rename                      // File has the name To instead of Name
	Remove                      // Name is gone
	Acknowledge                 // callers have been told Told
	Accepting                   // a person's acceptance of the ledger has begun
	Accepted                    // and was acknowledged
)

// Operation is one thing that was done.
type Operation struct {
	Kind     Kind
	File     int // files are counted in the order in which they were created
	Name, To string
	Offset   int64
	Data     []byte
	Told     Snapshot
}

// Recording is all that a run did.
type Recording struct {
	Operations []Operation
	Intents    map[nonbis.ID]nonbis.Intent // what each effect was claimed with last
	History    []nonbis.Change             // as the ledger had it in the end
}
