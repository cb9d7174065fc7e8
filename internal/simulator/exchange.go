package simulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// maxTry is how long an upstream may take for a request that faults may befall.
const maxTry = 5 * time.Minute

// exchange is one request on its way.
type exchange struct {
	p     *Proxy
	w     http.ResponseWriter
	r     *http.Request
	body  []byte
	entry Entry // what its lines have in common
	fate
	whole  int64   // bytes of the upstream's body, -1 when that is not known
	repeat *Repeat // nil where faults do not befall the method
}

// log writes a line. That it cannot is remembered, and ends what is sent; the
// caller of this request gets what it would have got.
func (x *exchange) log(e Entry) {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	_ = x.p.write(e)
	if e.What == Given && e.Fault != NetNone {
		x.p.count.faults[e.Fault]++
	}
}

// given logs, before it happens, what the caller gets by the fault. A status of 0
// is no answer.
func (x *exchange) given(status int, bytes int64) {
	e := x.entry
	e.What, e.Fault, e.Status, e.Bytes = Given, x.fault, status, bytes
	if x.fault == NetCutReply {
		e.Whole = x.whole
	}
	x.log(e)
}

func (x *exchange) answered(status int, bytes int64) {
	x.entry.Upstream, x.whole = status, bytes
	e := x.entry
	e.What, e.Bytes = Answered, bytes
	x.log(e)
}

func (x *exchange) broken(err error) {
	e := x.entry
	e.What, e.Bytes, e.Error = Broken, -1, err.Error()
	x.log(e)
}

// send passes the request on. The caller closes the reply's body, then calls done.
func (x *exchange) send(ctx context.Context) (reply *http.Response, t *try, done func()) {
	ctx, done = x.p.bounded(ctx)
	t = &try{}
	reply, err := t.send(ctx, x.p.oneTry, outgoing(x.p.o.Upstream, x.r, x.body))
	if t.reached() {
		x.p.mu.Lock()
		x.p.count.reached++
		if x.repeat != nil {
			x.repeat.Reached++
		}
		x.p.mu.Unlock()
	}
	if err != nil {
		x.broken(err)
		return nil, t, done
	}
	return reply, t, done
}

// bounded is a context that ends when the proxy hangs up.
func (p *Proxy) bounded(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-p.hangUp:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// pass is an exchange without a fault.
func (x *exchange) pass(ctx context.Context) {
	if x.repeat != nil { // an effect does not depend on its caller's patience
		whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxTry)
		defer cancel()
		ctx = whole
	}
	reply, t, done := x.send(ctx)
	defer done()
	if reply == nil {
		x.failed(t)
		return
	}
	defer reply.Body.Close()
	x.answered(reply.StatusCode, reply.ContentLength)
	x.given(reply.StatusCode, reply.ContentLength)
	if err := relay(x.w, reply); err != nil {
		x.broken(err)
		panic(http.ErrAbortHandler) // the caller's connection ends as the upstream's did
	}
}

// failed gives the caller what it would have without the proxy, as far as that can
// be: an upstream that could not be reached is a 502 instead.
func (x *exchange) failed(t *try) {
	x.fault = NetNone // this one is real
	if t.connected.Load() {
		x.given(0, 0)
		drop(x.w)
		return
	}
	const text = "the upstream cannot be reached; nothing was sent\n"
	x.given(http.StatusBadGateway, int64(len(text)))
	x.w.WriteHeader(http.StatusBadGateway)
	_, _ = io.WriteString(x.w, text) // a caller that left needs no answer
}

// spoil waits for the whole reply, then loses it in one way or another.
func (x *exchange) spoil(ctx context.Context) {
	reply, t := x.commit(ctx)
	switch {
	case reply == nil:
		x.failed(t)
	case x.fault == NetErrorAfterCommit:
		x.say(http.StatusInternalServerError, `{"error":"internal server error"}`)
	case x.fault == NetCutReply:
		x.cutReply(reply)
	default:
		x.given(0, 0)
		drop(x.w)
	}
}

// wholeReply is a reply that was read to its end.
type wholeReply struct {
	code   int
	status string // with its words
	header http.Header
	size   int64  // of the body
	body   []byte // its begin, as far as it is needed
}

// commit sends the request, whether or not its caller waits, and reads the reply to
// its end. Without a whole reply it returns nil.
func (x *exchange) commit(ctx context.Context) (*wholeReply, *try) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxTry)
	defer cancel()
	reply, t, done := x.send(ctx)
	defer done()
	if reply == nil {
		return nil, t
	}
	defer reply.Body.Close()
	var kept bytes.Buffer
	most := int64(0)
	if x.fault == NetCutReply {
		most = maxBody
	}
	size, err := io.Copy(&kept, io.LimitReader(reply.Body, most))
	if err == nil { // the rest is only waited for
		var more int64
		more, err = io.Copy(io.Discard, reply.Body)
		size += more
	}
	if err != nil {
		x.broken(err)
		return nil, t
	}
	x.answered(reply.StatusCode, size)
	return &wholeReply{reply.StatusCode, reply.Status, endToEnd(reply.Header), size, kept.Bytes()}, t
}

// late drops the caller, and delivers the request when it has gone.
func (x *exchange) late(ctx context.Context) {
	wait(x.p.o.Patience, ctx.Done(), x.p.ending)
	x.given(0, 0)
	drop(x.w)
	x.p.work.Go(func() {
		wait(x.p.o.Delay, nil, x.p.ending)
		_, _ = x.commit(ctx) // it is in the log
	})
}

// wait ends with the time, or with one of the channels.
func wait(t time.Duration, either, or <-chan struct{}) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-either:
	case <-or:
	}
}
