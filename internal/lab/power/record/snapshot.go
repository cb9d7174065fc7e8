package record

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/nonbis/nonbis"
)

// Snapshot is a record as somebody was told it.
type Snapshot struct {
	ID       nonbis.ID
	Revision int64
	State    nonbis.State
	Fence    int64
	Sum      [sha256.Size]byte // of all that a revision fixes
}

// SnapshotOf leaves out what heartbeats and looks change without a new revision.
func SnapshotOf(r *nonbis.Record) Snapshot {
	c := r.Clone()
	c.Due, c.Look = nonbis.Instant{}, nonbis.Look{}
	if len(c.Aliases) == 0 {
		c.Aliases = nil
	}
	if len(c.Attempts) == 0 {
		c.Attempts = nil
	}
	if len(c.Evidence) == 0 {
		c.Evidence = nil
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain fields
	}
	return Snapshot{ID: r.ID, Revision: r.Revision, State: r.State, Fence: r.Fence, Sum: sha256.Sum256(text)}
}
