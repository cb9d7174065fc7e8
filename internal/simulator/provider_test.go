package simulator_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/simulator"
)

// core is a provider with its log.
type core struct {
	*simulator.Provider
	mu  sync.Mutex
	log []judge.Event
}

func newCore(p simulator.Personality) *core {
	b := &core{}
	b.Provider = simulator.New(p, func(e judge.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.log = append(b.log, e)
	}, time.Now, rand.New(rand.NewPCG(1, 2)))
	return b
}

// withFault is a personality with one fault.
func withFault(f simulator.Fault) simulator.Personality {
	return simulator.Personality{
		Name: "p", Keys: simulator.KeysHonoured, LateFrom: time.Minute, LateTo: 2 * time.Minute,
		Rates: map[simulator.Fault]float64{f: 1},
	}
}

func (b *core) applied() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.log {
		if e.What == "applied" {
			n++
		}
	}
	return n
}

// send sends under a patience of a second.
func (b *core) send(t *testing.T, key string) (simulator.Reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return b.Send(ctx, simulator.Request{Effect: "e", Fence: 1, Key: key, Body: []byte("b")})
}

func TestFaults(t *testing.T) {
	for fault, want := range map[simulator.Fault]struct {
		status  int
		applied int // when the sender is answered
		drained int
	}{
		"":                         {200, 1, 1},
		simulator.FaultLost:        {0, 0, 0},
		simulator.FaultDropped:     {0, 1, 1},
		simulator.FaultLate:        {0, 0, 1},
		simulator.FaultErrorAfter:  {500, 1, 1},
		simulator.FaultErrorBefore: {500, 0, 0},
		simulator.FaultLimited:     {429, 0, 0},
		simulator.FaultRefused:     {422, 0, 0},
		simulator.FaultNotOK:       {200, 0, 0},
	} {
		t.Run(string("fault "+fault), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newCore(withFault(fault))
				reply, err := p.send(t, "k")
				if reply.Status != want.status || (err != nil) != (want.status == 0) {
					t.Errorf("got %d %s, %v", reply.Status, reply.Body, err)
				}
				if n := p.applied(); n != want.applied {
					t.Errorf("applied %d times, want %d", n, want.applied)
				}
				p.Drain()
				if n := p.applied(); n != want.drained {
					t.Errorf("drained, it was applied %d times, want %d", n, want.drained)
				}
				if fault != "" && p.Counts()[fault] != 1 {
					t.Errorf("counted %v", p.Counts())
				}
				if p.log[0].What != "received" || p.log[0].Body != simulator.Digest([]byte("b")) {
					t.Errorf("the log begins with %+v", p.log[0])
				}
			})
		})
	}
}

func TestARepeatedKeyGetsTheFirstAnswerWithinItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newCore(simulator.Personality{Keys: simulator.KeysHonoured, Window: time.Hour})
		first, _ := p.send(t, "k")
		time.Sleep(time.Hour - 1)
		second, _ := p.send(t, "k")
		if string(first.Body) != string(second.Body) || p.applied() != 1 {
			t.Errorf("got %s and %s, applied %d times", first.Body, second.Body, p.applied())
		}
		time.Sleep(time.Nanosecond)
		third, _ := p.send(t, "k")
		if string(third.Body) == string(first.Body) || p.applied() != 2 {
			t.Errorf("after its window the key still had %s", third.Body)
		}
	})
}

func TestAnErrorIsRememberedOnlyWhereErrorsAreReplayed(t *testing.T) {
	for _, replays := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			is := withFault(simulator.FaultErrorAfter)
			is.ReplaysErrors = replays
			p := newCore(is)
			_, _ = p.send(t, "k")
			reply, _ := p.send(t, "k")
			if (reply.Status == 500) != replays || p.applied() != 1 {
				t.Errorf("replays %v: got %d, applied %d times", replays, reply.Status, p.applied())
			}
		})
	}
}

func TestARefusalIsForgottenUnlessErrorsAreReplayed(t *testing.T) {
	for _, replays := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			is := withFault(simulator.FaultRefused)
			is.ReplaysErrors = replays
			is.Rates[simulator.FaultRefused] = 0.6
			p := newCore(is)
			for n := 0; p.Counts()[simulator.FaultRefused] == 0; n++ { // until one is refused
				_, _ = p.send(t, string(rune('a'+n)))
			}
			refused := p.log[len(p.log)-1].Key
			for range 20 {
				_, _ = p.send(t, refused)
			}
			applied := 0
			for _, e := range p.log {
				if e.What == "applied" && e.Key == refused {
					applied++
				}
			}
			if want := map[bool]int{false: 1, true: 0}[replays]; applied != want {
				t.Errorf("replays %v: applied %d times, want %d", replays, applied, want)
			}
		})
	}
}

