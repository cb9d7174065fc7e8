package ledgertest

import (
	"bytes"
	"context"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
)

// due asks both ledgers what is due.
func (m *machine) due(t *rapid.T) {
	q := nonbis.DueQuery{Lease: rapid.SampledFrom([]time.Duration{lease, time.Hour}).Draw(t, "lease")}
	q.Operations = m.operations[:rapid.IntRange(0, len(m.operations)).Draw(t, "operations")]
	if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
		if r := m.any(t, nonbis.StateUnknown, nonbis.StateSending, nonbis.StateClaimed); r != nil {
			q.ID = r.ID
		}
	}
	m.dueOf(t, q)
}

func (m *machine) dueOf(t *rapid.T, q nonbis.DueQuery) {
	ctx := context.Background()
	got, err := m.handle(t).Due(ctx, q)
	want, _ := m.model.Due(ctx, q)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d are due, want %d, error %v", len(got), len(want), err)
	}
	byID := func(a, b *nonbis.Record) int { return bytes.Compare(a.ID[:], b.ID[:]) }
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	for i, r := range got {
		if w := want[i]; (r.Look.Token == nonbis.Token{}) == (w.Look.Token == nonbis.Token{}) && r.ID == w.ID && r.Look.Token != (nonbis.Token{}) {
			m.tokens[r.Look.Token] = w.Look.Token
			m.looks = append(m.looks, leased{got: r, want: w})
		}
		m.same(t, want[i], r)
	}
}

func (m *machine) prune(t *rapid.T) {
	q := nonbis.PruneQuery{
		Before: m.clock.read().Wall.Add(-rapid.SampledFrom([]time.Duration{0, time.Minute, window}).Draw(t, "age")),
		DryRun: rapid.IntRange(0, 3).Draw(t, "dry") == 0,
	}
	ctx := context.Background()
	got, err := m.handle(t).Prune(ctx, q)
	want, _ := m.model.Prune(ctx, q)
	if err != nil || got != want {
		t.Fatalf("pruned %d, want %d, error %v", got, want, err)
	}
}

// list asks both ledgers for all pages of a query.
func (m *machine) list(t *rapid.T) {
	var q nonbis.Query
	q.Limit = rapid.IntRange(1, 5).Draw(t, "limit")
	q.Held = rapid.IntRange(0, 3).Draw(t, "held") == 0
	q.Task = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "task")
	q.Operation = rapid.SampledFrom([]string{"", "", "keyed", "both"}).Draw(t, "operation")
	if r := m.any(t); r != nil && rapid.Bool().Draw(t, "family") {
		q.Base = r.Base
	}
	for s := nonbis.StateClaimed; s <= nonbis.StateNotApplied; s++ {
		if rapid.IntRange(0, 5).Draw(t, "state") == 0 {
			q.States = append(q.States, s)
		}
	}
	ctx := context.Background()
	ours, theirs := q, q
	for range 1000 {
		got, err := m.handle(t).List(ctx, ours)
		want, _ := m.model.List(ctx, theirs)
		if err != nil || len(got.Records) != len(want.Records) || (got.Next == "") != (want.Next == "") {
			t.Fatalf("a page has %d records, next %q, want %d, %q, error %v", len(got.Records), got.Next, len(want.Records), want.Next, err)
		}
		for i, r := range got.Records {
			m.same(t, want.Records[i], r)
		}
		if ours.After, theirs.After = got.Next, want.Next; ours.After == "" {
			return
		}
	}
	t.Fatal("a thousand pages, and no end")
}

func (m *machine) timePasses(t *rapid.T) {
	m.clock.pass(rapid.SampledFrom([]time.Duration{1, time.Second, settle, lease, time.Minute, time.Hour, window}).Draw(t, "time"))
}

func (m *machine) clockIsSet(t *rapid.T) {
	switch rapid.IntRange(0, 3).Draw(t, "how") {
	case 0:
		m.clock.reboot()
	case 1:
		m.clock.tick(rapid.SampledFrom([]time.Duration{time.Second, time.Hour}).Draw(t, "tick"))
	default:
		m.clock.jump(rapid.SampledFrom([]time.Duration{-window, -time.Hour, -time.Second, time.Second, time.Hour, window}).Draw(t, "jump"))
	}
}
