package record

import (
	"bytes"
	"path/filepath"
	"strings"
	"sync"

	"github.com/nonbis/nonbis"
)

// Here is the recorder of this process: what is watched are calls of package os
// and of SQLite, which nobody can hand a recorder.
var Here Recorder

// Untracked is the number of a file that is not recorded.
const Untracked = -1

// Recorder records one folder, which is empty when it begins.
type Recorder struct {
	turn sync.Mutex // held while an operation is done and written down

	mu     sync.Mutex
	folder string
	names  map[string]int
	files  int
	log    Recording
}

// Begin starts to record what happens in the folder, a path without symbolic links.
func (r *Recorder) Begin(folder string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.folder, r.names, r.files = folder, map[string]int{}, 0
	r.log = Recording{Intents: map[nonbis.ID]nonbis.Intent{}}
}

// End returns what was recorded.
func (r *Recorder) End() Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.folder = ""
	return r.log
}

// Turn keeps others from doing anything until the returned function is called:
// what is written down in between happened in that order.
func (r *Recorder) Turn() (end func()) {
	r.turn.Lock()
	return r.turn.Unlock
}

// IsFolder reports whether path is the folder that is recorded.
func (r *Recorder) IsFolder(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.folder != "" && filepath.Clean(path) == r.folder
}

// name is how a file in the folder is called. The shared memory of SQLite is left
// out: it is made anew by whoever comes first after a crash.
func (r *Recorder) name(path string) (string, bool) {
	name := filepath.Base(path)
	return name, r.folder != "" && filepath.Dir(path) == r.folder && !strings.HasSuffix(name, "-shm")
}

// Opened says that path was opened, and created if it was not there. It returns
// the number of the file.
func (r *Recorder) Opened(path string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, ok := r.name(path)
	if !ok {
		return Untracked
	}
	file, known := r.names[name]
	if !known {
		file = r.files
		r.files++
		r.names[name] = file
		r.log.Operations = append(r.log.Operations, Operation{Kind: Create, File: file, Name: name})
	}
	return file
}

// Did appends what was done to an open file.
func (r *Recorder) Did(kind Kind, file int, offset int64, data []byte) {
	if file == Untracked {
		return
	}
	r.add(Operation{Kind: kind, File: file, Offset: offset, Data: bytes.Clone(data)})
}

func (r *Recorder) add(o Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.folder != "" {
		r.log.Operations = append(r.log.Operations, o)
	}
}

// FolderSynced says that the folder was synced.
func (r *Recorder) FolderSynced() { r.add(Operation{Kind: SyncFolder}) }

// Removed says that path was removed.
func (r *Recorder) Removed(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name, ok := r.name(path); ok {
		r.log.Operations = append(r.log.Operations, Operation{Kind: Remove, File: r.names[name], Name: name})
		delete(r.names, name)
	}
}

// Linked says that from is called to as well, or with Rename only.
func (r *Recorder) Linked(kind Kind, from, to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.name(from)
	name, also := r.name(to)
	if !ok || !also {
		return
	}
	file := r.names[old]
	if kind == Rename {
		delete(r.names, old)
	}
	r.names[name] = file
	r.log.Operations = append(r.log.Operations, Operation{Kind: kind, File: file, Name: old, To: name})
}

// Acknowledged says that callers were told how a record is.
func (r *Recorder) Acknowledged(record *nonbis.Record) {
	defer r.Turn()()
	r.add(Operation{Kind: Acknowledge, Told: SnapshotOf(record)})
}

// Asked keeps what an effect was claimed with.
func (r *Recorder) Asked(id nonbis.ID, in nonbis.Intent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.Intents[id] = in
}

// Mark appends an operation that has only a kind.
func (r *Recorder) Mark(kind Kind) {
	defer r.Turn()()
	r.add(Operation{Kind: kind})
}

// Ended keeps what the ledger has in the end.
func (r *Recorder) Ended(history []nonbis.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.History = history
}
