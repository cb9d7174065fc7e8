// Package memory is the reference model of a ledger: the rules of the root
// package over a map. It forgets everything when the process ends, so it is for
// tests and for comparing other ledgers with, never for real effects.
package memory

import (
	"context"
	"strconv"
	"sync"

	"github.com/nonbis/nonbis"
)

// Ledger is a [nonbis.Ledger] in memory.
type Ledger struct {
	clock nonbis.Clock

	mu       sync.Mutex
	closed   bool
	records  map[nonbis.ID]*nonbis.Record // never changed in place
	order    []nonbis.ID                  // as created
	families map[nonbis.ID][]nonbis.ID    // base id → all its repeats and occurrences
	aliases  map[alias]nonbis.ID
	history  []nonbis.Change
	epoch    int
}

// alias is a caller's key in its namespace and operation.
type alias struct{ namespace, operation, key string }

var _ nonbis.Ledger = (*Ledger)(nil)

// New makes an empty ledger. A nil clock follows time.Now.
func New(clock nonbis.Clock) *Ledger {
	if clock == nil {
		clock = nonbis.ProcessClock()
	}
	return &Ledger{
		clock: clock, epoch: 1,
		records: map[nonbis.ID]*nonbis.Record{}, families: map[nonbis.ID][]nonbis.ID{}, aliases: map[alias]nonbis.ID{},
	}
}

// enter locks the ledger; the caller unlocks it.
func (l *Ledger) enter() error {
	l.mu.Lock()
	if l.closed {
		return nonbis.Errorf(nonbis.ErrUnavailable, "the ledger is closed")
	}
	return nil
}

// put replaces a record and writes the change into the history.
func (l *Ledger) put(r *nonbis.Record) {
	if l.records[r.ID] == nil {
		l.order = append(l.order, r.ID)
		l.families[r.Base] = append(l.families[r.Base], r.ID)
	}
	l.records[r.ID] = r
	for _, key := range r.Aliases {
		if k := (alias{r.Namespace, r.Operation, key}); l.aliases[k].IsZero() {
			l.aliases[k] = r.ID
		}
	}
	l.history = append(l.history, nonbis.Change{
		Seq: int64(len(l.history) + 1), ID: r.ID, Revision: r.Revision, State: r.State, Fence: r.Fence, At: r.Updated,
	})
}

// Claim implements [nonbis.Ledger].
func (l *Ledger) Claim(_ context.Context, intents []nonbis.Intent) ([]nonbis.Claim, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	claims := make([]nonbis.Claim, len(intents))
	for i := range intents {
		claims[i] = l.claim(intents[i])
	}
	return claims, nil
}

func (l *Ledger) claim(in nonbis.Intent) nonbis.Claim {
	now := l.clock()
	in.Occurrence = in.NextOccurrence(l.last(in), now)
	id := in.Name.ID()
	if other, ok := l.aliases[alias{in.Namespace, in.Operation, in.Key}]; ok && in.Key != "" {
		// What the effect itself has come to outranks its other name.
		if own := l.records[id]; own == nil || own.State == nonbis.StateNotApplied {
			id = other
		} else if other != id {
			in.Key = ""
		}
	}
	r := l.records[id]
	next, verdict := in.Decide(r, now, false)
	if next != nil {
		for _, s := range l.families[next.Base] {
			if sibling := l.records[s]; s != id && sibling.State.Open() {
				return nonbis.Claim{Verdict: nonbis.Blocked, Record: sibling.Clone()}
			}
		}
	}
	next = in.AddAlias(r, next, verdict, now)
	if next != nil {
		l.put(next)
		r = next
	}
	return nonbis.Claim{Verdict: verdict, Record: r.Clone()}
}

// last is the latest occurrence of what the intent names.
func (l *Ledger) last(in nonbis.Intent) (last *nonbis.Record) {
	for _, id := range l.families[in.Name.Base()] {
		if r := l.records[id]; r.Repeat == in.Repeat && (last == nil || r.Occurrence > last.Occurrence) {
			last = r
		}
	}
	return last
}

// Advance implements [nonbis.Ledger].
func (l *Ledger) Advance(_ context.Context, transitions []nonbis.Transition) ([]nonbis.Advanced, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	results := make([]nonbis.Advanced, len(transitions))
	for i, t := range transitions {
		r := l.records[t.ID]
		if r == nil {
			results[i].Err = notFound(t.ID)
			continue
		}
		next, err := r.Advance(t, l.clock())
		if next != nil {
			l.put(next)
			r = next
		}
		results[i] = nonbis.Advanced{Record: r.Clone(), Err: err}
	}
	return results, nil
}

// Heartbeat implements [nonbis.Ledger].
func (l *Ledger) Heartbeat(_ context.Context, beats []nonbis.Beat) ([]error, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(beats))
	for i, b := range beats {
		r := l.records[b.ID]
		if r == nil {
			errs[i] = notFound(b.ID)
			continue
		}
		next := r.Clone()
		if errs[i] = next.Beat(b.Fence, b.Token, b.Lease, l.clock()); errs[i] == nil {
			l.records[b.ID] = next
		}
	}
	return errs, nil
}

// Get implements [nonbis.Ledger].
func (l *Ledger) Get(_ context.Context, id nonbis.ID) (*nonbis.Record, error) {
	err := l.enter()
	defer l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if r := l.records[id]; r != nil {
		return r.Clone(), nil
	}
	return nil, notFound(id)
}

func notFound(id nonbis.ID) error {
	return &nonbis.Error{Kind: nonbis.ErrNotFound, ID: id, Err: nonbis.Errorf(nonbis.ErrNotFound, "there is no effect %s", id)}
}

// Epoch implements [nonbis.Ledger]. What is in memory cannot be restored, so it
// is never suspect.
func (l *Ledger) Epoch(context.Context) (nonbis.Epoch, error) {
	err := l.enter()
	defer l.mu.Unlock()
	return nonbis.Epoch{ID: "memory-" + strconv.Itoa(l.epoch)}, err
}

// Accept implements [nonbis.Ledger].
func (l *Ledger) Accept(context.Context) error {
	err := l.enter()
	defer l.mu.Unlock()
	l.epoch++
	return err
}

// Close implements [nonbis.Ledger].
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}
