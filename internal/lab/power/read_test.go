package power

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/power/record"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// reads opens the ledger of an image and looks at everything in it.
func (c *checker) reads(ctx context.Context, m *Image, folder string) *remembered {
	failed := func(err error) *remembered { return &remembered{problem: &problem{corrupt, err.Error()}} }
	if err := m.Write(folder); err != nil {
		return failed(err)
	}
	l, err := sqlite.Open(ctx, filepath.Join(folder, ledgerName), &sqlite.Options{Brief: true})
	if err != nil {
		return failed(err)
	}
	has := &remembered{effects: map[nonbis.ID]record.Snapshot{}}
	for _, look := range []func(context.Context, *sqlite.Ledger, map[nonbis.ID]record.Snapshot) *problem{c.records, c.history, c.damage, c.claims} {
		if has.problem = look(ctx, l, has.effects); has.problem != nil {
			break
		}
	}
	if err := l.Close(); err != nil && has.problem == nil {
		return failed(err)
	}
	return has
}

// records collects the records, each of which must be as it once was written.
func (c *checker) records(ctx context.Context, l *sqlite.Ledger, there map[nonbis.ID]record.Snapshot) *problem {
	page, err := l.List(ctx, nonbis.Query{Limit: 10_000})
	if err != nil {
		return &problem{corrupt, err.Error()}
	}
	for _, r := range page.Records {
		s := record.SnapshotOf(r)
		there[r.ID] = s
		if s != c.written[version{s.ID, s.Revision}] {
			return &problem{corrupt, fmt.Sprintf("%s at revision %d (%s) is not what was written", s.ID, s.Revision, s.State)}
		}
	}
	return nil
}

// history checks that the ledger is as it was after one of its commits: its history
// is the beginning of the whole one, and leads to its records.
func (c *checker) history(ctx context.Context, l *sqlite.Ledger, there map[nonbis.ID]record.Snapshot) *problem {
	changes, err := l.History(ctx, nonbis.HistoryQuery{Limit: 10_000})
	if err != nil {
		return &problem{corrupt, err.Error()}
	}
	if len(changes) > len(c.recording.History) || !slices.Equal(changes, c.recording.History[:len(changes)]) {
		return &problem{corrupt, "the history is not the beginning of what it became"}
	}
	last := map[nonbis.ID]nonbis.Change{}
	for _, h := range changes {
		last[h.ID] = h
	}
	for id, s := range there {
		if h := last[id]; h.Revision != s.Revision || h.State != s.State || h.Fence != s.Fence {
			return &problem{corrupt, fmt.Sprintf("%s is %s at revision %d, and its history ends with %s at %d", id, s.State, s.Revision, h.State, h.Revision)}
		}
	}
	return nil
}

func (c *checker) damage(ctx context.Context, l *sqlite.Ledger, _ map[nonbis.ID]record.Snapshot) *problem {
	if problems, err := l.Verify(ctx); err != nil || len(problems) > 0 {
		return &problem{corrupt, fmt.Sprint(problems, err)}
	}
	return nil
}

// claims asks once more for every effect that may have happened.
func (c *checker) claims(ctx context.Context, l *sqlite.Ledger, there map[nonbis.ID]record.Snapshot) *problem {
	var intents []nonbis.Intent
	for id, s := range there {
		if mayHaveHappened(s.State) {
			in := c.recording.Intents[id]
			in.Token = nonbis.NewToken()
			intents = append(intents, in)
		}
	}
	if len(intents) == 0 {
		return nil
	}
	claims, err := l.Claim(ctx, intents)
	if err != nil {
		return &problem{corrupt, err.Error()}
	}
	for i, claim := range claims {
		if id := intents[i].Name.ID(); claim.Verdict == nonbis.Granted {
			return &problem{again, fmt.Sprintf("%s is %s and is granted again", id, there[id].State)}
		}
	}
	return nil
}

func mayHaveHappened(s nonbis.State) bool {
	return s != nonbis.StateNone && s != nonbis.StateClaimed && s != nonbis.StateNotApplied
}
