package simulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// newOneTry returns a transport that puts a request on the wire once. Go re-sends
// what it deems safe, such as anything with an Idempotency-Key, when a connection
// that has carried a request before is lost: so none is used twice. Nor does it ask
// the environment for a proxy, speak HTTP/2, or change the body's encoding.
// Redirects are the business of a client, and this is none.
func newOneTry() *http.Transport {
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		Protocols:              http1,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// try is what became of one request to the upstream.
type try struct {
	connected atomic.Bool // else nothing can have been sent
	written   atomic.Bool // the whole request
	answered  bool
}

// reached reports whether the upstream got the whole request, as far as can be seen
// from this side.
func (t *try) reached() bool { return t.answered || t.written.Load() }

// send delivers a request at most once. Whoever gets a reply closes its body.
func (t *try) send(ctx context.Context, transport http.RoundTripper, r *http.Request) (*http.Response, error) {
	reply, err := transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { t.connected.Store(true) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				t.written.Store(true)
			}
		},
	})))
	if err != nil {
		return nil, err
	}
	t.answered = true
	if reply.StatusCode < 200 { // 101 changes the protocol, which nobody asked for
		return nil, errors.Join(fmt.Errorf("the upstream answered %d, which is no final status", reply.StatusCode), reply.Body.Close())
	}
	return reply, nil
}

// outgoing makes of a caller's request the one to the upstream, without a way to
// read its body twice.
func outgoing(upstream *url.URL, r *http.Request, body []byte) *http.Request {
	to := *upstream
	to.Path = strings.TrimRight(upstream.Path, "/") + r.URL.Path
	to.RawPath = strings.TrimRight(upstream.EscapedPath(), "/") + r.URL.EscapedPath()
	to.RawQuery, to.ForceQuery = r.URL.RawQuery, r.URL.ForceQuery
	out := &http.Request{
		Method: r.Method, URL: &to, Host: to.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: endToEnd(r.Header), Body: http.NoBody, ContentLength: int64(len(body)),
	}
	out.Header.Del("Expect") // the body is there already
	if _, named := out.Header["User-Agent"]; !named {
		out.Header["User-Agent"] = nil // else Go would add its own
	}
	if len(body) > 0 {
		out.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	return out
}

// endToEnd returns the fields that are not about one connection.
func endToEnd(h http.Header) http.Header {
	out := h.Clone()
	for _, line := range h.Values("Connection") {
		for name := range strings.SplitSeq(line, ",") {
			out.Del(textproto.TrimString(name))
		}
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade",
	} {
		out.Del(name)
	}
	return out
}
