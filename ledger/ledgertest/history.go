package ledgertest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis"
)

// histories tests the order and the completeness of changes; that each revision
// is there is tested with the fences.
func histories(l *lab) {
	l.fresh("nothing has happened yet", func(l *lab) {
		l.wantChanges(nonbis.HistoryQuery{}, nil)
		l.wantChanges(nonbis.HistoryQuery{ID: hash("nobody")}, nil)
	})

	// Two effects, their changes mixed.
	a, b := l.bring("claimed"), l.bring("sending")
	began := l.clock.read().Wall
	l.clock.pass(time.Second)
	a = l.sent(a)
	b = l.then(b, b.report(nonbis.OutcomeUnknown))
	l.clock.pass(time.Second)
	b = l.then(b, b.resolve(nonbis.OutcomeNotApplied))
	a = l.then(a, a.report(nonbis.OutcomeApplied))
	l.wantAdvance(a.r, b.report(nonbis.OutcomePending, func(t *nonbis.Transition) { t.ID = a.r.ID }), "!stale") // no change
	b = l.wantNext(b, another(b.Intent))
	second, third := began.Add(time.Second), began.Add(2*time.Second)
	want := []nonbis.Change{
		{ID: a.r.ID, Revision: 1, State: nonbis.StateClaimed, Fence: 1, At: began},
		{ID: b.r.ID, Revision: 1, State: nonbis.StateSending, Fence: 1, At: began},
		{ID: a.r.ID, Revision: 2, State: nonbis.StateSending, Fence: 1, At: second},
		{ID: b.r.ID, Revision: 2, State: nonbis.StateUnknown, Fence: 1, At: second},
		{ID: b.r.ID, Revision: 3, State: nonbis.StateNotApplied, Fence: 1, At: third},
		{ID: a.r.ID, Revision: 3, State: nonbis.StateApplied, Fence: 1, At: third},
		{ID: b.r.ID, Revision: 4, State: nonbis.StateSending, Fence: 2, At: third},
	}
	of := func(id nonbis.ID) []nonbis.Change {
		return slices.DeleteFunc(slices.Clone(want), func(c nonbis.Change) bool { return c.ID != id })
	}
	l.run("of all effects, the oldest first", func(l *lab) { l.wantChanges(nonbis.HistoryQuery{}, want) })
	l.run("of one effect", func(l *lab) {
		l.wantChanges(nonbis.HistoryQuery{ID: a.r.ID}, of(a.r.ID))
		l.wantChanges(nonbis.HistoryQuery{ID: b.r.ID}, of(b.r.ID))
	})
	l.run("in parts of any size", func(l *lab) {
		for _, q := range []nonbis.HistoryQuery{{}, {ID: b.r.ID}} {
			for q.Limit = 1; q.Limit <= len(want)+1; q.Limit++ {
				var got []nonbis.Change
				for part := l.changes(q); len(part) > 0; part = l.changes(q) {
					if len(part) > q.Limit {
						l.t.Fatalf("%d changes, %d are the limit", len(part), q.Limit)
					}
					got = append(got, part...)
					q.After = part[len(part)-1].Seq
				}
				q.After = 0
				if len(got) != len(l.changes(nonbis.HistoryQuery{ID: q.ID})) {
					l.t.Errorf("parts of %d make %d changes", q.Limit, len(got))
				}
			}
		}
	})
	l.run("after the last there is none", func(l *lab) {
		all := l.changes(nonbis.HistoryQuery{})
		l.wantChanges(nonbis.HistoryQuery{After: all[len(all)-1].Seq}, nil)
		l.wantChanges(nonbis.HistoryQuery{After: 1 << 62}, nil)
	})
}

func (l *lab) changes(q nonbis.HistoryQuery) []nonbis.Change {
	l.t.Helper()
	changes, err := l.ledger.History(l.t.Context(), q)
	if err != nil {
		l.t.Fatalf("history: %v", err)
	}
	if len(changes) > 0 && changes[0].Seq <= q.After {
		l.t.Fatalf("a change has the number %d, only those after %d were asked for", changes[0].Seq, q.After)
	}
	if !slices.IsSortedFunc(changes, func(a, b nonbis.Change) int { return int(a.Seq - b.Seq) }) {
		l.t.Fatal("the history is out of order")
	}
	return changes
}

// wantChanges checks a part of the history, but for the numbers.
func (l *lab) wantChanges(q nonbis.HistoryQuery, want []nonbis.Change) {
	l.t.Helper()
	got := l.changes(q)
	for i := range got {
		got[i].Seq = 0
	}
	if d := cmp.Diff(orNil(want), orNil(got), cmp.Comparer(sameTime)); d != "" {
		l.t.Errorf("the history (-want +got):\n%s", d)
	}
}
