package simulator_test

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/simulator"
)

// overHTTP serves a provider; log returns what it has seen.
func overHTTP(t *testing.T, p simulator.Personality) (url string, log func() []judge.Event) {
	t.Helper()
	var (
		mu     sync.Mutex
		events []judge.Event
	)
	provider := simulator.New(p, func(e judge.Event) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, e)
	}, time.Now, rand.New(rand.NewPCG(1, 2)))
	s := httptest.NewServer(simulator.Handler(provider))
	t.Cleanup(s.Close)
	return s.URL, func() []judge.Event {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(events)
	}
}

func ask(t *testing.T, method, url, body string, header map[string]string) (status int, answer string, err error) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	must(t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	reply, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	return reply.StatusCode, string(text), err
}

func TestAProviderOverHTTPAppliesAndFinds(t *testing.T) {
	url, log := overHTTP(t, simulator.Personality{Name: "bank", Keys: simulator.KeysHonoured})
	header := map[string]string{"X-Effect": "nb_1", "X-Fence": "7", "Idempotency-Key": "k"}
	status, answer, err := ask(t, "POST", url+"/effects", "49.00", header)
	if err != nil || status != 200 || !strings.Contains(answer, `"id":"bank-1"`) {
		t.Errorf("%d %s %v", status, answer, err)
	}
	if status, again, err := ask(t, "POST", url+"/effects", "49.00", header); err != nil || status != 200 || again != answer {
		t.Errorf("the same key again: %d %s %v", status, again, err)
	}
	if got := log()[0]; got.Effect != "nb_1" || got.Fence != 7 || got.Key != "k" || got.Body != simulator.Digest([]byte("49.00")) {
		t.Errorf("the provider got %+v", got)
	}
	status, found, err := ask(t, "GET", url+"/effects?effect=nb_1", "", nil)
	var hits []map[string]any
	if err = errors.Join(err, json.Unmarshal([]byte(found), &hits)); err != nil || status != 200 || len(hits) != 1 {
		t.Fatalf("%d %s %v", status, found, err)
	}
	delete(hits[0], "at")
	if d := cmp.Diff(map[string]any{"id": "bank-1", "effect": "nb_1", "fence": 7.0, "body": map[string]any{"ok": true, "id": "bank-1"}}, hits[0]); d != "" {
		t.Error(d)
	}
	if status, found, err := ask(t, "GET", url+"/effects?effect=nb_2", "", nil); err != nil || status != 200 || found != "[]" {
		t.Errorf("nothing is found as %d %s %v", status, found, err)
	}
}

func TestAProviderOverHTTPDropsWhatItDoesNotAnswer(t *testing.T) {
	url, log := overHTTP(t, simulator.Personality{Name: "bank", LookFails: 1, Rates: map[simulator.Fault]float64{simulator.FaultDropped: 1}})
	status, answer, err := ask(t, "POST", url+"/effects", "49.00", map[string]string{"X-Effect": "nb_1"})
	if err == nil {
		t.Errorf("the caller got %d %s", status, answer)
	}
	if got := log(); len(got) != 2 || got[1].What != "applied" {
		t.Errorf("the provider saw %+v", got)
	}
	if status, _, err := ask(t, "GET", url+"/effects?effect=nb_1", "", nil); err != nil || status != 500 {
		t.Errorf("a look-up that fails is %d %v", status, err)
	}
}

func TestAProviderOverHTTPRefusesWhatItCannotRead(t *testing.T) {
	url, log := overHTTP(t, simulator.Personality{})
	for _, test := range []struct {
		method, path, body, effect, fence string
		status                            int
	}{
		{"POST", "/effects", "x", "", "1", 400},
		{"POST", "/effects", "x", "nb_1", "one", 400},
		{"POST", "/effects", strings.Repeat("x", 16<<20+1), "nb_1", "", 413},
		{"GET", "/effects", "", "", "", 400},
		{"DELETE", "/effects", "", "", "", 405},
		{"POST", "/other", "", "", "", 404},
	} {
		status, answer, err := ask(t, test.method, url+test.path, test.body, map[string]string{"X-Effect": test.effect, "X-Fence": test.fence})
		if err != nil || status != test.status {
			t.Errorf("%s %s %s %s: %d %s %v, want %d", test.method, test.path, test.effect, test.fence, status, answer, err, test.status)
		}
	}
	if got := log(); len(got) != 0 {
		t.Errorf("the provider saw %+v", got)
	}
}
