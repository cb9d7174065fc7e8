package nonbis_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// A message that a retrying program sends twice arrives once.
func ExampleDo() {
	ctx := context.Background()
	g := nonbis.New(memory.New(nil), nil) // a real program opens ledger/sqlite

	post := func(text string) (nonbis.Result[string], error) {
		return nonbis.Do(ctx, g, nonbis.Effect{
			Task:      "weekly-report-2026-47", // the same on every retry
			Operation: "chat.post",
			Payload:   map[string]string{"channel": "C1", "text": text},
		}, func(context.Context, nonbis.Attempt) (string, error) {
			fmt.Println("posting:", text)
			return "message 1", nil
		})
	}

	for range 2 {
		r, err := post("All green.")
		fmt.Println(r.Value, r.Replayed, err)
	}
	// Output:
	// posting: All green.
	// message 1 false <nil>
	// message 1 true <nil>
}

// An operation makes a function that is called again send once. The task comes
// from the context, and the order number says which charge it is.
func ExampleOperation_Do() {
	type charge struct {
		Order string `json:"order"`
		Cents int    `json:"cents"`
	}
	pay := nonbis.Operation[charge, string]{
		Name:     "billing.charge",
		Identity: []string{"/order"},
		Send: func(_ context.Context, a nonbis.Attempt, c charge) (string, error) {
			fmt.Println("charging", c.Cents, "with a key of", len(a.ProviderKey), "characters")
			return "ch_1", nil
		},
	}
	g := nonbis.New(memory.New(nil), nil)
	ctx := nonbis.WithTask(context.Background(), "invoice-4711")

	r, err := pay.Do(ctx, g, charge{"4711", 4200})
	fmt.Println(r.Value, err)

	_, err = pay.Do(ctx, g, charge{"4711", 9900}) // the same order, another amount
	fmt.Println(errors.Is(err, nonbis.ErrMismatch))
	// Output:
	// charging 4200 with a key of 36 characters
	// ch_1 <nil>
	// true
}

// A sender that knows that nothing happened says so, and the next call may send.
func ExampleNotApplied() {
	ctx := context.Background()
	g := nonbis.New(memory.New(nil), nil)
	up := false

	deploy := func() error {
		_, err := nonbis.Do(ctx, g, nonbis.Effect{Task: "release-1.4", Operation: "deploy"},
			func(context.Context, nonbis.Attempt) (string, error) {
				if !up { // no byte was written
					return "", nonbis.NotApplied(errors.New("connection refused"))
				}
				return "deployed", nil
			})
		return err
	}

	err := deploy()
	fmt.Println(errors.Is(err, nonbis.ErrNotApplied), errors.Is(err, nonbis.ErrUnknown))
	up = true
	fmt.Println(deploy())
	// Output:
	// true false
	// <nil>
}

// After a timeout nobody knows. The effect is held, and a person who has looked
// settles it.
func ExampleGuard_Resolve() {
	ctx := context.Background()
	g := nonbis.New(memory.New(nil), nil)
	pay := func() (nonbis.Result[string], error) {
		return nonbis.Do(ctx, g, nonbis.Effect{Task: "invoice-4711", Operation: "bank.transfer", Payload: 4200},
			func(context.Context, nonbis.Attempt) (string, error) { return "", errors.New("timeout") })
	}

	r, err := pay()
	fmt.Println(errors.Is(err, nonbis.ErrUnknown))

	held, err := g.Get(ctx, r.ID)
	fmt.Println(held.State, "since", held.Evidence[0].Note, err)

	settled, err := g.Resolve(ctx, r.ID, nonbis.Resolution{
		Outcome:  nonbis.OutcomeApplied,
		Note:     "Ada saw it on the bank statement",
		Result:   []byte(`"transfer 77"`),
		Revision: held.Revision, // what she looked at
	})
	fmt.Println(settled.State, err)

	r, err = pay() // answered, not sent again
	fmt.Println(r.Value, r.Replayed, err)
	// Output:
	// true
	// unknown since timeout <nil>
	// applied <nil>
	// transfer 77 true <nil>
}
