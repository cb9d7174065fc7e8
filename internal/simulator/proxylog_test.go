package simulator_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/simulator"
)

func TestEachStepIsLoggedBeforeItIsTaken(t *testing.T) {
	for _, fault := range append(simulator.NetFaults(), simulator.NetNone) {
		var upstreamGot atomic.Int32
		upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			upstreamGot.Add(1)
			created(w, r)
		}))
		at, err := url.Parse(upstream.URL)
		must(t, err)
		given := httptest.NewRecorder()
		var said []string
		o := simulator.ProxyOptions{Upstream: at, Faults: simulator.NetFaults(), Methods: []string{"POST"}, Now: time.Now}
		if fault != simulator.NetNone {
			o.Faults, o.Rate = []simulator.NetFault{fault}, 1
		}
		if fault == simulator.NetLate {
			o.Delay = time.Hour // its second half has tests of its own
		}
		o.Log = func(e simulator.Entry) error {
			said = append(said, e.What)
			if e.What == simulator.Received && upstreamGot.Load() > 0 {
				t.Errorf("%s: it was sent before it was logged", fault)
			}
			if given.Body.Len() > 0 || len(given.Header()) > 0 || given.Flushed {
				t.Errorf("%s: the caller was answered before %q was logged", fault, e.What)
			}
			return nil
		}
		p, err := simulator.NewProxy(o)
		must(t, err)
		func() {
			defer func() {
				v := recover()
				if err, _ := v.(error); v != nil && !errors.Is(err, http.ErrAbortHandler) { // by which the recorder sees a drop
					panic(v)
				}
			}()
			p.ServeHTTP(given, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
		}()
		if said[0] != simulator.Received || said[len(said)-1] != simulator.Given {
			t.Errorf("%s: the log says %q", fault, said)
		}
		upstream.Close()
	}
}

func TestTheLogHasDigestsAndNoSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "proxy.log")
	must(t, os.WriteFile(path, []byte(`{"what":"earlier"}`+"\n"), 0o600))
	file, err := simulator.OpenLog(path)
	must(t, err)
	r := newRig(t, simulator.ProxyOptions{Log: file.Append}, created)
	const words = "/v1/api/chat.postMessage/payment_intents/"
	for _, body := range []string{"canary-body", "canary-body", "other"} {
		req, err := http.NewRequest(http.MethodPost, "http://"+r.addr+words+"123456:AAcanary-path?token=canary-query", strings.NewReader(body))
		must(t, err)
		req.Header.Set("Authorization", "Bearer canary-header")
		req.Header.Set("Idempotency-Key", "canary-key")
		reply, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, reply.Body.Close())
	}
	must(t, r.end())
	must(t, file.Close())
	text, err := os.ReadFile(path)
	must(t, err)
	if strings.Contains(string(text), "canary") {
		t.Errorf("the log has a secret:\n%s", text)
	}
	entries, err := judge.ReadLines[simulator.Entry](strings.NewReader(string(text)))
	must(t, err)
	if len(entries) != 10 || entries[0].What != "earlier" {
		t.Fatalf("the log has %d lines:\n%s", len(entries), text)
	}
	if d := cmp.Diff(r.logged(), entries[1:], cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".At" }, cmp.Ignore())); d != "" {
		t.Error(d)
	}
	if e := entries[1]; !strings.HasPrefix(e.Path, words+"~") || e.Method != http.MethodPost || e.At == 0 || e.Bytes != 11 {
		t.Errorf("%+v", e)
	}
	if entries[1].Same != entries[4].Same || entries[1].Same == entries[7].Same {
		t.Errorf("the digests are %s, %s, %s", entries[1].Same, entries[4].Same, entries[7].Same)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestTheSummarySaysWhatArrivedTwice(t *testing.T) {
	var o simulator.ProxyOptions
	o.Faults, o.Rate, o.Methods = []simulator.NetFault{simulator.NetLostRequest}, 1, []string{"DELETE"}
	r := newRig(t, o, created)
	for _, request := range [][3]string{
		{"DELETE", "/lost", ""},
		{"GET", "/passed", ""},
		{"DELETE", "/lost", ""},
		{"GET", "/passed", ""},
		{"DELETE", "/once", ""},
	} {
		r.raw(request[0], request[1], request[2])
	}
	must(t, r.end())
	s := r.proxy.Summary()
	if s.Received != 5 || s.Reached != 2 || s.Faults[simulator.NetLostRequest] != 3 {
		t.Errorf("%+v", s)
	}
	if len(s.Repeats) != 1 || s.Repeats[0].Path != "/lost" || s.Repeats[0].Received != 2 || s.Repeats[0].Reached != 0 {
		t.Errorf("%+v", s.Repeats)
	}

	r = newRig(t, everyTime(simulator.NetLostReply), created)
	for _, request := range [][2]string{{"/b", "1"}, {"/a", "1"}, {"/a", "2"}, {"/a", "1"}, {"/b", "1"}, {"/b?q", "1"}, {"/b", "1"}} {
		r.raw("POST", request[0], request[1])
	}
	must(t, r.end())
	var got [][2]any
	for _, repeat := range r.proxy.Summary().Repeats {
		got = append(got, [2]any{repeat.Path, repeat.Reached})
	}
	if d := cmp.Diff([][2]any{{"/b", 3}, {"/a", 2}}, got); d != "" {
		t.Error(d)
	}
}
