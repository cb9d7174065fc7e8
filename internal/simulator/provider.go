// Package simulator is a hostile provider: it loses answers, applies requests
// after their sender has gone, answers errors for what it did, forgets keys and
// lists what happened only later. Its log is the truth that tests compare with
// what callers were told.
package simulator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nonbis/nonbis/internal/lab/judge"
)

// Request is one request as it reaches the provider.
type Request struct {
	Effect string // the id by which the sender marks what it sends
	Fence  int64  // of the attempt; 0 where the sender cannot tell
	Key    string // the idempotency key; "" when there is none
	Body   []byte
}

// Reply is the provider's answer.
type Reply struct {
	Status int
	Body   []byte // JSON
}

// Hit is something that a look-up lists.
type Hit struct {
	ID     string // by which the provider knows it: two hits with one id are one thing
	Effect string
	Fence  int64
	At     time.Time // when it was applied
	Body   []byte    // of the answer
}

// What the caller sees when there is no answer.
var (
	ErrNoAnswer   = errors.New("simulator: the connection was cut before an answer came")
	ErrLookFailed = errors.New("simulator: the look-up failed")
)

// Provider is the core of a hostile provider, without a transport. It is safe for
// concurrent use. It waits with timers only, so that it may run on virtual time.
type Provider struct {
	personality Personality
	log         func(judge.Event)
	now         func() time.Time

	mu       sync.Mutex
	rnd      *rand.Rand
	hits     []Hit
	keys     map[string]*remembered
	missed   map[string]bool // effects that a look-up has missed
	counts   map[Fault]int
	under    sync.WaitGroup
	draining chan struct{} // closed to end all waiting
}

// remembered is what the provider knows of a key.
type remembered struct {
	first    time.Time // when it was first used
	answered bool
	reply    Reply
}

// New makes a provider. log is called for every event before anybody is answered,
// one event at a time; now stamps them.
func New(p Personality, log func(judge.Event), now func() time.Time, rnd *rand.Rand) *Provider {
	p.Rates = maps.Clone(p.Rates)
	return &Provider{
		personality: p, log: log, now: now, rnd: rnd,
		keys: map[string]*remembered{}, missed: map[string]bool{}, counts: map[Fault]int{}, draining: make(chan struct{}),
	}
}

// Digest is how bodies and answers appear in the log.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// delivery is one request on its way through the provider.
type delivery struct {
	Request
	fault    Fault
	work     time.Duration // until it is done
	late     time.Duration // until the work begins
	draining chan struct{}

	answered chan struct{} // closed when reply and err are set
	reply    Reply
	err      error
}

// Send gives a request to the provider. An error says that the caller gets no
// whole answer, which says nothing about what the provider did or will do: it
// goes on when ctx ends.
func (p *Provider) Send(ctx context.Context, r Request) (Reply, error) {
	d := p.receive(r)
	go func() {
		defer p.under.Done()
		d.wait(d.late)
		d.reply, d.err = p.serve(d)
		close(d.answered)
	}()
	select {
	case <-d.answered:
		return d.reply, d.err
	case <-ctx.Done():
		return Reply{}, ctx.Err()
	}
}

// receive logs the request and draws what becomes of it.
func (p *Provider) receive(r Request) *delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.event("received", r, "")
	d := &delivery{Request: r, fault: p.personality.fault(p.rnd.Float64()), draining: p.draining, answered: make(chan struct{})}
	d.work = p.upTo(p.personality.Latency)
	if late := p.personality.LateFrom + p.upTo(p.personality.LateTo-p.personality.LateFrom); d.fault == FaultLate {
		d.late = late
	}
	if d.fault != "" {
		p.counts[d.fault]++
	}
	p.under.Add(1)
	return d
}

// upTo draws a duration; the caller holds the lock.
func (p *Provider) upTo(most time.Duration) time.Duration {
	n := p.rnd.Int64()
	if most <= 0 {
		return 0
	}
	return time.Duration(n % int64(most))
}

func (p *Provider) event(what string, r Request, value string) {
	p.log(judge.Event{
		At: p.now().UnixNano(), What: what, Provider: p.personality.Name,
		Effect: r.Effect, Fence: r.Fence, Key: r.Key, Body: Digest(r.Body), Value: value,
	})
}

// wait ends early when the provider is drained.
func (d *delivery) wait(t time.Duration) {
	if t <= 0 {
		return
	}
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.draining:
	}
}

