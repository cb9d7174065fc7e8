package simulator_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis/internal/simulator"
)

func TestWithoutAFaultARequestIsPassedOnAsItCame(t *testing.T) {
	var got *http.Request
	r := newRig(t, simulator.ProxyOptions{}, func(w http.ResponseWriter, req *http.Request) {
		got = req
		h := w.Header()
		h["Content-Type"] = nil
		h["Date"] = []string{"Thu, 01 Jan 1970 00:00:00 GMT"}
		h.Add("Set-Cookie", "a=1")
		h.Add("Set-Cookie", "b=2")
		h.Set("Keep-Alive", "timeout=5")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "<answer>")
	})
	c, err := net.Dial("tcp", r.addr)
	must(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "PATCH /a%2Fb/../c?x=1;y&x=%zz HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer s3cret\r\nX-Two: 1\r\nX-Two: 2\r\n"+
		"Connection: close, X-Mine\r\nX-Mine: 1\r\nExpect: 100-continue\r\nProxy-Authorization: p\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n49.00\r\n0\r\n\r\n")
	must(t, err)
	answer, err := io.ReadAll(c)
	must(t, err)
	want := "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 8\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: close\r\n\r\n<answer>"
	if d := cmp.Diff(want, strings.TrimPrefix(string(answer), "HTTP/1.1 100 Continue\r\n\r\n")); d != "" {
		t.Error(d)
	}
	if got.Method != http.MethodPatch || got.RequestURI != "/a%2Fb/../c?x=1;y&x=%zz" || got.Host != strings.TrimPrefix(r.upstream.URL, "http://") || got.ContentLength != 5 {
		t.Errorf("the upstream got %s %s for %s, %d bytes", got.Method, got.RequestURI, got.Host, got.ContentLength)
	}
	if d := cmp.Diff(http.Header{"Authorization": {"Bearer s3cret"}, "X-Two": {"1", "2"}, "Connection": {"close"}, "Content-Length": {"5"}}, got.Header); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"received", "upstream 49.00", "answered", "given"}, r.seen()); d != "" {
		t.Error(d)
	}
}

func TestThePathOfTheUpstreamComesFirst(t *testing.T) {
	paths := make(chan string, 1)
	r := newRig(t, simulator.ProxyOptions{}, func(_ http.ResponseWriter, req *http.Request) { paths <- req.RequestURI })
	at, err := url.Parse(r.upstream.URL + "/base%2F1/")
	must(t, err)
	must(t, r.end())
	r.serve(simulator.ProxyOptions{Upstream: at})
	r.raw("POST", "/x?y", "")
	if got := <-paths; got != "/base%2F1/x?y" {
		t.Error(got)
	}
}

func TestAStreamIsPassedOnAsItComes(t *testing.T) {
	begun, heard, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	r := newRig(t, simulator.ProxyOptions{}, func(w http.ResponseWriter, req *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-begun
		_, _ = io.WriteString(w, "data: 1\n")
		_ = http.NewResponseController(w).Flush()
		<-heard
		<-req.Context().Done() // it does not end by itself
		close(ended)
	})
	lines := bufio.NewReader(r.dial("GET", "/events", ""))
	until := func(want string) {
		for line := ""; line != want; {
			var err error
			if line, err = lines.ReadString('\n'); err != nil {
				t.Errorf("no %q: %v", want, err)
				break
			}
		}
	}
	until("\r\n") // its head
	close(begun)
	until("data: 1\n")
	close(heard)
	must(t, r.end()) // and does not keep the proxy from ending
	<-ended
}

// The upstream closes a connection upon its second request, after it took effect:
// to such a loss Go's transport answers by sending again.
func TestNothingIsSentTwiceToAnUpstreamThatDropsKeptConnections(t *testing.T) {
	type connection struct{}
	applied := map[string]int{}
	done := make(chan string, 100)
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		done <- r.Method + r.URL.Path
		served := r.Context().Value(connection{}).(*int)
		if *served++; *served > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	upstream.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connection{}, new(int))
	}
	upstream.Start()
	defer upstream.Close()
	at, err := url.Parse(upstream.URL)
	must(t, err)

	r := &rig{t: t, changed: make(chan struct{})}
	r.serve(simulator.ProxyOptions{Upstream: at, Methods: []string{"POST", "PUT", "DELETE"}})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	sent := 0
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		for _, body := range []string{"", "49.00"} {
			for _, path := range []string{"/first", "/second", "/third"} {
				sent++
				req, err := http.NewRequest(method, "http://"+r.addr+path+body, strings.NewReader(body))
				must(t, err)
				req.Header.Set("Idempotency-Key", "k")
				reply, err := client.Do(req)
				must(t, err)
				must(t, reply.Body.Close())
			}
		}
	}
	must(t, r.end())
	close(done)
	for what := range done {
		applied[what]++
	}
	for what, n := range applied {
		if n != 1 {
			t.Errorf("%s was delivered %d times", what, n)
		}
	}
	if s := r.proxy.Summary(); len(applied) != sent || s.Received != uint64(sent) || s.Reached != uint64(sent) {
		t.Errorf("%d were sent, %d arrived: %+v", sent, len(applied), s)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	for _, code := range []string{"301", "302", "303", "307", "308"} {
		for _, body := range []string{"", "x"} {
			r := newRig(t, simulator.ProxyOptions{}, func(w http.ResponseWriter, req *http.Request) {
				n, _ := strconv.Atoi(code)
				http.Redirect(w, req, "/elsewhere", n)
			})
			if answer := r.raw("POST", "/", body); status(answer) != code || !strings.Contains(answer, "Location: /elsewhere") {
				t.Errorf("the caller got %q", answer)
			}
			if n := r.upstreamSaw(); n != 1 {
				t.Errorf("%s: the upstream got %d requests", code, n)
			}
		}
	}
}

