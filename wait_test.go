package nonbis_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// A lapsed sending becomes unknown also where no resolver runs: a call does not
// wait for an owner that cannot be seen from here and whose lease is over.
func TestACallDoesNotWaitForAnOwnerWhoseLeaseIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		ledger := memory.New(clock)
		name, payload, err := greeting.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := nonbis.Intent{
			Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(),
			Owner: nonbis.Owner{Machine: "other", Boot: "other", PID: 1}, Lease: lease, Deadline: deadline, Send: true,
		}
		if _, err := ledger.Claim(t.Context(), []nonbis.Intent{elsewhere}); err != nil {
			t.Fatal(err)
		}
		g := nonbis.New(ledger, &nonbis.Options{Clock: clock})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_, err = nonbis.Do(ctx, g, greeting, func(context.Context, nonbis.Attempt) (int, error) { return 1, nil })
		if took := time.Since(start); took > deadline {
			t.Errorf("answered after %s: %v", took, err)
		}
	})
}
