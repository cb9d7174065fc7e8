package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/power/record"
)

// work makes a ledger and does to it, once, all that the product does to a ledger:
// through two handles as of two processes, over checkpoints, and over a close and
// a second opening.
func work(ctx context.Context, path string) error {
	first, err := openLedger(ctx, path)
	if err != nil {
		return err
	}
	second, err := openLedger(ctx, path)
	if err != nil {
		return err
	}
	one, two := nonbis.New(first, nil), nonbis.New(second, nil)
	steps := []func() error{
		func() error { return effects(ctx, one, "early", 2) },
		func() error { return checkpoint(ctx, path, "TRUNCATE") },
		func() error { return together(ctx, one, two, "together", 1) },
		func() error { return claims(ctx, second, "claimed") },
		func() error { return checkpoint(ctx, path, "PASSIVE") },
		func() error { return effects(ctx, two, "after a checkpoint", 1) },
		func() error { return checkpoint(ctx, path, "RESTART") },
		func() error { return effects(ctx, one, "over an old log", 1) },
		func() error { return prune(ctx, first) },
		func() error { return checkpoint(ctx, path, "TRUNCATE") },
		func() error { return first.Accept(ctx) },
		func() error { return together(ctx, one, two, "accepted", 1) },
		first.Close, second.Close,
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	again, err := openLedger(ctx, path)
	if err != nil {
		return err
	}
	if err := effects(ctx, nonbis.New(again, nil), "reopened", 2); err != nil {
		return err
	}
	history, err := again.History(ctx, nonbis.HistoryQuery{Limit: 10_000})
	if err != nil {
		return err
	}
	record.Here.Ended(history)
	return again.Close()
}

// effects are n of each outcome.
func effects(ctx context.Context, g *nonbis.Guard, task string, n int) error {
	for i := range n {
		for _, want := range []nonbis.Kind{0, nonbis.ErrUnknown, nonbis.ErrNotApplied} {
			if err := effect(ctx, g, task, i, want); err != nil {
				return err
			}
		}
	}
	return nil
}

func effect(ctx context.Context, g *nonbis.Guard, task string, i int, want nonbis.Kind) error {
	what := fmt.Sprintf("%s %d, %d", task, i, want)
	e := nonbis.Effect{Task: task, Operation: "lab.send", Payload: what, Key: what, Summary: "to be kept"}
	_, err := nonbis.Do(ctx, g, e, func(context.Context, nonbis.Attempt) (string, error) {
		if want == 0 {
			return strings.Repeat("answer ", 1+i*200), nil
		}
		if want == nonbis.ErrNotApplied {
			return "", nonbis.NotApplied(errors.New("refused"))
		}
		return "", errors.New("no answer")
	})
	if nonbis.KindOf(err) != want {
		return fmt.Errorf("want the kind %d: %w", int(want), err)
	}
	return nil
}

// together lets both handles write at the same time.
func together(ctx context.Context, one, two *nonbis.Guard, task string, n int) error {
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = effects(ctx, []*nonbis.Guard{one, two}[i%2], fmt.Sprint(task, i), n) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// claims are left behind: two that were sent and of which nothing was heard, and
// one that was not sent. One is kept alive for a while.
func claims(ctx context.Context, l witness, task string) error {
	intents := make([]nonbis.Intent, 3)
	for i := range intents {
		e := nonbis.Effect{Task: task, Operation: "lab.send", Payload: i}
		name, payload, err := e.Describe("default")
		if err != nil {
			return err
		}
		intents[i] = nonbis.Intent{
			Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(), Owner: nonbis.ThisProcess(),
			Lease: time.Minute, Send: i < 2,
		}
	}
	granted, err := l.Claim(ctx, intents)
	if err != nil {
		return err
	}
	for range 3 {
		beat := nonbis.Beat{ID: granted[0].Record.ID, Fence: 1, Token: intents[0].Token, Lease: time.Minute}
		if errs, err := l.Heartbeat(ctx, []nonbis.Beat{beat}); err != nil || errs[0] != nil {
			return errors.Join(err, errs[0])
		}
	}
	_, err = l.Advance(ctx, []nonbis.Transition{
		{ID: granted[1].Record.ID, Event: nonbis.EventLapse, Fence: 1, Revision: 1, Gone: true},
	})
	return err
}

// checkpoint does what SQLite does by itself when the log has grown long, in each
// of its ways: the next write then begins anew over the old log. A short log makes
// small images, of which more can be tried.
func checkpoint(ctx context.Context, path, mode string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(full)")
	if err != nil {
		return err
	}
	defer db.Close()
	var blocked, frames, copied int
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&blocked, &frames, &copied)
	if err == nil && blocked != 0 {
		err = errors.New("the checkpoint was blocked")
	}
	return err
}

// prune leaves tombstones of all that is over.
func prune(ctx context.Context, l witness) error {
	n, err := l.Prune(ctx, nonbis.PruneQuery{Before: time.Now().Add(time.Hour)}) //nolint:forbidigo // all that there is
	if err == nil && n == 0 {
		err = errors.New("nothing was pruned")
	}
	return err
}
