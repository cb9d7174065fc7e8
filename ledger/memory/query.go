package memory

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"github.com/nonbis/nonbis"
)

// List implements [nonbis.Ledger]. The cursor is the number of the last record
// of the page, counted from the oldest.
func (l *Ledger) List(_ context.Context, q nonbis.Query) (nonbis.Page, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return nonbis.Page{}, err
	}
	end := len(l.order)
	if q.After != "" {
		if end, err = strconv.Atoi(q.After); err != nil || end < 0 || end > len(l.order) {
			return nonbis.Page{}, nonbis.Errorf(nonbis.ErrInvalid, "%q is not a cursor of this ledger", q.After)
		}
	}
	var page nonbis.Page
	for i := end - 1; i >= 0; i-- {
		r := l.records[l.order[i]]
		if !matches(q, r) {
			continue
		}
		if q.Limit > 0 && len(page.Records) == q.Limit {
			page.Next = strconv.Itoa(i + 1)
			break
		}
		page.Records = append(page.Records, r.Clone())
	}
	return page, nil
}

func matches(q nonbis.Query, r *nonbis.Record) bool {
	switch {
	case q.Namespace != "" && q.Namespace != r.Namespace,
		q.Task != "" && q.Task != r.Task,
		q.Operation != "" && q.Operation != r.Operation,
		len(q.States) > 0 && !slices.Contains(q.States, r.State),
		q.Held && r.Hold == "" && r.State != nonbis.StateDisputed,
		!q.Base.IsZero() && q.Base != r.Base,
		!q.High.IsZero() && (bytes.Compare(r.ID[:], q.Low[:]) < 0 || bytes.Compare(r.ID[:], q.High[:]) > 0):
		return false
	}
	return true
}

// Due implements [nonbis.Ledger].
func (l *Ledger) Due(_ context.Context, q nonbis.DueQuery) ([]*nonbis.Record, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var due []*nonbis.Record
	for _, id := range l.order {
		if q.Limit > 0 && len(due) == q.Limit {
			break
		}
		if r := l.due(q, l.records[id]); r != nil {
			due = append(due, r.Clone())
		}
	}
	return due, nil
}

// due returns r if time has something to say about it, with its look leased if
// the caller can look.
func (l *Ledger) due(q nonbis.DueQuery, r *nonbis.Record) *nonbis.Record {
	now := l.clock()
	named := q.ID == r.ID
	switch {
	case !q.ID.IsZero() && !named,
		r.Due.IsZero() && !named,
		!r.Due.IsZero() && !r.Due.Reached(now),
		r.State != nonbis.StateClaimed && r.State != nonbis.StateSending && r.State != nonbis.StateUnknown:
		return nil
	}
	if r.State == nonbis.StateUnknown && r.Terms.Verify {
		if !slices.Contains(q.Operations, r.Operation) {
			return nil
		}
		next, ok := r.LeaseLook(nonbis.NewToken(), q.Lease, now)
		if !ok {
			return nil
		}
		l.put(next)
		return next
	}
	return r
}

// History implements [nonbis.Ledger].
func (l *Ledger) History(_ context.Context, q nonbis.HistoryQuery) ([]nonbis.Change, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var changes []nonbis.Change
	for _, c := range l.history {
		if c.Seq > q.After && (q.ID.IsZero() || q.ID == c.ID) && (q.Limit <= 0 || len(changes) < q.Limit) {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// Prune implements [nonbis.Ledger].
func (l *Ledger) Prune(_ context.Context, q nonbis.PruneQuery) (int, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return 0, err
	}
	pruned := 0
	for id, r := range l.records {
		if r.State.Open() || r.Pruned || !r.Updated.Before(q.Before) || (q.Namespace != "" && q.Namespace != r.Namespace) {
			continue
		}
		pruned++
		if !q.DryRun {
			l.put(r.Tombstone())
			l.records[id].Aliases = nil // the keys themselves; that they name this effect stays
		}
	}
	return pruned, nil
}
