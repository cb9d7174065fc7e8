package simulator_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis/internal/simulator"
)

func everyTime(f simulator.NetFault) simulator.ProxyOptions {
	return simulator.ProxyOptions{Faults: []simulator.NetFault{f}, Rate: 1}
}

func TestEveryFaultDoesWhatItSays(t *testing.T) {
	committed := []string{"received", "upstream 49.00", "answered", "given"}
	unsent := []string{"received", "given"}
	for fault, want := range map[simulator.NetFault]struct {
		status   string // that the caller gets; "": not a byte
		timeline []string
	}{
		simulator.NetLostReply:        {"", committed},
		simulator.NetLostRequest:      {"", unsent},
		simulator.NetErrorAfterCommit: {"500", committed},
		simulator.NetTooMany:          {"429", unsent},
		simulator.NetConflict:         {"409", unsent},
	} {
		t.Run(string(fault), func(t *testing.T) {
			r := newRig(t, everyTime(fault), created)
			answer := r.raw("POST", "/charges", "49.00")
			if got := status(answer); got != want.status || (want.status == "" && answer != "") {
				t.Errorf("the caller got %q, want status %q", answer, want.status)
			}
			if strings.Contains(answer, "charge-1") {
				t.Errorf("the caller got the upstream's answer: %q", answer)
			}
			if got := strings.Contains(answer, "Retry-After: "); got != (fault == simulator.NetTooMany) {
				t.Errorf("Retry-After: %v in %q", got, answer)
			}
			must(t, r.end())
			if d := cmp.Diff(want.timeline, r.seen()); d != "" {
				t.Error(d)
			}
			s := r.proxy.Summary()
			if d := cmp.Diff(map[simulator.NetFault]int{fault: 1}, s.Faults); d != "" {
				t.Error(d)
			}
			if reached := uint64(len(want.timeline)/2 - 1); s.Received != 1 || s.Reached != reached {
				t.Errorf("received %d, reached %d, want 1, %d", s.Received, s.Reached, reached)
			}
		})
	}
}

func TestALostReplyWasReadToItsEnd(t *testing.T) {
	rest := make(chan struct{})
	r := newRig(t, everyTime(simulator.NetLostReply), func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "begin ")
		_ = http.NewResponseController(w).Flush()
		<-rest
		_, _ = io.WriteString(w, "end")
	})
	c := r.dial("POST", "/", "x")
	r.waitFor("upstream x")
	if got := r.seen(); slices.Contains(got, "answered") {
		t.Errorf("answered before the answer ended: %q", got)
	}
	close(rest)
	if answer, err := io.ReadAll(c); err != nil || len(answer) > 0 {
		t.Errorf("the caller got %q, %v", answer, err)
	}
	for _, e := range r.logged() {
		if e.What == simulator.Answered && e.Bytes != int64(len("begin end")) {
			t.Errorf("the answer counts as %d bytes", e.Bytes)
		}
	}
}

func TestACutReplyAnnouncesTheWhole(t *testing.T) {
	const whole = `{"id":"charge-1","amount":"49.00"}`
	cuts := map[string]bool{}
	for seed := range uint64(20) {
		o := everyTime(simulator.NetCutReply)
		o.Seed = seed
		r := newRig(t, o, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Charge", "1")
			_, _ = io.WriteString(w, whole)
		})
		answer := r.raw("POST", "/charges", "x")
		head, body, complete := strings.Cut(answer, "\r\n\r\n")
		if !complete || !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || !strings.Contains(head, "\r\nCharge: 1") || !strings.Contains(head, "\r\nContent-Length: 34") {
			t.Errorf("seed %d: the head is %q", seed, head)
		}
		if len(body) >= len(whole) || !strings.HasPrefix(whole, body) {
			t.Errorf("seed %d: the body is %q", seed, body)
		}
		must(t, r.end())
		given := r.logged()[2]
		if given.Whole != 34 || given.Bytes != int64(len(body)) || given.Upstream != 200 {
			t.Errorf("seed %d: the log says %+v, the caller got %q", seed, given, body)
		}
		cuts[body] = true
	}
	if len(cuts) < 10 {
		t.Errorf("20 seeds cut in %d places", len(cuts))
	}
}

