//go:build unix

package command

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// sentByTerminal reports whether sig, which this process got, reached the child
// as well: Ctrl-C and Ctrl-\ go to every process of the terminal's foreground
// group. A second SIGINT makes many programs quit without cleaning up.
//
// Who sent a signal cannot be seen, so in the foreground of a terminal a
// `kill -INT` at this process alone is taken for a Ctrl-C. SIGTERM always
// reaches the child.
func sentByTerminal(sig os.Signal, child int) bool {
	if sig != syscall.SIGINT && sig != syscall.SIGQUIT {
		return false
	}
	group := unix.Getpgrp()
	childs, err := unix.Getpgid(child)
	return err == nil && childs == group && foregroundGroup() == group
}

// foregroundGroup returns the process group that the controlling terminal has
// in the foreground, or 0 without one. It changes with job control, so it is
// asked for each time.
func foregroundGroup() int {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err == nil {
		defer func() { _ = unix.Close(tty) }()
		if group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP); err == nil {
			return group
		}
	}
	// Sandboxes have the terminal but no /dev/tty.
	for fd := range 3 {
		if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil {
			return group
		}
	}
	return 0
}
