//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nonbis/nonbis"
)

// settle runs the resolver until nothing is left that it could settle: what is
// unknown is held, or a call may repeat its key.
func (w *worker) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	over := make(chan error, 1)
	go func() { over <- w.guard.Run(ctx) }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		left, err := w.unsettled(ctx)
		if err != nil {
			return err
		}
		if left == 0 {
			cancel()
			if err := <-over; !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d effects are not settled: %w", left, errors.Join(ctx.Err(), <-over))
		}
	}
}

func (w *worker) unsettled(ctx context.Context) (left int, err error) {
	q := nonbis.Query{States: []nonbis.State{nonbis.StateClaimed, nonbis.StateSending, nonbis.StateUnknown}, Limit: 1000}
	for {
		page, err := w.guard.List(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, r := range page.Records {
			if r.State != nonbis.StateUnknown || (r.Hold == "" && r.Terms.KeyWindow == 0) {
				left++
			}
		}
		if q.After = page.Next; q.After == "" {
			return left, nil
		}
	}
}

// resolve decides as a person who has looked into the provider's books.
func (w *worker) resolve(ctx context.Context) error {
	for task := range strings.SplitSeq(w.tasks, ",") {
		e := w.effect(task)
		name, _, err := e.Describe("default")
		if err != nil {
			return err
		}
		a, err := w.ask(ctx, name.ID().String())
		if err != nil {
			return err
		}
		d := nonbis.Resolution{Outcome: nonbis.OutcomeNotApplied, Note: "it is not in the books"}
		if a.Applied {
			d = nonbis.Resolution{Outcome: nonbis.OutcomeApplied, Note: "it is in the books", Result: fmt.Appendf(nil, "%q", a.Value)}
		}
		if _, err := w.guard.Resolve(ctx, name.ID(), d); err != nil {
			return err
		}
	}
	return nil
}