func TestConcurrentRequestsWithOneKey(t *testing.T) {
	for concurrent, want := range map[simulator.Concurrent]struct{ conflicts, applied int }{
		simulator.ConcurrentConflict: {1, 1}, simulator.ConcurrentBoth: {0, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newCore(simulator.Personality{Keys: simulator.KeysHonoured, Concurrent: concurrent, Latency: time.Second})
			var wg sync.WaitGroup
			statuses := make(chan int, 2)
			for range 2 {
				wg.Go(func() {
					reply, _ := p.send(t, "k")
					statuses <- reply.Status
				})
			}
			wg.Wait()
			conflicts := 0
			for range 2 {
				if <-statuses == 409 {
					conflicts++
				}
			}
			if conflicts != want.conflicts || p.applied() != want.applied {
				t.Errorf("%d conflicts, applied %d times, want %+v", conflicts, p.applied(), want)
			}
		})
	}
}

func TestIgnoredKeysAndNoKeysApplyEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ignores, honours := newCore(simulator.Personality{}), newCore(simulator.Personality{Keys: simulator.KeysHonoured})
		for range 2 {
			_, _ = ignores.send(t, "k")
			_, _ = honours.send(t, "")
		}
		if ignores.applied() != 2 || honours.applied() != 2 {
			t.Errorf("applied %d and %d times", ignores.applied(), honours.applied())
		}
	})
}

func TestALateRequestIsStillOneWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := withFault(simulator.FaultLate)
		is.Rates[simulator.FaultLate] = 0.5
		p := newCore(is)
		for range 8 {
			_, _ = p.send(t, "k")
		}
		p.Drain()
		if p.Counts()[simulator.FaultLate] == 0 || p.applied() != 1 {
			t.Errorf("%v, applied %d times", p.Counts(), p.applied())
		}
	})
}

func TestTheSenderLeavesAndTheProviderGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newCore(simulator.Personality{Latency: time.Hour})
		if _, err := p.send(t, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if p.applied() != 1 {
			t.Errorf("applied %d times", p.applied())
		}
	})
}

func TestLookUps(t *testing.T) {
	for name, test := range map[string]struct {
		is    simulator.Personality
		after time.Duration
		want  []int // hits of one look-up after the other
		err   error
	}{
		"see what was applied":     {simulator.Personality{}, 0, []int{1, 1}, nil},
		"are stale for a while":    {simulator.Personality{Stale: time.Minute}, time.Minute - 1, []int{0, 0}, nil},
		"are fresh after that":     {simulator.Personality{Stale: time.Minute}, time.Minute, []int{1, 1}, nil},
		"list every hit twice":     {simulator.Personality{ListsTwice: true}, 0, []int{2, 2}, nil},
		"miss what is there, once": {simulator.Personality{LookMisses: 1}, 0, []int{0, 1, 1}, nil},
		"fail":                     {simulator.Personality{LookFails: 1}, 0, []int{0}, simulator.ErrLookFailed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newCore(test.is)
				_, _ = p.send(t, "")
				time.Sleep(test.after)
				for _, want := range test.want {
					hits, err := p.Find(t.Context(), "e")
					if len(hits) != want || !errors.Is(err, test.err) {
						t.Fatalf("got %v, %v, want %d", hits, err, want)
					}
				}
				if hits, _ := p.Find(t.Context(), "another"); len(hits) > 0 {
					t.Errorf("found %v", hits)
				}
			})
		})
	}
}

func TestTheLogHasTheDigestOfTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newCore(simulator.Personality{Name: "p"})
		reply, _ := p.send(t, "k")
		hits, _ := p.Find(t.Context(), "e")
		last := p.log[len(p.log)-1]
		if last.What != "applied" || last.Value != simulator.Digest(reply.Body) || string(hits[0].Body) != string(reply.Body) || last.Provider != "p" || last.Key != "k" {
			t.Errorf("%+v, %s, %+v", last, reply.Body, hits)
		}
	})
}
