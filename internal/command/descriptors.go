//go:build unix

package command

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	firstExtra = 3

	// lockDescriptor is where the child has the lock. Scripts open and close 3
	// to 9 as they like and shells keep their own from 10 on; 62 is the highest
	// that is still below 63, the first that bash takes for <(…).
	lockDescriptor = 62
)

// extraFiles returns what the child gets from descriptor 3 on so that lock is
// at lockDescriptor. A nil entry is a number that is closed in the child.
//
// Handing over a list closes every number in it that has no entry, also those
// that this process itself was given to pass on: a jobserver's pipe, a socket
// of the service manager, the second <(…) of a command line. These stay where
// they are, as without the wrapper, and the lock moves up when 62 is among
// them. The files in borrowed are duplicates to be closed after the start.
func extraFiles(lock *os.File) (files, borrowed []*os.File, err error) {
	if lock == nil {
		return nil, nil, nil
	}
	// Keeps out those who open first and set close-on-exec second.
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()

	for fd := firstExtra; ; fd++ {
		passed := isPassedOn(fd)
		if fd >= lockDescriptor && !passed {
			return append(files, lock), borrowed, nil
		}
		if !passed {
			files = append(files, nil)
			continue
		}
		duplicate, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, firstExtra)
		if err != nil {
			return nil, borrowed, os.NewSyscallError("fcntl", err)
		}
		// An os.File of fd itself would close it one day.
		file := os.NewFile(uintptr(duplicate), "inherited")
		files, borrowed = append(files, file), append(borrowed, file)
	}
}

// isPassedOn reports whether fd is open and survives an exec, which is so for
// none that this process opened itself.
func isPassedOn(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}
