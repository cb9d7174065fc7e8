package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/nonbis/nonbis"
)

// untilSignal returns a context that a signal ends while nothing runs here. Once
// the command has begun, signals are its own.
func (r *run) untilSignal(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	caught := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	go func() {
		for {
			select {
			case <-caught:
				if !r.child.begun.Load() {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(caught)
		cancel()
	}
}

// showWaiting shows on a terminal that the call waits for another run. The
// returned function ends it and clears the line.
func (r *run) showWaiting(id nonbis.ID) (stop func()) {
	if r.options.quiet || !isTerminal(r.Stderr) {
		return func() {}
	}
	done := make(chan struct{})
	var over sync.WaitGroup
	over.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		shown := false
		for waited := time.Second; ; waited += time.Second {
			select {
			case <-tick.C:
			case <-done:
			}
			if r.child.begun.Load() || isClosed(done) {
				if shown {
					fmt.Fprint(r.Stderr, "\r\x1b[K")
				}
				return
			}
			fmt.Fprintf(r.Stderr, "\r\x1b[Knonbis: waiting for another run of %s: %s of %s", id.String()[:13], waited, r.options.wait)
			shown = true
		}
	})
	return func() {
		close(done)
		over.Wait()
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
