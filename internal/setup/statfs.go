//go:build linux || darwin

package setup

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// statfs repeats the call when a signal came between.
func statfs(path string, s *unix.Statfs_t) error {
	for {
		err := unix.Statfs(path, s)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return &os.PathError{Op: "statfs", Path: path, Err: err}
		}
	}
}
