package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/command"
)

// runPayload is what a run sends: the command line, and its input's digest. The
// environment and the folder are no part of it. docs/id.md has its form.
type runPayload struct {
	Args   []string    `json:"args,omitempty"`
	Binary [][]byte    `json:"args_base64,omitempty"` // instead of args, when they are no UTF-8
	Key    string      `json:"key,omitempty"`
	Stdin  *inputProof `json:"stdin,omitempty"`
}

type inputProof struct {
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// frees is what says that nothing happened.
type frees struct {
	Any    bool   `json:"any,omitempty"` // every exit but 0
	Exits  []int  `json:"exits,omitempty"`
	Verify string `json:"verify,omitempty"`
	Settle int64  `json:"settle,omitempty"` // ns
}

// effect describes the run. Its terms carry everything that frees, so that a
// later call must bring the same.
func (o *runOptions) effect(args []string, input []byte) (nonbis.Effect, frees, error) {
	f, err := o.frees()
	if err != nil {
		return nonbis.Effect{}, f, err
	}
	p := runPayload{Args: args, Key: o.key}
	if slices.ContainsFunc(args, func(a string) bool { return !utf8.ValidString(a) }) {
		p.Args = nil
		for _, a := range args {
			p.Binary = append(p.Binary, []byte(a))
		}
	}
	if o.stdin {
		sum := sha256.Sum256(input)
		p.Stdin = &inputProof{Size: len(input), SHA256: hex.EncodeToString(sum[:])}
	}
	e := nonbis.Effect{Task: o.task, Operation: o.operation, Payload: p, Repeat: o.repeat}
	if o.key != "" {
		e.Identity = []string{"/key"}
	}
	conditions, err := json.Marshal(f)
	if err != nil {
		return e, f, err
	}
	e.Terms = &nonbis.Terms{Settle: o.settle, Conditions: string(conditions)}
	return e, f, nil
}

// frees reads --not-applied, --verify and --settle.
func (o *runOptions) frees() (f frees, err error) {
	f.Verify, f.Settle = o.verify, int64(o.settle)
	if o.settle > 0 && o.verify == "" {
		return f, usagef("--settle says how long --verify may not see what happened: it needs --verify")
	}
	if o.notApplied == "" {
		return f, nil
	}
	if o.notApplied == "any" {
		f.Any = true
		return f, nil
	}
	for word := range strings.SplitSeq(o.notApplied, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 255 {
			return f, usagef("--not-applied %q: want exit statuses from 1 to 255, such as 75 or 6,7, or any", cut(o.notApplied, 80))
		}
		f.Exits = append(f.Exits, n)
	}
	slices.Sort(f.Exits)
	f.Exits = slices.Compact(f.Exits)
	return f, nil
}

// says reports whether the command said by its exit that nothing happened. A
// death by signal says nothing.
func (f frees) says(r command.Result) bool {
	return r.Signal == "" && r.Exit > 0 && (f.Any || slices.Contains(f.Exits, r.Exit))
}

// summary is how the run is shown: secrets masked, or the program alone.
func (o *runOptions) summary(args []string) string {
	if o.secretArgs {
		return safe(args[0])
	}
	words := command.Masked(args)
	for i, w := range words {
		words[i] = quoted(w)
	}
	return strings.Join(words, " ")
}

// noteOtherArguments tells of an effect that this task already ran the operation
// for, with other arguments, unless that did not happen: what a retry that rewords
// its call looks like.
func (r *run) noteOtherArguments(ctx context.Context, id nonbis.ID) error {
	if r.options.quiet || r.options.key != "" {
		return nil
	}
	page, err := r.session.ledger.List(ctx, nonbis.Query{Namespace: r.session.namespace, Task: r.options.task, Operation: r.options.operation, Limit: 20})
	if err != nil {
		return err
	}
	var other *nonbis.Record
	for _, known := range page.Records {
		if known.ID == id {
			return nil
		}
		if other == nil && known.Repeat == r.options.repeat && known.State != nonbis.StateNotApplied {
			other = known
		}
	}
	if other == nil {
		return nil
	}
	what := other.Summary
	if what != "" {
		what = fmt.Sprintf(" (%s)", safe(what))
	}
	r.notice("task %s already ran %s with other arguments: %s%s is %s; if this is the same effect in other words, give both calls one --key",
		r.options.task, r.options.operation, r.session.short(ctx, other.ID), what, other.State)
	return nil
}
