//go:build unix

package command

import (
	"io"
	"sync"
)

// relayQueue is how far the child may be ahead of the live writer, in bytes.
// Beyond it the child has to wait, as it would if it wrote there itself.
const relayQueue = 64 << 10

// relay shows a stream live. It is apart from the reading of the stream so
// that a writer that stalls or fails cannot hold up the recording for ever.
type relay struct {
	to   io.Writer
	done chan struct{} // closed when nothing more will be written

	mu      sync.Mutex
	changed *sync.Cond
	queue   []byte
	hurry   bool  // the child has ended: do not make the recording wait
	ended   bool  // nothing more will be queued
	failed  error // what to returned; nothing more is queued
}

func newRelay(to io.Writer) *relay {
	if to == nil {
		to = io.Discard
	}
	r := &relay{to: to, done: make(chan struct{})}
	r.changed = sync.NewCond(&r.mu)
	return r
}

// put queues a copy of b. It waits while the queue is full.
func (r *relay) put(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) >= relayQueue && !r.hurry && r.failed == nil {
		r.changed.Wait()
	}
	if r.failed == nil {
		r.queue = append(r.queue, b...)
	}
	r.changed.Broadcast()
}

// release makes put never wait again. What is queued after that is bounded by
// what a pipe holds.
func (r *relay) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hurry = true
	r.changed.Broadcast()
}

func (r *relay) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.changed.Broadcast()
}

// run writes what is queued until end was called and the queue is empty.
func (r *relay) run() {
	defer close(r.done)
	var spare []byte
	for {
		b, ok := r.next(spare)
		if !ok {
			return
		}
		if err := writeLive(r.to, b); err != nil {
			r.fail(err)
		}
		spare = b[:0]
	}
}

// next takes the whole queue and leaves spare in its place.
func (r *relay) next(spare []byte) (b []byte, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) == 0 && !r.ended {
		r.changed.Wait()
	}
	b, r.queue = r.queue, spare
	r.changed.Broadcast()
	return b, len(b) > 0
}

func (r *relay) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = err
	r.queue = nil
	r.changed.Broadcast()
}

func (r *relay) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
