package cli

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// ownerLock is the file by which others see whether this run, or a descendant of
// its command, lives. It has a name of its own, which nobody knows before the
// claim is recorded.
type ownerLock struct {
	path string
	file *os.File
}

func holdLock(ledger string) (*ownerLock, error) {
	dir := sqlite.LockDir(ledger)
	token := nonbis.NewToken()
	l := &ownerLock{path: filepath.Join(dir, hex.EncodeToString(token[:]))}
	var err error
	l.file, err = nonbis.HoldLock(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.Mkdir(dir, 0o700); err == nil || errors.Is(err, fs.ErrExist) {
			l.file, err = nonbis.HoldLock(l.path)
		}
	}
	return l, err
}

// owner is this process with the lock.
func (l *ownerLock) owner() nonbis.Owner {
	o := nonbis.ThisProcess()
	o.Lock = l.path
	return o
}

// release removes the file: the outcome is recorded, or nothing was claimed. After
// a run that could not be recorded it is kept, since then it still tells.
func (l *ownerLock) release() {
	if l.path != "" {
		_ = os.Remove(l.path)
	}
	_ = l.file.Close()
}

// heldByOthers lets go of the lock and reports whether somebody else holds it: what
// the command has started and left behind.
func (l *ownerLock) heldByOthers() bool {
	_ = l.file.Close()
	return l.owner().Fate() == nonbis.FateAlive
}

func (l *ownerLock) keep() { l.path = "" }
