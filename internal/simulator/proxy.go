package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what a [Proxy] takes in.
const (
	maxHeader = 64 << 10 // bytes of a head, from either side
	maxBody   = 16 << 20 // bytes of a request's body, and of a reply that is to be cut
)

// ProxyOptions says what a [Proxy] does.
type ProxyOptions struct {
	Upstream *url.URL   // http or https, without user, query and fragment; its path comes before the request's
	Faults   []NetFault // drawn from evenly
	Rate     float64    // of requests with a fault, 0 to 1
	Methods  []string   // that faults befall; others are passed on
	Seed     uint64     // the same seed and order of requests: the same faults

	Patience time.Duration // how long the caller of a late request hears nothing, before it is dropped
	Delay    time.Duration // how much later the request is delivered
	Grace    time.Duration // how long the end waits for what is in hand

	Now func() time.Time
	Log func(Entry) error // one call at a time; what it returned for is durable
}

// Proxy is an [http.Handler] that passes every request on to an upstream, at most
// once, and lets faults happen on the way. It logs each step before the caller is
// answered. Callers must not be able to tell its faults from real ones.
type Proxy struct {
	o        ProxyOptions
	oneTry   http.RoundTripper
	work     sync.WaitGroup
	ending   chan struct{} // closed when late requests are to be delivered at once
	hangUp   chan struct{} // closed when requests to the upstream are to be given up
	logFails chan struct{} // closed when the log cannot be written: nothing new is sent then

	mu       sync.Mutex
	count    count
	over     bool // nothing new is taken
	logError error
}

// NewProxy checks its options. Where to listen is the business of [Proxy.Serve].
func NewProxy(o ProxyOptions) (*Proxy, error) {
	if err := CheckUpstream(o.Upstream); err != nil {
		return nil, err
	}
	if !(o.Rate >= 0 && o.Rate <= 1) { // it may be no number
		return nil, fmt.Errorf("a rate of %v: want a number from 0 to 1", o.Rate)
	}
	if len(o.Faults) == 0 && o.Rate > 0 {
		return nil, errors.New("no fault is named: want one of " + NetFaultNames())
	}
	return &Proxy{
		o: o, oneTry: newOneTry(), ending: make(chan struct{}), hangUp: make(chan struct{}), logFails: make(chan struct{}),
		count: count{faults: map[NetFault]int{}, same: map[string]*Repeat{}},
	}, nil
}

// CheckUpstream says what is wrong with a URL to pass requests on to.
func CheckUpstream(u *url.URL) error {
	switch {
	case (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return errors.New("it does not name a server: want http://HOST[:PORT][/PATH], or https://…")
	case u.User != nil:
		return errors.New("it holds a user: leave that out, since the caller's own credentials are passed on")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it has a query or a fragment: leave that out, since the caller's own query is passed on")
	}
	return nil
}

// ServeHTTP takes one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.begin() {
		drop(w)
		return
	}
	defer p.work.Done()
	if r.Method == http.MethodConnect || r.URL.Host != "" || !strings.HasPrefix(r.URL.Path, "/") {
		http.Error(w, "this passes requests on to one upstream: use its address as the base URL, not as a proxy", http.StatusBadRequest)
		return
	}
	body, err := readBody(w, r)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		http.Error(w, fmt.Sprintf("the body is larger than %d bytes; nothing was sent", tooLarge.Limit), http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil { // it did not come whole: there is nothing to pass on
		drop(w)
		return
	}
	x := &exchange{p: p, w: w, r: r, body: body}
	if err := p.receive(x); err != nil {
		http.Error(w, "the log cannot be written; nothing was sent", http.StatusServiceUnavailable)
		return
	}
	switch x.fault {
	case NetTooMany, NetConflict:
		x.refuse()
	case NetLostRequest:
		x.given(0, 0)
		drop(w)
	case NetLate:
		x.late(r.Context())
	case NetNone:
		x.pass(r.Context())
	case NetLostReply, NetCutReply, NetErrorAfterCommit:
		x.spoil(r.Context())
	}
}

// begin counts a request among the work, unless the proxy has ended.
func (p *Proxy) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return false
	}
	p.work.Add(1)
	return true
}

// receive numbers and logs a request, and draws what becomes of it.
func (p *Proxy) receive(x *exchange) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.entry = Entry{
		Request: p.count.received + 1, Method: x.r.Method, Path: shownPath(x.r.URL.EscapedPath()), Same: sameness(x.r, x.body),
	}
	e := x.entry
	e.What, e.Bytes = Received, int64(len(x.body))
	if err := p.write(e); err != nil {
		return err
	}
	p.count.received++
	if !slices.Contains(p.o.Methods, x.r.Method) {
		return nil
	}
	p.count.exposed++
	x.repeat = p.count.again(x.entry)
	x.fate = draw(p.o.Seed, p.count.exposed, p.o.Rate, p.o.Faults)
	return nil
}

// write logs an entry; the caller holds the lock.
func (p *Proxy) write(e Entry) error {
	if p.logError != nil {
		return p.logError
	}
	e.At = p.o.Now().UnixNano()
	if p.o.Log != nil {
		if p.logError = p.o.Log(e); p.logError != nil {
			close(p.logFails)
		}
	}
	return p.logError
}

// Summary says what has happened so far.
func (p *Proxy) Summary() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count.summary()
}
