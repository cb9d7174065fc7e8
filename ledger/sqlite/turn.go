//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// turn makes the processes that write to one ledger queue up in the kernel.
// SQLite itself has no queue: who finds it locked sleeps and tries again, and a
// busy process hardly ever lets another in. The lock, on the file of the epoch,
// orders writers; that only one writes is still SQLite's own doing.
type turn struct {
	path    string
	timeout time.Duration
	file    *os.File
}

func openTurn(path string, timeout time.Duration) (*turn, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	return &turn{path: path, timeout: timeout, file: f}, err
}

// take waits until it is this process's turn.
func (t *turn) take() error {
	err := flock(t.file, syscall.LOCK_EX|syscall.LOCK_NB)
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return err
	}
	file, got := t.file, make(chan error, 1)
	go func() { got <- flock(file, syscall.LOCK_EX) }()
	timer := time.NewTimer(t.timeout)
	defer timer.Stop()
	select {
	case err := <-got:
		return err
	case <-timer.C:
	}
	// The call cannot be taken back: it gets a file of its own, to be closed when
	// the turn comes, and the next try begins afresh.
	go func() { <-got; _ = file.Close() }() //nolint:errcheck // whether it got the turn or not
	next, err := openTurn(t.path, t.timeout)
	if err == nil {
		t.file = next.file
	}
	return errors.Join(fmt.Errorf("another process has been writing for %s: try again, and look for one that hangs", t.timeout), err)
}

// give lets the next process write.
func (t *turn) give() { _ = flock(t.file, syscall.LOCK_UN) }

func (t *turn) close() error { return t.file.Close() }

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