func TestACutReplyWithoutABodyBreaksOffInItsHead(t *testing.T) {
	for seed := range uint64(10) {
		o := everyTime(simulator.NetCutReply)
		o.Seed = seed
		r := newRig(t, o, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		const begin = "HTTP/1.1 204 No Content\r\n"
		answer := r.raw("POST", "/", "x")
		if n := min(len(answer), len(begin)); strings.Contains(answer, "\r\n\r\n") || answer[:n] != begin[:n] {
			t.Errorf("seed %d: the caller got %q", seed, answer)
		}
	}
}

func TestALateRequestIsDeliveredWhenItsCallerHasGone(t *testing.T) {
	o := everyTime(simulator.NetLate)
	o.Patience, o.Delay = time.Millisecond, time.Millisecond
	r := newRig(t, o, created)
	if answer := r.raw("POST", "/charges", "49.00"); answer != "" {
		t.Errorf("the caller got %q", answer)
	}
	r.add("caller gone")
	r.waitFor("answered")
	got := slices.DeleteFunc(r.seen(), func(what string) bool { return what == "caller gone" }) // the test's own note races
	if d := cmp.Diff([]string{"received", "given", "upstream 49.00", "answered"}, got); d != "" {
		t.Error(d)
	}
}

func TestALateRequestIsDeliveredAtTheEndAtTheLatest(t *testing.T) {
	o := everyTime(simulator.NetLate)
	o.Patience, o.Delay = time.Millisecond, time.Hour
	r := newRig(t, o, created)
	if answer := r.raw("POST", "/charges", "49.00"); answer != "" {
		t.Errorf("the caller got %q", answer)
	}
	const others = 20 // what has time to pass meanwhile
	for range others {
		r.raw("GET", "/", "")
	}
	if slices.Contains(r.seen(), "upstream 49.00") {
		t.Errorf("it was delivered before its time: %q", r.seen())
	}
	must(t, r.end())
	seen := r.seen()
	if d := cmp.Diff([]string{"upstream 49.00", "answered"}, seen[len(seen)-2:]); d != "" {
		t.Error(d)
	}
	if s := r.proxy.Summary(); s.Reached != 1+others {
		t.Errorf("%+v", s)
	}
}

func TestTheCallerOfALateRequestMayLeaveFirst(t *testing.T) {
	o := everyTime(simulator.NetLate)
	o.Patience = time.Hour
	r := newRig(t, o, created)
	c := r.dial("POST", "/charges", "49.00")
	r.waitFor("received")
	if got := r.seen(); slices.Contains(got, "given") {
		t.Errorf("the caller was dropped without patience: %q", got)
	}
	must(t, c.Close())
	r.waitFor("upstream 49.00")
}

func TestTheSameSeedDrawsTheSameFaults(t *testing.T) {
	run := func(seed uint64, rate float64, method string) (faults []simulator.NetFault) {
		o := simulator.ProxyOptions{Faults: []simulator.NetFault{simulator.NetLostRequest, simulator.NetTooMany, simulator.NetConflict}, Rate: rate, Seed: seed}
		r := newRig(t, o, created)
		for range 60 {
			r.raw(method, "/", "x")
		}
		must(t, r.end())
		for _, e := range r.logged() {
			if e.What == simulator.Given {
				faults = append(faults, e.Fault)
			}
		}
		return faults
	}
	harmed := func(faults []simulator.NetFault) int {
		return len(slices.DeleteFunc(slices.Clone(faults), func(f simulator.NetFault) bool { return f == simulator.NetNone }))
	}
	first := run(1, 0.3, "POST")
	if d := cmp.Diff(first, run(1, 0.3, "POST")); d != "" {
		t.Error(d)
	}
	if slices.Equal(first, run(2, 0.3, "POST")) {
		t.Error("two seeds draw the same")
	}
	if n := harmed(first); n < 8 || n > 30 {
		t.Errorf("%d of 60 requests were harmed at a rate of 0.3", n)
	}
	for _, f := range []simulator.NetFault{simulator.NetLostRequest, simulator.NetTooMany, simulator.NetConflict} {
		if !slices.Contains(first, f) {
			t.Errorf("%s was never drawn", f)
		}
	}
	if n := harmed(run(1, 0, "POST")); n != 0 {
		t.Errorf("%d requests were harmed at a rate of 0", n)
	}
	if n := harmed(run(1, 1, "POST")); n != 60 {
		t.Errorf("%d of 60 requests were harmed at a rate of 1", n)
	}
	if n := harmed(run(1, 1, "GET")); n != 0 {
		t.Errorf("%d requests were harmed whose method is not named", n)
	}
}
