// Package export writes a ledger as users see it: the lines of nonbis ls --json
// and nonbis tail --json, by docs/json.md. It is written beside the command line's
// own code, so that a laboratory can read any ledger without a process.
package export

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/nonbis/nonbis"
)

// page is how many records or changes are read at once.
const page = 1000

// Effects writes every record of the ledger, the newest first, one a line. Errors
// are the ledger's and the writer's.
func Effects(ctx context.Context, l nonbis.Ledger, w io.Writer) error {
	lines := json.NewEncoder(w)
	q := nonbis.Query{Limit: page}
	for {
		p, err := l.List(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range p.Records {
			if err := lines.Encode(effectOf(r)); err != nil {
				return err
			}
		}
		if q.After = p.Next; q.After == "" {
			return nil
		}
	}
}

// Changes writes the history of the ledger, the oldest first, one change a line.
// Errors are the ledger's and the writer's.
func Changes(ctx context.Context, l nonbis.Ledger, w io.Writer) error {
	lines := json.NewEncoder(w)
	names := map[nonbis.ID]nonbis.Name{}
	q := nonbis.HistoryQuery{Limit: page}
	for {
		changes, err := l.History(ctx, q)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if _, known := names[c.ID]; !known {
				r, err := l.Get(ctx, c.ID)
				if err != nil {
					return err
				}
				names[c.ID] = r.Name
			}
			if err := lines.Encode(changeOf(c, names[c.ID])); err != nil {
				return err
			}
			q.After = c.Seq
		}
		if len(changes) < page {
			return nil
		}
	}
}

type change struct {
	Seq       int64          `json:"seq"`
	At        time.Time      `json:"at"`
	ID        nonbis.ID      `json:"id"`
	Namespace string         `json:"namespace"`
	Task      string         `json:"task"`
	Operation string         `json:"operation"`
	State     nonbis.State   `json:"state"`
	Outcome   nonbis.Outcome `json:"outcome"`
	Fence     int64          `json:"fence"`
	Revision  int64          `json:"revision"`
}

func changeOf(c nonbis.Change, n nonbis.Name) change {
	return change{
		Seq: c.Seq, At: c.At.UTC(), ID: c.ID, Namespace: n.Namespace, Task: n.Task, Operation: n.Operation,
		State: c.State, Outcome: c.State.Outcome(), Fence: c.Fence, Revision: c.Revision,
	}
}

func digest(d [32]byte) string {
	if d == ([32]byte{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
