//go:build unix

// Worker is a program that uses the library, to be killed. It opens a ledger and
// does what -do says: makes effects happen at the lab's provider and writes down
// what it was told (call), settles what others left behind (settle), decides as a
// person (resolve), prunes, or accepts the ledger. Without a ledger it is the
// command of a nonbis run (send) and its verifier (look).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite" //nolint:depguard // a user's program opens its ledger itself
)

// worker is what the flags say.
type worker struct {
	do, ledger, provider, calls string
	protection, tasks           string
	callers, atOnce             int
	lease, deadline             time.Duration
	unseen                      bool

	guard *nonbis.Guard
}

func main() {
	var w worker
	flag.StringVar(&w.do, "do", "call", "call, settle, resolve, prune, accept, send or look")
	flag.StringVar(&w.ledger, "ledger", "", "the file")
	flag.StringVar(&w.provider, "provider", "", "the address")
	flag.StringVar(&w.calls, "calls", "", "the log of what callers were told")
	flag.StringVar(&w.protection, "protection", "none", "none, verifiable or keyed")
	flag.StringVar(&w.tasks, "tasks", "", "names of tasks, with commas")
	flag.IntVar(&w.callers, "callers", 1, "of each task")
	flag.IntVar(&w.atOnce, "at-once", 2, "tasks at a time")
	flag.DurationVar(&w.lease, "lease", 200*time.Millisecond, "")
	flag.DurationVar(&w.deadline, "deadline", 10*time.Second, "")
	flag.BoolVar(&w.unseen, "unseen", false, "processes cannot be seen, as from another machine")
	flag.Parse()
	if err := w.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func (w *worker) run(ctx context.Context) (err error) {
	switch w.do {
	case "send":
		return w.sendAsCommand(ctx)
	case "look":
		return w.lookAsCommand(ctx)
	}
	const busy = 3 * time.Second
	ledger, err := sqlite.Open(ctx, w.ledger, &sqlite.Options{BusyTimeout: busy})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := ledger.Close(); err == nil {
			err = closeErr
		}
	}()
	if w.do == "accept" {
		return ledger.Accept(ctx)
	}
	options := nonbis.Options{Lease: w.lease, Deadline: w.deadline, Patience: 2 * time.Second}
	if w.unseen {
		options.Owner = nonbis.Owner{Machine: fmt.Sprint("machine-", os.Getpid())}
		options.Fate = func(nonbis.Owner) nonbis.Fate { return nonbis.FateUnseen }
	}
	w.guard = nonbis.New(ledger, &options)
	for _, protection := range []string{"none", "verifiable", "keyed"} {
		w.guard.Register(operation(protection), *w.terms(protection))
	}
	switch w.do {
	case "settle":
		return w.settle(ctx)
	case "resolve":
		return w.resolve(ctx)
	case "prune":
		_, err := ledger.Prune(ctx, nonbis.PruneQuery{Before: now()})
		return err
	}
	return w.callAll(ctx)
}