func TestAnUpstreamThatCannotBeReachedIsABadGateway(t *testing.T) {
	r := newRig(t, everyTime(simulator.NetLostReply), created)
	r.upstream.Close()
	if answer := r.raw("POST", "/", "x"); status(answer) != "502" || !strings.Contains(answer, "nothing was sent") {
		t.Errorf("the caller got %q", answer)
	}
	if s := r.proxy.Summary(); s.Received != 1 || s.Reached != 0 || len(s.Faults) != 0 {
		t.Errorf("%+v", s)
	}
	if d := cmp.Diff([]string{"received", "broken", "given"}, r.seen()); d != "" {
		t.Error(d)
	}
}

func TestAnUpstreamThatDropsIsPassedOnAsADrop(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"before its reply": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"in its reply": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "part")
			panic(http.ErrAbortHandler)
		},
		"in a chunk": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "part")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		for _, o := range []simulator.ProxyOptions{{}, everyTime(simulator.NetErrorAfterCommit), everyTime(simulator.NetCutReply)} {
			r := newRig(t, o, handler)
			client := &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
			reply, err := client.Post("http://"+r.addr, "", strings.NewReader("x"))
			if err == nil {
				_, err = io.ReadAll(reply.Body)
				must(t, reply.Body.Close())
			}
			if err == nil {
				t.Errorf("%s: the caller of %v got a whole answer", name, o.Faults)
			}
			must(t, r.end())
			if s := r.proxy.Summary(); s.Reached != 1 || len(s.Faults) != 0 {
				t.Errorf("%s: %+v", name, s)
			}
			if got := r.seen(); !strings.Contains(strings.Join(got, " "), "broken") {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
}

func TestWhatIsTooLargeOrMeantForAProxyIsNotPassedOn(t *testing.T) {
	r := newRig(t, simulator.ProxyOptions{}, created)
	for want, request := range map[string]string{
		"413": "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 16777217\r\n\r\n" + strings.Repeat("x", 16<<20+1),
		"431": "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: " + strings.Repeat("x", 128<<10) + "\r\n\r\n",
		"400": "POST http://elsewhere.example/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
	} {
		c, err := net.Dial("tcp", r.addr)
		must(t, err)
		go func() { _, _ = io.WriteString(c, request) }() // it is cut short
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		must(t, err)
		_ = answer.Body.Close()
		if got := answer.Status[:3]; got != want {
			t.Errorf("%.40s: %s, want %s", request, got, want)
		}
		must(t, c.Close())
	}
	if answer := r.raw("CONNECT", "elsewhere.example:443", ""); status(answer) != "400" {
		t.Errorf("CONNECT: %q", answer)
	}
	must(t, r.end())
	if got := r.seen(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestTheCallersImpatienceDoesNotCancelAnEffect(t *testing.T) {
	left := make(chan struct{})
	r := newRig(t, simulator.ProxyOptions{}, func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			<-left
			created(w, req)
		}
	})
	c := r.dial("POST", "/", "x")
	r.waitFor("upstream x")
	must(t, c.Close())
	for range 20 { // so that the proxy has time to see it
		r.raw("GET", "/", "")
	}
	close(left)
	must(t, r.end())
	if seen := r.seen(); slices.Contains(seen, simulator.Broken) || r.logged()[len(r.logged())-1].Upstream != http.StatusCreated {
		t.Errorf("the request to the upstream was given up: %q", seen)
	}
}

func TestTheEndGivesUpAnUpstreamThatHangs(t *testing.T) {
	gone := make(chan struct{})
	r := newRig(t, simulator.ProxyOptions{Grace: time.Millisecond}, func(_ http.ResponseWriter, req *http.Request) {
		<-req.Context().Done()
		close(gone)
	})
	r.dial("POST", "/", "x")
	r.waitFor("upstream x")
	must(t, r.end())
	<-gone
}

func TestNothingIsSentOnceTheLogFails(t *testing.T) {
	full := errors.New("no space left")
	r := newRig(t, simulator.ProxyOptions{Log: func(e simulator.Entry) error {
		if e.Request == 2 {
			return full
		}
		return nil
	}}, created)
	if answer := r.raw("POST", "/", "x"); status(answer) != "201" {
		t.Errorf("the caller got %q", answer)
	}
	if answer := r.raw("POST", "/", "y"); status(answer) != "503" {
		t.Errorf("the caller got %q", answer)
	}
	select {
	case <-r.served: // it ends by itself
	case <-time.After(20 * time.Second):
		t.Error("the proxy goes on without a log")
	}
	if err := r.end(); !errors.Is(err, full) {
		t.Errorf("the proxy ended with %v", err)
	}
	if n := r.upstreamSaw(); n != 1 {
		t.Errorf("%q", r.seen())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"ftp://h": "does not name a server", "h:80": "does not name a server", "/x": "does not name a server", "http://": "does not name a server",
		"http://u:p@h": "holds a user", "http://h?x": "a query", "http://h?": "a query", "http://h#x": "a fragment",
	} {
		u, err := url.Parse(text)
		must(t, err)
		if _, err := simulator.NewProxy(simulator.ProxyOptions{Upstream: u}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	u, err := url.Parse("https://h/base")
	must(t, err)
	for _, o := range []simulator.ProxyOptions{{Rate: 0.5}, {Rate: -0.1, Faults: simulator.NetFaults()}, {Rate: 1.1, Faults: simulator.NetFaults()}} {
		o.Upstream = u
		if _, err := simulator.NewProxy(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
