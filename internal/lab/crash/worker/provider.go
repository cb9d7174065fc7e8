//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/nonbis/nonbis"
)

// request is a line to the lab's provider.
type request struct {
	Look   bool   `json:"look"`
	Effect string `json:"effect"`
	Fence  int64  `json:"fence"`
	Key    string `json:"key"`
	Body   string `json:"body"`
}

// answer is the provider's. A refusal did nothing.
type answer struct {
	Applied bool   `json:"applied"`
	Value   string `json:"value"`
}

func (w *worker) dial(ctx context.Context, q request) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", w.provider)
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		err = conn.SetDeadline(end)
	}
	if err == nil {
		err = json.NewEncoder(conn).Encode(q)
	}
	return conn, err
}

func receive(conn net.Conn) (a answer, err error) {
	defer conn.Close()
	return a, json.NewDecoder(conn).Decode(&a)
}

// send makes the one request of an attempt.
func (w *worker) send(ctx context.Context, q request) (string, error) {
	conn, err := w.dial(ctx, q)
	if err != nil {
		return "", err
	}
	// failpoint: request-sent
	a, err := receive(conn)
	switch {
	case err != nil:
		return "", err
	case !a.Applied:
		return "", nonbis.NotApplied(fmt.Errorf("the provider refused"))
	}
	return a.Value, nil
}

func (w *worker) ask(ctx context.Context, id string) (answer, error) {
	conn, err := w.dial(ctx, request{Look: true, Effect: id})
	if err != nil {
		return answer{}, err
	}
	return receive(conn)
}

// verify looks for the effect at the provider.
func (w *worker) verify(ctx context.Context, r *nonbis.Record) (nonbis.Finding, error) {
	a, err := w.ask(ctx, r.ID.String())
	switch {
	case err != nil:
		return nonbis.Finding{}, err
	case a.Applied:
		return nonbis.Finding{Verdict: nonbis.Present, Result: a.Value, Note: "the provider has it"}, nil
	}
	return nonbis.Finding{Verdict: nonbis.Absent, Note: "the provider does not have it"}, nil
}

// sendAsCommand is the effect of a nonbis run: it prints the provider's answer.
func (w *worker) sendAsCommand(ctx context.Context) error {
	attempt, err := strconv.ParseInt(os.Getenv("NONBIS_ATTEMPT"), 10, 64)
	if err != nil {
		return err
	}
	// In the lab's ledgers the fence of an attempt is its number.
	value, err := w.send(ctx, request{Effect: os.Getenv("NONBIS_EFFECT"), Fence: attempt, Body: w.tasks})
	if err == nil {
		_, err = fmt.Println(value) //nolint:forbidigo // the output that is recorded
	}
	return err
}

// lookAsCommand is the --verify of a nonbis run.
func (w *worker) lookAsCommand(ctx context.Context) error {
	a, err := w.ask(ctx, os.Getenv("NONBIS_EFFECT"))
	if err != nil {
		return err
	}
	word := "not-applied"
	if a.Applied {
		word = "applied"
	}
	_, err = fmt.Println(word) //nolint:forbidigo // the verifier's answer
	return err
}