// serve works on a request that has arrived.
func (p *Provider) serve(d *delivery) (Reply, error) {
	if d.fault == FaultLost || d.fault == FaultLimited { // in front of the provider
		d.wait(d.work)
		if d.fault == FaultLost {
			return Reply{}, ErrNoAnswer
		}
		return Reply{429, []byte(`{"error":"rate limited"}`)}, nil
	}
	known, reply, over := p.arrive(d)
	d.wait(d.work)
	if !over {
		reply = p.finish(d, known)
	}
	if d.fault == FaultDropped || d.fault == FaultLate {
		return Reply{}, ErrNoAnswer
	}
	return reply, nil
}

// arrive looks at the request's key: over says that reply is all it gets.
func (p *Provider) arrive(d *delivery) (known *remembered, reply Reply, over bool) {
	if p.personality.Keys == KeysIgnored || d.Key == "" {
		return nil, Reply{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	known = p.keys[d.Key]
	switch now := p.now(); {
	case known == nil, p.personality.Window > 0 && now.Sub(known.first) >= p.personality.Window:
		known = &remembered{first: now}
		p.keys[d.Key] = known
	case known.answered:
		return known, known.reply, true
	case p.personality.Concurrent == ConcurrentConflict:
		return known, Reply{409, []byte(`{"error":"a request with this key is in progress"}`)}, true
	}
	return known, Reply{}, false
}

// finish lets the request take effect, or refuses it, and remembers the answer.
func (p *Provider) finish(d *delivery, known *remembered) Reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	var reply Reply
	applies := true
	switch d.fault {
	case FaultErrorBefore:
		reply, applies = Reply{500, []byte(`{"error":"internal"}`)}, false
	case FaultRefused:
		reply, applies = Reply{422, []byte(`{"error":"refused"}`)}, false
	case FaultNotOK:
		reply, applies = Reply{200, []byte(`{"ok":false,"error":"refused"}`)}, false
	case FaultLost, FaultDropped, FaultLate, FaultErrorAfter, FaultLimited:
	}
	remember := applies || p.personality.ReplaysErrors
	if applies {
		reply = p.apply(d.Request)
	}
	answer := reply
	if d.fault == FaultErrorAfter {
		answer = Reply{500, []byte(`{"error":"internal"}`)}
		if p.personality.ReplaysErrors {
			reply = answer
		}
	}
	switch {
	case known == nil:
	case remember && !known.answered:
		known.answered, known.reply = true, reply
	case !remember && p.keys[d.Key] == known:
		delete(p.keys, d.Key)
	}
	return answer
}

// apply makes the request's effect; the caller holds the lock.
func (p *Provider) apply(r Request) Reply {
	id := fmt.Sprintf("%s-%d", p.personality.Name, len(p.hits)+1)
	body := fmt.Appendf(nil, `{"ok":true,"id":%q}`, id)
	p.event("applied", r, Digest(body))
	p.hits = append(p.hits, Hit{ID: id, Effect: r.Effect, Fence: r.Fence, At: p.now(), Body: body})
	return Reply{200, body}
}

// Find looks for what was applied under the mark of an effect.
func (p *Provider) Find(ctx context.Context, effect string) ([]Hit, error) {
	p.mu.Lock()
	fails, misses := p.rnd.Float64() < p.personality.LookFails, p.rnd.Float64() < p.personality.LookMisses
	d := &delivery{draining: p.draining}
	work := p.upTo(p.personality.Latency)
	p.mu.Unlock()
	d.wait(work)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if fails {
		return nil, ErrLookFailed
	}
	return p.visible(effect, misses), nil
}

// visible lists what a look-up sees now.
func (p *Provider) visible(effect string, misses bool) (hits []Hit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	defer func() {
		if len(hits) > 0 && misses && !p.missed[effect] {
			hits, p.missed[effect] = nil, true
		}
	}()
	for _, h := range p.hits {
		if h.Effect != effect || now.Sub(h.At) < p.personality.Stale {
			continue
		}
		hits = append(hits, h)
		if p.personality.ListsTwice {
			hits = append(hits, h)
		}
	}
	return hits
}

// Drain delivers at once what is still under way, and waits until it is done.
func (p *Provider) Drain() {
	p.mu.Lock()
	close(p.draining)
	p.draining = make(chan struct{})
	p.mu.Unlock()
	p.under.Wait()
}

// Counts says how often each fault has happened.
func (p *Provider) Counts() map[Fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.counts)
}
