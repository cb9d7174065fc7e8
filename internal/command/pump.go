//go:build unix

package command

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	pumpBuffer = 16 << 10

	// largestPipe is at least what a pipe can hold: 64 KiB unless somebody
	// enlarged it, and an unprivileged process can have no more than this.
	largestPipe = 1 << 20
)

// pump reads one output of the child, records it and shows it live.
type pump struct {
	from     *os.File
	recorder *recorder
	relay    *relay

	recorded chan struct{} // closed when the two below are final
	stream   Stream
	detached bool // somebody still held the output when the recording ended
}

// newPump returns a pump and the end of its pipe that is for the child.
func newPump(to io.Writer, keep int) (*pump, *os.File, error) {
	from, childs, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	// Without deadlines the reading could not be ended before the last descendant.
	if err := from.SetReadDeadline(time.Time{}); err != nil {
		return nil, nil, errors.Join(err, from.Close(), childs.Close())
	}
	return &pump{from: from, recorder: newRecorder(keep), relay: newRelay(to), recorded: make(chan struct{})}, childs, nil
}

func (p *pump) run() {
	go p.relay.run()
	p.detached = !p.readAll()
	p.stream = p.recorder.stream()
	p.recorder = nil
	close(p.recorded)
	p.relay.end()

	// A descendant that goes on writing must not be killed by a closed pipe
	// while this process is still there to prevent it.
	_, _ = io.Copy(io.Discard, p.from)
	_ = p.from.Close()
}

// stop ends the recording with what is in the pipe now. The child must have
// ended before.
func (p *pump) stop() {
	past := time.Unix(1, 0)
	_ = p.from.SetReadDeadline(past) // fails when the end was reached already
	p.relay.release()
}

// readAll reads to the end of the stream (true) or until stop (false).
func (p *pump) readAll() bool {
	buf := make([]byte, pumpBuffer)
	for {
		n, err := p.from.Read(buf)
		p.take(buf[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return p.readRest(buf)
		}
		if err != nil {
			return true
		}
	}
}

// readRest takes what is in the pipe without waiting for more. The deadline
// may have passed while the pump waited for the relay, so this can be what the
// child itself wrote. It stops after a pipe full: what comes after that was
// written after the child's end.
func (p *pump) readRest(buf []byte) (ended bool) {
	_ = p.from.SetReadDeadline(time.Time{})
	raw, err := p.from.SyscallConn()
	if err != nil {
		return false
	}
	for read := 0; read < largestPipe; {
		var n int
		var readErr error
		err := raw.Read(func(fd uintptr) bool {
			n, readErr = unix.Read(int(fd), buf)
			return !errors.Is(readErr, syscall.EINTR)
		})
		if err != nil || readErr != nil {
			return false
		}
		if n == 0 {
			return true
		}
		p.take(buf[:n])
		read += n
	}
	return false
}

func (p *pump) take(b []byte) {
	if len(b) == 0 {
		return
	}
	p.recorder.add(b)
	p.relay.put(b)
}
