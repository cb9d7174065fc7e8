//go:build unix

package command

import (
	"io"
	"testing"
	"testing/synctest"
)

func TestChildIsNotFarAheadOfTheLiveStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		live, to := io.Pipe()
		r := newRelay(to)
		go r.run()

		const size, piece = 1 << 20, 1 << 10
		put := 0
		go func() {
			for put < size {
				r.put(make([]byte, piece))
				put += piece
			}
			r.end()
		}()
		synctest.Wait() // until put waits, for nobody reads
		if limit := 2*relayQueue + piece; put > limit {
			t.Errorf("%d bytes ahead, want at most %d", put, limit)
		}

		go io.Copy(io.Discard, live)
		<-r.done
		to.Close()
		if put != size {
			t.Errorf("%d bytes written, want %d", put, size)
		}
	})
}
