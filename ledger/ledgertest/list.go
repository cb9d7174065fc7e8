package ledgertest

import (
	"slices"

	"github.com/nonbis/nonbis"
)

// list reads all pages of a query.
func (l *lab) list(q nonbis.Query) (all []*nonbis.Record) {
	l.t.Helper()
	for range 1000 {
		p, err := l.ledger.List(l.t.Context(), q)
		if err != nil {
			l.t.Fatalf("list: %v", err)
		}
		if q.Limit > 0 && len(p.Records) > q.Limit {
			l.t.Fatalf("a page has %d records, %d are the limit", len(p.Records), q.Limit)
		}
		if all = append(all, p.Records...); p.Next == "" {
			return all
		}
		q.After = p.Next
	}
	l.t.Fatal("a thousand pages, and no end")
	return nil
}

// wantList checks that a query selects these records, in this order.
func (l *lab) wantList(q nonbis.Query, want []*nonbis.Record) {
	l.t.Helper()
	got := l.list(q)
	if len(got) != len(want) {
		l.t.Fatalf("%+v selects %d records, want %d", q, len(got), len(want))
	}
	for i, w := range want {
		if d := diff(w, got[i]); d != "" {
			l.t.Fatalf("%+v, record %d (-want +got):\n%s", q, i, d)
		}
	}
}

// lists tests queries.
func lists(l *lab) {
	l.fresh("an empty ledger", func(l *lab) { l.wantList(nonbis.Query{}, nil) })

	var all []*nonbis.Record // the newest first
	for _, namespace := range []string{"one", "two"} {
		for _, operation := range []string{"test.a", "test.b"} {
			for _, condition := range conditions {
				s := l.bring(condition, func(in *nonbis.Intent) {
					in.Namespace, in.Operation = namespace, operation
					if condition == "sending" || condition == "applied" {
						in.Task, in.Identity.Digest = "shared", hash(condition)
					}
				})
				all = append(all, s.r)
				l.clock.jump(-l.clock.read().Tick / 7) // newest by creation, not by the wall clock
			}
		}
	}
	slices.Reverse(all)
	for name, c := range map[string]struct {
		q     nonbis.Query
		match func(*nonbis.Record) bool
	}{
		"everything":     {nonbis.Query{}, func(*nonbis.Record) bool { return true }},
		"a namespace":    {nonbis.Query{Namespace: "two"}, func(r *nonbis.Record) bool { return r.Namespace == "two" }},
		"a task":         {nonbis.Query{Task: "shared"}, func(r *nonbis.Record) bool { return r.Task == "shared" }},
		"an operation":   {nonbis.Query{Operation: "test.b"}, func(r *nonbis.Record) bool { return r.Operation == "test.b" }},
		"a state":        {nonbis.Query{States: []nonbis.State{nonbis.StateApplied}}, func(r *nonbis.Record) bool { return r.State == nonbis.StateApplied }},
		"states":         {nonbis.Query{States: []nonbis.State{nonbis.StateClaimed, nonbis.StateDisputed}}, func(r *nonbis.Record) bool { return r.State == nonbis.StateClaimed || r.State == nonbis.StateDisputed }},
		"what is held":   {nonbis.Query{Held: true}, func(r *nonbis.Record) bool { return r.Hold != "" || r.State == nonbis.StateDisputed }},
		"a base id":      {nonbis.Query{Base: all[3].Base}, func(r *nonbis.Record) bool { return r.ID == all[3].ID }},
		"one id":         {nonbis.Query{Low: all[5].ID, High: all[5].ID}, func(r *nonbis.Record) bool { return r.ID == all[5].ID }},
		"another's task": {nonbis.Query{Task: "share"}, func(*nonbis.Record) bool { return false }},
		"no such base":   {nonbis.Query{Base: hash("nobody")}, func(*nonbis.Record) bool { return false }},
		"all at once": {nonbis.Query{Namespace: "one", Task: "shared", Operation: "test.a", States: []nonbis.State{nonbis.StateSending}}, func(r *nonbis.Record) bool {
			return r.Namespace == "one" && r.Task == "shared" && r.Operation == "test.a" && r.State == nonbis.StateSending
		}},
		"held in a space": {nonbis.Query{Namespace: "one", Held: true}, func(r *nonbis.Record) bool {
			return r.Namespace == "one" && (r.Hold != "" || r.State == nonbis.StateDisputed)
		}},
		"nothing in common": {nonbis.Query{Held: true, States: []nonbis.State{nonbis.StateApplied}}, func(*nonbis.Record) bool { return false }},
	} {
		l.run(name+", in pages of any size, newest first", func(l *lab) {
			want := slices.DeleteFunc(slices.Clone(all), func(r *nonbis.Record) bool { return !c.match(r) })
			for c.q.Limit = range len(want) + 2 {
				l.wantList(c.q, want)
			}
		})
	}
	l.run("what is created between two pages is on neither", func(l *lab) {
		p, err := l.ledger.List(l.t.Context(), nonbis.Query{Limit: 2})
		if err != nil || p.Next == "" {
			l.t.Fatalf("next %q, error %v", p.Next, err)
		}
		l.granted(l.intent())
		l.wantList(nonbis.Query{Limit: 3, After: p.Next}, all[2:])
	})
	l.run("what is no cursor is invalid", func(l *lab) {
		for _, cursor := range []string{"garbage", "-1", "99999999999999999999999", "1 or 1=1", "\x00", all[0].ID.String() + "?"} {
			if _, err := l.ledger.List(l.t.Context(), nonbis.Query{After: cursor}); nonbis.KindOf(err) != nonbis.ErrInvalid {
				l.t.Errorf("%q: error %v, want of kind invalid", cursor, err)
			}
		}
	})
}
