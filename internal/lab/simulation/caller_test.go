package simulation_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/internal/simulator"
)

// wish is an effect that callers want.
type wish struct {
	operation *operation
	effect    nonbis.Effect
	id        string
	patient   float64 // how often its callers come back only when a key's window ends
}

// order is a payload. N says which effect it is.
type order struct {
	N      int `json:"n"`
	Amount int `json:"amount"`
}

// newWish is the n-th wish of the world; with repeat, a repetition of it.
func (w *world) newWish(n int, repeat string) *wish {
	o := w.operations[n%len(w.operations)]
	e := nonbis.Effect{Task: fmt.Sprintf("task-%d", n/3), Operation: o.name, Payload: order{n, 100}, Identity: []string{"/n"}, Repeat: repeat}
	switch n % 5 {
	case 1:
		e.Key = fmt.Sprintf("key-%d%s", n, repeat)
	case 2:
		if repeat == "" {
			e.Task, e.Key = "", fmt.Sprintf("key-%d", n)
		}
	}
	return &wish{operation: o, effect: e, id: idOf(e), patient: []float64{0.1, 0.8}[n/len(w.operations)%2]}
}

func idOf(e nonbis.Effect) string {
	name, _, err := e.Describe("default")
	if err != nil {
		panic(err)
	}
	return name.ID().String()
}

// body is what is sent, and what mismatches are judged by.
func body(e nonbis.Effect) []byte {
	_, payload, err := e.Describe("default")
	if err != nil {
		panic(err)
	}
	return payload.Bytes()
}

type callKey struct{}

// call notes when the ledger was last asked for one call of Do. What the call is
// told was true then; on its way back, which may be slow, somebody else may go on.
type call struct {
	begun time.Time

	mu     sync.Mutex
	read   time.Time
	others int64 // fence of the attempt that it found in flight
}

// callOf is the call that ctx belongs to; nil is the resolver's.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// name tells the calls of a process apart.
func (c *call) name() string {
	if c == nil {
		return ""
	}
	return strconv.FormatInt(c.begun.UnixNano(), 36)
}

func (c *call) readAt(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = t
}

func (c *call) lastRead() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read
}

// want calls for a wish, now and then over a day, until it has had an answer a few
// times.
func (w *world) want(name string, wish *wish) {
	r := w.chance.of("caller " + name)
	time.Sleep(between(r, 0, 20*time.Hour))
	for answers, tries := 0, 0; answers < 2 && tries < 14 && !w.calm.Load(); tries++ {
		if w.try(r, wish) == "applied" {
			answers++
		}
		time.Sleep(w.gap(r, wish))
	}
}

// gap is how long a caller waits: often little, and at times until the window of
// the provider key is about to be over.
func (w *world) gap(r *rand.Rand, wish *wish) time.Duration {
	if window := wish.operation.promised.KeyWindow; window > 0 && window < 3*time.Hour && often(r, wish.patient) {
		return between(r, window*7/10, window*21/20)
	}
	gap := oneOf(r, 2*time.Second, 2*time.Second, time.Minute, time.Minute, 20*time.Minute, 3*time.Hour)
	return between(r, gap/10, gap)
}

// try makes one call in one of the processes, and at times one more at the same
// time in another.
func (w *world) try(r *rand.Rand, wish *wish) (told string) {
	if often(r, 0.15) {
		d, seed := between(r, 0, 2*wish.operation.timeout), r.Uint64()
		w.going.Go(func() {
			time.Sleep(d)
			w.once(rand.New(rand.NewPCG(seed, 1)), wish)
		})
	}
	return w.once(r, wish)
}

func (w *world) once(r *rand.Rand, wish *wish) (told string) {
	p := w.slot(r.IntN(len(w.home)))
	e := wish.effect
	patience := between(r, time.Second, 4*time.Minute)
	switch {
	case often(r, 0.05):
		e.Payload = order{e.Payload.(order).N, 200 + r.IntN(2)}
	case often(r, 0.2):
		patience = between(r, 0, wish.operation.timeout)
	}
	if !p.alive() {
		return ""
	}
	return w.do(p, wish, e, patience)
}

// do makes the call, and writes down what the caller was told, unless its process
// died.
func (w *world) do(p *process, wish *wish, e nonbis.Effect, patience time.Duration) (told string) {
	b := body(e)
	said := judge.Call{Begin: time.Now().UnixNano(), Effect: wish.id, Payload: simulator.Digest(b)}
	c := &call{begun: time.Now(), read: time.Now()}
	ctx, cancel := context.WithCancel(context.WithValue(p.ctx, callKey{}, c))
	defer cancel()
	if patience%2 == 0 {
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	} else {
		defer time.AfterFunc(patience, cancel).Stop()
	}
	done := make(chan struct{})
	var result nonbis.Result[string]
	var err error
	ended := true // the sender ended the goroutine
	go func() {
		defer close(done)
		result, err = nonbis.Do(ctx, p.guard, e, wish.operation.send(p, b))
		ended = false
	}()
	<-done
	if p.gate() == nil && !ended {
		w.answered(&said, result, err, c)
		if said.Told == "in-flight" && ctx.Err() != nil {
			w.count("caller left")
		}
	}
	w.tell(said.Effect, p, "a caller was told %q (value %q): %v", said.Told, result.Value, err)
	w.mu.Lock()
	w.calls = append(w.calls, said)
	w.mu.Unlock()
	return said.Told
}

var tellings = map[nonbis.Kind]string{
	nonbis.ErrNotApplied: "not-applied", nonbis.ErrUnknown: "unknown", nonbis.ErrInFlight: "in-flight", nonbis.ErrMismatch: "mismatch",
	nonbis.ErrDisputed: "disputed", nonbis.ErrResultGone: "result-gone", nonbis.ErrUnavailable: "unavailable",
}

// answered fills in what a caller was told. Who was blocked by a repeat is told of
// that repeat.
func (w *world) answered(said *judge.Call, result nonbis.Result[string], err error, c *call) {
	said.End = time.Now().UnixNano()
	if err == nil {
		said.Told, said.Value = "applied", simulator.Digest([]byte(result.Value))
		w.count("told applied")
		if result.Replayed {
			w.count("replayed")
		}
		return
	}
	kind := nonbis.KindOf(err)
	said.Told, said.Safe = tellings[kind], kind.Meaning().NewEffectSafe
	if said.Told == "" {
		said.Told = kind.Error()
	}
	if said.Told == "not-applied" || said.Safe {
		said.End = c.lastRead().UnixNano()
	}
	w.count("told " + said.Told)
	if e, ok := err.(*nonbis.Error); ok && !e.ID.IsZero() { //nolint:errorlint // Do returns it as it is
		said.Effect = e.ID.String()
	}
}
