package simulation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/simulator"
)

// operation is a kind of effect with a provider of its own: what is promised of
// it, and how it is sent and looked for.
type operation struct {
	w        *world
	name     string
	promised nonbis.Terms // without Verify
	verified bool
	naive    bool          // a look counts lines, not things: what is listed twice looks doubled
	timeout  time.Duration // of one request
	provider *simulator.Provider
	late     time.Duration // how long after a request it may still be applied
}

// protections are the ways to settle an unknown, each of which a world has.
var protections = []string{"none", "verifiable", "keyed", "keyed and verifiable", "harmful", "none with a key"}

// newOperation draws a provider, and terms that are true of it.
func (w *world) newOperation(n int) *operation {
	protection := protections[n%len(protections)]
	r := w.chance.of(fmt.Sprintf("operation %d", n))
	o := &operation{w: w, name: fmt.Sprintf("sim.%d", n)}
	is := simulator.Personality{
		Name: o.name, Latency: between(r, 20*time.Millisecond, 8*time.Second),
		ListsTwice: often(r, 0.2), LookFails: oneOf(r, 0, 0.1, 0.4), LookMisses: oneOf(r, 0, 0.3), ReplaysErrors: often(r, 0.4), Rates: w.rates(r),
	}
	o.timeout = between(r, is.Latency/2, 2*is.Latency+time.Second)
	is.LateFrom, is.LateTo = o.timeout, o.timeout+between(r, time.Second, oneOf(r, 20*time.Second, 15*time.Minute))
	o.late = is.LateTo + is.Latency
	o.promised.Settle = o.late
	switch protection {
	case "verifiable", "harmful", "keyed and verifiable":
		o.verified, o.naive = true, often(r, 0.3)
		is.Stale = oneOf(r, 0, between(r, time.Millisecond, 5*time.Minute))
		o.promised.Settle += is.Stale
		o.promised.Harmful = protection == "harmful"
		o.promised.MinAbsent = oneOf(r, 0, 2, 4)
	}
	switch protection {
	case "keyed", "keyed and verifiable":
		is.Keys, is.Window = simulator.KeysHonoured, oneOf(r, between(r, 40*time.Minute, 3*time.Hour), 24*time.Hour)
		o.promised.KeyWindow = is.Window
	default: // what a key does is not documented
		is.Keys, is.Window = oneOf(r, simulator.KeysIgnored, simulator.KeysHonoured), between(r, time.Second, time.Hour)
		is.Concurrent = simulator.ConcurrentBoth
	}
	o.provider = simulator.New(is, w.provided, time.Now, rand.New(rand.NewPCG(w.seed, uint64(n))))
	return o
}

// rates are how hostile a provider is: a little, and in one respect at times very.
func (w *world) rates(r *rand.Rand) map[simulator.Fault]float64 {
	rates := map[simulator.Fault]float64{}
	for _, f := range simulator.Faults() {
		rates[f] = oneOf(r, 0.01, 0.05, 0.08)
	}
	if often(r, 0.4) {
		rates[oneOf(r, simulator.Faults()...)] = 0.4
	}
	return rates
}

// terms are what a process registers.
func (o *operation) terms(p *process) nonbis.Terms {
	t := o.promised
	if o.verified {
		t.Verify = func(ctx context.Context, r *nonbis.Record) (nonbis.Finding, error) { return o.look(ctx, p, r) }
	}
	return t
}

func (o *operation) look(ctx context.Context, p *process, r *nonbis.Record) (nonbis.Finding, error) {
	if err := p.gate(); err != nil {
		return nonbis.Finding{}, err
	}
	if !o.w.mayLook(r.ID.String()) {
		return nonbis.Finding{}, errors.New("the provider was asked too often")
	}
	hits, err := o.provider.Find(ctx, r.ID.String())
	if gone := p.gate(); gone != nil {
		return nonbis.Finding{}, gone
	}
	if err != nil {
		o.w.count("look failed")
		return nonbis.Finding{}, err
	}
	things := map[string]bool{}
	for i, h := range hits {
		if o.naive {
			h.ID = fmt.Sprint(i)
		}
		things[h.ID] = true
	}
	switch len(things) {
	case 0:
		return nonbis.Finding{Verdict: nonbis.Absent}, nil
	case 1:
		return nonbis.Finding{Verdict: nonbis.Present, Result: string(hits[0].Body)}, nil
	}
	o.w.count("looks doubled")
	return nonbis.Finding{Verdict: nonbis.Conflicting}, nil
}

var errRefused = errors.New("the provider refused it")

// send makes one request, and says of its answer what the provider documents.
func (o *operation) send(p *process, body []byte) func(context.Context, nonbis.Attempt) (string, error) {
	return func(ctx context.Context, a nonbis.Attempt) (string, error) {
		effect := a.ID.String()
		if !p.alive() {
			return "", errDead
		}
		r := o.w.chance.of("send" + p.name + effect)
		if !o.w.calm.Load() {
			switch d := between(r, 0, 2*o.timeout); {
			case often(r, 0.03):
				o.w.count("not connected")
				return "", nonbis.NotApplied(errors.New("connection refused"))
			case often(r, 0.02*o.w.roughness):
				p.crash("just before a request")
				return "", errDead
			case often(r, 0.03*o.w.roughness):
				o.w.going.Go(func() { time.Sleep(d); p.crash("after a request") })
			case often(r, 0.04*o.w.roughness):
				pause := long(r)
				o.w.going.Go(func() { time.Sleep(d); p.pause(pause) })
			case often(r, 0.025*o.w.roughness):
				jump := between(r, -4*time.Hour, 4*time.Hour)
				o.w.going.Go(func() { time.Sleep(d); o.w.jump(o.w.host, jump) })
			}
		}
		guarded := ctx
		ctx, cancel := context.WithTimeout(ctx, o.timeout)
		defer cancel()
		reply, err := o.provider.Send(ctx, simulator.Request{Effect: effect, Fence: a.Fence, Key: a.ProviderKey, Body: body})
		o.w.tell(effect, p, "fence %d was answered %d %s, %v", a.Fence, reply.Status, reply.Body, err)
		o.w.notCancelled(guarded, p, a)
		if gone := p.gate(); gone != nil {
			return "", gone
		}
		if often(r, 0.01) && !o.w.calm.Load() {
			o.w.count("sender ended its goroutine")
			runtime.Goexit()
		}
		switch {
		case err != nil:
			return "", err
		case reply.Status == 429, reply.Status == 422, bytes.Contains(reply.Body, []byte(`"ok":false`)):
			return "", nonbis.NotApplied(fmt.Errorf("%w: %d %s", errRefused, reply.Status, reply.Body))
		case reply.Status != 200:
			return string(reply.Body), fmt.Errorf("%d %s", reply.Status, reply.Body)
		}
		return string(reply.Body), nil
	}
}

// provided takes the providers' log.
func (w *world) provided(e judge.Event) {
	w.mu.Lock()
	w.provider = append(w.provider, e)
	w.mu.Unlock()
	w.tell(e.Effect, nil, "%s %s fence %d, key %s", e.Provider, e.What, e.Fence, e.Key)
}
