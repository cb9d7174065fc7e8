//go:build unix

package command

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// surviveBrokenPipes keeps this process alive when it writes to a standard
// output or standard error that nobody reads any more: by default the Go
// runtime then dies of SIGPIPE, and with it the record of what the child did.
// The write reports EPIPE instead, until restore is called.
//
// The signal is caught, not ignored: a child inherits what is ignored, and one
// that ignores SIGPIPE no longer ends when its reader does.
func surviveBrokenPipes() (restore func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}

// writeLive writes all of b to w, also when somebody else made the terminal or
// pipe behind w non-blocking: it is shared with the caller and, as standard
// input, with the child, and some of them do that (node, ssh). It then answers
// EAGAIN to a process that opened it as a blocking one.
func writeLive(w io.Writer, b []byte) error {
	for {
		n, err := w.Write(b)
		b = b[n:]
		switch {
		case err == nil && len(b) > 0:
			return io.ErrShortWrite
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EAGAIN) || !awaitWritable(w):
			return err
		}
	}
}

// awaitWritable waits until the file behind w takes bytes again, or has an
// error to report. It returns false when there is none to wait for.
func awaitWritable(w io.Writer) bool {
	conn, ok := w.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) {
		const forever = -1
		// Interrupted is fine: the next write finds out.
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, forever) //nolint:gosec // a descriptor is a C int
	})
	return err == nil
}
