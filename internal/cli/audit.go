package cli

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nonbis/nonbis"
)

// audit walks a ledger of any kind and checks that what it remembers fits
// together: the records with themselves, with their names and with the history.
// It may run beside others that write: whatever looks wrong is looked at once
// more by itself.
type audit struct {
	ledger   nonbis.Ledger
	effects  int
	changes  int
	problems []string
	more     int // problems beyond those that are kept
}

// What an audit holds in memory: effects whose trail is followed in one pass over
// the history, and problems.
const (
	effectsPerPass = 1 << 20
	maxProblems    = 1000
)

func (a *audit) found(id nonbis.ID, problems ...string) {
	for _, p := range problems {
		if len(a.problems) == maxProblems {
			a.more++
			continue
		}
		a.problems = append(a.problems, fmt.Sprintf("%s: %s", id, p))
	}
}

func (a *audit) run(ctx context.Context) error {
	end, err := lastChange(ctx, a.ledger)
	if err != nil {
		return err
	}
	passes := uint64(1 + end/effectsPerPass) //nolint:gosec // a sequence number is not negative
	for pass := range passes {
		mine := func(id nonbis.ID) bool { return binary.BigEndian.Uint64(id[:])%passes == pass }
		if err := a.pass(ctx, mine); err != nil {
			return err
		}
	}
	return nil
}

// pass audits the effects that mine picks.
func (a *audit) pass(ctx context.Context, mine func(nonbis.ID) bool) error {
	trails, err := a.follow(ctx, mine)
	if err != nil {
		return err
	}
	suspects := map[nonbis.ID]bool{}
	q := nonbis.Query{Limit: listPage}
	for {
		page, err := a.ledger.List(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			if !mine(r.ID) {
				continue
			}
			a.effects++
			t := trails[r.ID]
			delete(trails, r.ID)
			if t == nil || len(t.problems) > 0 || len(t.end(r)) > 0 || len(inconsistencies(r)) > 0 {
				suspects[r.ID] = true
			}
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for id := range trails {
		suspects[id] = true
	}
	for id := range suspects {
		if err := a.again(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// follow reads the history.
func (a *audit) follow(ctx context.Context, mine func(nonbis.ID) bool) (map[nonbis.ID]*trail, error) {
	trails := map[nonbis.ID]*trail{}
	q := nonbis.HistoryQuery{Limit: historyBatch}
	for {
		changes, err := a.ledger.History(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			q.After = c.Seq
			if !mine(c.ID) {
				continue
			}
			a.changes++
			if trails[c.ID] == nil {
				trails[c.ID] = &trail{}
			}
			trails[c.ID].add(c)
		}
		if len(changes) == 0 {
			return trails, nil
		}
	}
}

// again looks at one effect by itself, until it holds still.
func (a *audit) again(ctx context.Context, id nonbis.ID) error {
	if len(a.problems) == maxProblems {
		a.more++
		return nil
	}
	for {
		r, err := a.ledger.Get(ctx, id)
		if errors.Is(err, nonbis.ErrNotFound) {
			a.found(id, "it has a history, but no record")
			return nil
		}
		if err != nil {
			return err
		}
		t, err := a.trailOf(ctx, id)
		if err != nil {
			return err
		}
		after, err := a.ledger.Get(ctx, id)
		if err != nil {
			return err
		}
		if after.Revision == r.Revision {
			a.found(id, t.problems...)
			a.found(id, t.end(r)...)
			a.found(id, inconsistencies(r)...)
			return nil
		}
	}
}

func (a *audit) trailOf(ctx context.Context, id nonbis.ID) (*trail, error) {
	t := &trail{}
	q := nonbis.HistoryQuery{ID: id, Limit: historyBatch}
	for {
		changes, err := a.ledger.History(ctx, q)
		if err != nil || len(changes) == 0 {
			return t, err
		}
		for _, c := range changes {
			q.After = c.Seq
			t.add(c)
		}
	}
}
