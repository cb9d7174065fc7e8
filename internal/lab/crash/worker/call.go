//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/judge"
)

// payload is what a task sends.
type payload struct {
	Task string `json:"task"`
}

func (p payload) digest() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // plain fields
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func operation(protection string) string { return "lab." + protection }

// settleTime is longer than the provider ever takes to apply what it received.
const settleTime = 100 * time.Millisecond

// terms are what the lab's provider offers under a protection.
func (w *worker) terms(protection string) *nonbis.Terms {
	switch protection {
	case "verifiable":
		return &nonbis.Terms{Settle: settleTime, Verify: w.verify}
	case "keyed":
		return &nonbis.Terms{KeyWindow: 24 * time.Hour}
	}
	return &nonbis.Terms{}
}

func (w *worker) effect(task string) nonbis.Effect {
	return nonbis.Effect{Task: task, Operation: operation(w.protection), Payload: payload{task}}
}

// callAll makes the effect of every task happen, some at once.
func (w *worker) callAll(ctx context.Context) error {
	log, err := os.OpenFile(w.calls, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	fmt.Println("ready") //nolint:forbidigo // for who kills this process
	tasks := strings.Split(w.tasks, ",")
	queue := make(chan string, len(tasks))
	for _, task := range tasks {
		queue <- task
	}
	close(queue)
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	for range w.atOnce {
		wg.Go(func() {
			for task := range queue {
				err := w.callTogether(ctx, log, task)
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, w.guard.Shutdown(ctx), log.Close())...)
}

// callTogether lets several callers want one effect.
func (w *worker) callTogether(ctx context.Context, log *os.File, task string) error {
	errs := make([]error, w.callers)
	var wg sync.WaitGroup
	for n := range errs {
		wg.Go(func() { errs[n] = w.call(ctx, log, task) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// call makes one call and writes down, durably, what it was told.
func (w *worker) call(ctx context.Context, log *os.File, task string) error {
	e := w.effect(task)
	name, _, err := e.Describe("default")
	if err != nil {
		return err
	}
	c := judge.Call{Begin: now().UnixNano(), Effect: name.ID().String(), Payload: payload{task}.digest()}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	res, err := nonbis.Do(ctx, w.guard, e, func(ctx context.Context, a nonbis.Attempt) (string, error) {
		return w.send(ctx, request{Effect: a.ID.String(), Fence: a.Fence, Key: w.key(a.ProviderKey), Body: payload{task}.digest()})
	})
	c.End, c.Told, c.Value = now().UnixNano(), "applied", res.Value
	if err != nil {
		c.Told, c.Value = told(err), ""
	}
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err = log.Write(append(line, '\n')); err == nil {
		err = log.Sync()
	}
	if err == nil {
		_, err = fmt.Println(task, c.Told) //nolint:forbidigo // the answer of this program
	}
	return err
}

// key is sent only where the provider documents what it does with one.
func (w *worker) key(k string) string {
	if w.protection == "keyed" {
		return k
	}
	return ""
}

// told is the judge's word for an error.
func told(err error) string {
	switch nonbis.KindOf(err) { //nolint:exhaustive // the others cannot come from a call
	case nonbis.ErrNotApplied:
		return "not-applied"
	case nonbis.ErrUnknown:
		return "unknown"
	case nonbis.ErrInFlight:
		return "in-flight"
	case nonbis.ErrMismatch:
		return "mismatch"
	case nonbis.ErrDisputed:
		return "disputed"
	case nonbis.ErrResultGone:
		return "result-gone"
	}
	return "unavailable"
}
