//go:build unix

package nonbis

import (
	"errors"
	"os"
	"syscall"
)

// HoldLock creates the file at path and locks it (flock) for this process and
// every process that inherits the descriptor. The lock ends when the last of
// them is gone. The path must not be recorded before this returns: until then the
// owner looks gone. The caller removes the file once the outcome is recorded.
func HoldLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	// Whoever probes the new file for a moment is waited for.
	if err := flock(f, syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return f, nil
}

// lockFate tries the lock. Without the file nothing can be said.
func lockFate(path string) Fate {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return FateUnseen
	}
	defer f.Close() // and with it the lock, if we got it
	switch err := flock(f, syscall.LOCK_SH|syscall.LOCK_NB); {
	case err == nil:
		return FateGone
	case errors.Is(err, syscall.EWOULDBLOCK):
		return FateAlive
	}
	return FateUnseen
}

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// processExists errs on the side of yes.
func processExists(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
