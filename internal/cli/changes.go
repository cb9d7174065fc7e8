package cli

import (
	"context"
	"errors"
	"time"

	"github.com/nonbis/nonbis"
)

// historyBatch is how many changes are read at a time.
const historyBatch = 500

// feed reads the changes of one namespace, the oldest first.
type feed struct {
	ledger    nonbis.Ledger
	namespace string
	after     int64 // the last change that was read
	known     map[nonbis.ID]subject
}

// subject is what the history does not say about an effect: none of it changes.
type subject struct{ namespace, task, operation string }

// maxSubjects bounds what a feed remembers.
const maxSubjects = 10_000

// changeView is the contract of tail --json: one change a line.
type changeView struct {
	Seq       int64          `json:"seq"` // grows with every change of the ledger, with gaps
	At        time.Time      `json:"at"`
	ID        nonbis.ID      `json:"id"`
	Namespace string         `json:"namespace"`
	Task      string         `json:"task"` // "" when the effect was pruned since
	Operation string         `json:"operation"`
	State     nonbis.State   `json:"state"`   // that the effect got into
	Outcome   nonbis.Outcome `json:"outcome"` // what was known then
	Fence     int64          `json:"fence"`
	Revision  int64          `json:"revision"`
}

func newFeed(s *session) *feed {
	return &feed{ledger: s.ledger, namespace: s.namespace, known: map[nonbis.ID]subject{}}
}

// batch reads on. more is false when there was nothing to read; changes of other
// namespaces are read and left out.
func (f *feed) batch(ctx context.Context) (views []changeView, more bool, err error) {
	changes, err := f.ledger.History(ctx, nonbis.HistoryQuery{After: f.after, Limit: historyBatch})
	if err != nil {
		return nil, false, err
	}
	for _, c := range changes {
		subject, err := f.subject(ctx, c.ID)
		if err != nil {
			return nil, false, err
		}
		f.after = c.Seq
		if subject.namespace == f.namespace {
			views = append(views, changeView{
				Seq: c.Seq, At: c.At.UTC(), ID: c.ID, Namespace: subject.namespace, Task: subject.task, Operation: subject.operation,
				State: c.State, Outcome: c.State.Outcome(), Fence: c.Fence, Revision: c.Revision,
			})
		}
	}
	return views, len(changes) > 0, nil
}

func (f *feed) subject(ctx context.Context, id nonbis.ID) (subject, error) {
	if s, ok := f.known[id]; ok {
		return s, nil
	}
	r, err := f.ledger.Get(ctx, id)
	if errors.Is(err, nonbis.ErrNotFound) {
		return subject{}, nil
	}
	if err != nil {
		return subject{}, err
	}
	if len(f.known) >= maxSubjects {
		clear(f.known)
	}
	s := subject{namespace: r.Namespace, task: r.Task, operation: r.Operation}
	f.known[id] = s
	return s, nil
}

// lastChange finds the sequence number of the latest change, 0 when there is
// none, in a few dozen questions however long the history is.
func lastChange(ctx context.Context, l nonbis.Ledger) (int64, error) {
	after := func(seq int64) (bool, error) { // is there a later change?
		changes, err := l.History(ctx, nonbis.HistoryQuery{After: seq, Limit: 1})
		return len(changes) > 0, err
	}
	low, high := int64(0), int64(1<<10) // low: there is one after it, or it is 0
	for {
		later, err := after(high)
		if err != nil {
			return 0, err
		}
		if !later {
			break
		}
		low, high = high, 2*high
	}
	for low < high {
		middle := low + (high-low)/2
		later, err := after(middle)
		if err != nil {
			return 0, err
		}
		if later {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// lookBack is how much further back is looked for changes of the namespace when
// the latest of the ledger are too few.
const lookBack = 16

// latest returns the last most changes of the namespace, and leaves the feed
// behind them. It looks back over a part of the history that is bounded, but by
// several times most, so that a namespace without recent changes may get fewer.
func (f *feed) latest(ctx context.Context, most int) (views []changeView, err error) {
	end, err := lastChange(ctx, f.ledger)
	if err != nil {
		return nil, err
	}
	for span := int64(2 * historyBatch); ; span *= lookBack {
		f.after, views = max(0, end-span), nil
		whole := f.after == 0 || span > max(2*historyBatch, 4*int64(most))
		for more := true; more && f.after < end; {
			var batch []changeView
			if batch, more, err = f.batch(ctx); err != nil {
				return nil, err
			}
			views = append(views, batch...)
			views = views[max(0, len(views)-most):]
		}
		if whole || len(views) >= most {
			return views, nil
		}
	}
}
