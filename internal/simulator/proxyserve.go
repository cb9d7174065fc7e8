package simulator

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Serve takes requests from l until ctx is done or the log cannot be written. Then it delivers at once what is
// late, waits for what is in hand, for as long as the options say, and gives up the
// rest. When it returns, nothing is sent any more.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	server := &http.Server{
		Handler:           p,
		Protocols:         http1,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute, // of a whole request; how long an answer takes is up to the upstream
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          log.New(io.Discard, "", 0), // broken connections are its trade
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	case <-p.logFails:
	}
	return errors.Join(err, p.end(context.WithoutCancel(ctx), server))
}

// end returns what kept the log from being written, if anything did.
func (p *Proxy) end(ctx context.Context, server *http.Server) error {
	close(p.ending)
	ctx, cancel := context.WithTimeout(ctx, p.o.Grace)
	defer cancel()
	if server.Shutdown(ctx) == nil {
		over := make(chan struct{})
		go func() { p.work.Wait(); close(over) }()
		select {
		case <-over:
		case <-ctx.Done():
		}
	}
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	close(p.hangUp)
	_ = server.Close() // what is still open is cut
	p.work.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.logError
}
