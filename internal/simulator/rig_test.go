package simulator_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/simulator"
)

// rig is an upstream with a proxy before it, and one timeline of what both see.
type rig struct {
	t        *testing.T
	addr     string // of the proxy
	upstream *httptest.Server
	proxy    *simulator.Proxy
	end      func() error // ends the proxy, once
	served   <-chan struct{}

	mu       sync.Mutex
	timeline []string
	entries  []simulator.Entry
	changed  chan struct{} // closed when there is something new
}

func newRig(t *testing.T, o simulator.ProxyOptions, handler http.HandlerFunc) *rig {
	t.Helper()
	r := &rig{t: t, changed: make(chan struct{})}
	r.upstream = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.add("upstream " + string(body))
		handler(w, req)
	}))
	t.Cleanup(r.upstream.Close)
	log := o.Log
	o.Log = func(e simulator.Entry) error {
		r.mu.Lock()
		r.entries = append(r.entries, e)
		r.mu.Unlock()
		r.add(e.What)
		if log != nil {
			return log(e)
		}
		return nil
	}
	r.serve(o)
	return r
}

// serve starts the proxy; what the options leave out is set so that nothing waits.
func (r *rig) serve(o simulator.ProxyOptions) {
	r.t.Helper()
	var err error
	if o.Upstream == nil {
		o.Upstream, err = url.Parse(r.upstream.URL)
		must(r.t, err)
	}
	if o.Methods == nil {
		o.Methods = []string{"POST"}
	}
	if o.Grace == 0 {
		o.Grace = time.Minute
	}
	o.Now = time.Now
	r.proxy, err = simulator.NewProxy(o)
	must(r.t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(r.t, err)
	r.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	var failure error
	go func() { failure = r.proxy.Serve(ctx, l); close(served) }()
	r.served = served
	r.end = sync.OnceValue(func() error { cancel(); <-served; return failure })
	r.t.Cleanup(func() { _ = r.end() })
}

func (r *rig) add(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timeline = append(r.timeline, what)
	close(r.changed)
	r.changed = make(chan struct{})
}

// waitFor waits until the timeline has what.
func (r *rig) waitFor(what string) {
	r.t.Helper()
	timeout := time.NewTimer(20 * time.Second)
	defer timeout.Stop()
	for {
		r.mu.Lock()
		seen, changed := slices.Contains(r.timeline, what), r.changed
		r.mu.Unlock()
		if seen {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			r.t.Fatalf("no %q in %q", what, r.seen())
		}
	}
}

func (r *rig) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.timeline)
}

func (r *rig) logged() []simulator.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.entries)
}

// upstreamSaw counts the requests that the upstream got.
func (r *rig) upstreamSaw() (n int) {
	for _, what := range r.seen() {
		if strings.HasPrefix(what, "upstream ") {
			n++
		}
	}
	return n
}

// dial opens a connection to the proxy and writes a request to it.
func (r *rig) dial(method, path, body string) net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	must(r.t, err)
	r.t.Cleanup(func() { _ = c.Close() })
	must(r.t, c.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
	must(r.t, err)
	return c
}

// raw sends a request and returns every byte that comes back.
func (r *rig) raw(method, path, body string) string {
	r.t.Helper()
	answer, err := io.ReadAll(r.dial(method, path, body))
	must(r.t, err)
	return string(answer)
}

// status is the status line's number in a raw answer, or "" when there is none.
func status(answer string) string {
	if fields := strings.Fields(answer); len(fields) > 1 {
		return fields[1]
	}
	return ""
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func created(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"id":"charge-1"}`)
}
