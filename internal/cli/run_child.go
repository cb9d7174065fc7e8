package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/command"
)

// child is the command of this run. Its fields are set by the send, and read
// once that is over.
type child struct {
	begun      atomic.Bool
	process    *command.Process
	result     *command.Result
	notStarted *command.NotStartedError
	signal     os.Signal // why it was not started
}

// send runs the command, for [nonbis.Do].
func (r *run) send(_ context.Context, a nonbis.Attempt) (command.Result, error) {
	r.child.begun.Store(true)
	if r.child.signal = r.signals.Waiting(); r.child.signal != nil {
		return command.Result{}, nonbis.NotApplied(fmt.Errorf("%s came before the command was started", r.child.signal))
	}
	p, err := command.Start(command.Spec{
		Args: r.args, Env: r.environment(a), Stdin: r.childInput(), Stdout: r.Stdout, Stderr: r.Stderr,
		Lock: r.lock.file, Signals: r.signals,
	})
	if err != nil {
		r.child.notStarted, _ = errors.AsType[*command.NotStartedError](err)
		return command.Result{}, nonbis.NotApplied(err)
	}
	result := p.Result()
	// failpoint: child-over
	r.child.process, r.child.result = p, &result
	switch {
	case result.Exit == 0:
		return result, nil
	case r.lock.heldByOthers():
		r.lock.keep()
		return result, nonbis.Ongoing(fmt.Errorf("%s, and it left processes that go on", ending(result)))
	case r.frees.says(result):
		return result, nonbis.NotApplied(fmt.Errorf("exit %d: the command says that nothing happened", result.Exit))
	}
	return result, errors.New(ending(result))
}

// ending says how a command ended.
func ending(r command.Result) string {
	switch {
	case r.Signal != "":
		return "killed by " + r.Signal
	case r.Exit < 0:
		return "its exit status was lost"
	}
	return "exit " + strconv.Itoa(r.Exit)
}

// environment is the child's: ours without what would let it settle effects, and
// what tells it who it is.
func (r *run) environment(a nonbis.Attempt) []string {
	env := slices.DeleteFunc(slices.Clone(r.Environ), func(entry string) bool { return strings.HasPrefix(entry, "NONBIS_OPERATOR_TOKEN=") })
	return append(env,
		"NONBIS_TASK="+r.options.task,
		"NONBIS_EFFECT="+a.ID.String(),
		"NONBIS_PROVIDER_KEY="+a.ProviderKey,
		"NONBIS_ATTEMPT="+strconv.Itoa(a.Number))
}

// childInput is what the child reads: what --stdin has read, a terminal, or nothing.
func (r *run) childInput() io.Reader {
	switch {
	case r.options.stdin:
		return strings.NewReader(string(r.input))
	case isTerminal(r.Stdin):
		return r.Stdin
	}
	return nil
}

// The bounds of --verify: how long it may take, and how much it may say.
const (
	verifyTimeout = 25 * time.Second
	verifySays    = 4096
)

// verify asks the command of --verify. Whatever is not a clear answer is none.
func (r *run) verify(ctx context.Context, rec *nonbis.Record) (nonbis.Finding, error) {
	p, err := command.Start(command.Spec{
		Args: []string{"/bin/sh", "-c", r.options.verify},
		Env:  r.environment(nonbis.Attempt{ID: rec.ID, ProviderKey: rec.ProviderKey(), Number: len(rec.Attempts)}),
		Keep: verifySays, Stderr: r.Stderr,
	})
	if err != nil {
		return nonbis.Finding{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = p.Signal(os.Kill) })
	late := time.AfterFunc(verifyTimeout, func() { _ = p.Signal(os.Kill) })
	result := p.Result()
	stop()
	late.Stop()
	word, rest, _ := strings.Cut(strings.TrimSpace(string(result.Stdout.Data)), "\n")
	fields := strings.Fields(word)
	note := "--verify says: " + cut(strings.TrimSpace(word+" "+rest), 500)
	switch {
	case result.Exit != 0:
		return nonbis.Finding{Note: "--verify cannot tell: " + ending(result)}, nil
	case len(fields) > 0 && fields[0] == "applied":
		return nonbis.Finding{Verdict: nonbis.Present, Note: note}, nil
	case len(fields) > 0 && fields[0] == "not-applied":
		return nonbis.Finding{Verdict: nonbis.Absent, Note: note}, nil
	}
	return nonbis.Finding{Note: "--verify says neither applied nor not-applied"}, nil
}
