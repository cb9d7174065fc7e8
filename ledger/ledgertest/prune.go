package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// prunes tests what is forgotten, and what never is.
func prunes(l *lab) {
	l.fresh("what is final and old, and nothing else", func(l *lab) {
		final := map[string]bool{"applied": true, "not-applied": true, "released": true}
		var old, late []specimen
		for _, condition := range conditions[:8] {
			old = append(old, l.bring(condition))
		}
		elsewhere := l.bring("applied", func(in *nonbis.Intent) { in.Namespace = "elsewhere" })
		l.clock.pass(time.Second)
		before := l.clock.read().Wall
		late = append(late, l.bring("applied")) // at that very moment
		for _, condition := range conditions[:8] {
			late = append(late, l.bring(condition))
		}
		for _, dry := range []bool{true, true, false} {
			q := nonbis.PruneQuery{Namespace: "test", Before: before, DryRun: dry}
			if n := l.pruned(q); n != len(final) {
				l.t.Fatalf("pruned %d, want %d", n, len(final))
			}
			for i, s := range old {
				if r := l.get(s.r.ID); r.Pruned != (final[conditions[i]] && !dry) {
					l.t.Errorf("an effect that is %s: pruned is %v", conditions[i], r.Pruned)
				} else if !r.Pruned {
					l.wantSame(s.r)
				}
			}
			for _, s := range append(late, elsewhere) {
				l.wantSame(s.r)
			}
		}
		if n := l.pruned(nonbis.PruneQuery{Namespace: "test", Before: before}); n != 0 {
			l.t.Errorf("pruned %d again", n)
		}
		if n := l.pruned(nonbis.PruneQuery{Before: before}); n != 1 || !l.get(elsewhere.r.ID).Pruned {
			l.t.Errorf("pruned %d in all namespaces, want the one that is left", n)
		}
	})
	for _, condition := range []string{"applied", "not-applied"} {
		l.run("what remains of what was "+condition, func(l *lab) {
			s := l.bring(condition, inOwnNamespace(l, l.intent(withKey("key"), under(keyed), inConversation, repeated("second"))))
			r := s.r
			now := l.prune(s).r
			want := &nonbis.Record{
				ID: r.ID, Base: r.Base, Scope: r.Scope, Fingerprint: r.Fingerprint, Terms: r.Terms,
				Name:  nonbis.Name{Namespace: r.Namespace, Operation: r.Operation, Identity: r.Identity, Repeat: r.Repeat, Occurrence: r.Occurrence},
				State: r.State, Revision: r.Revision + 1, Fence: r.Fence, Generation: r.Generation,
				Created: r.Created, Updated: r.Updated, AppliedAt: r.AppliedAt, Pruned: true,
			}
			if d := diff(want, now); d != "" {
				l.t.Errorf("the tombstone (-want +got):\n%s", d)
			}
			l.wantHistory(now)
		})
	}
	l.run("applied stays applied", func(l *lab) {
		s := l.bring("pruned applied")
		l.clock.pass(100 * 365 * 24 * time.Hour)
		l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateApplied)
		l.wantSame(s.r)
	})
	l.run("a key still finds it", func(l *lab) {
		s := l.bring("pruned applied", withKey("unforgotten"))
		from := l.intent(withKey("unforgotten"))
		from.Namespace = s.Namespace
		c := l.claim(from)
		l.wantClaim(c, nonbis.Existing, nonbis.StateApplied)
		if c.Record.ID != s.r.ID {
			l.t.Error("another effect was found")
		}
		l.wantNone(from.Name.ID())
	})
	l.run("what was not applied may be claimed, and is whole again", func(l *lab) {
		s := l.bring("pruned not-applied", withKey("again"))
		next := l.wantNext(s, another(s.Intent))
		if next.r.Pruned || next.r.Task != s.Task || next.r.Summary != s.Summary || len(next.r.Attempts) != 1 {
			l.t.Errorf("pruned %v, task %q, attempts %+v", next.r.Pruned, next.r.Task, next.r.Attempts)
		}
		l.then(next, next.report(nonbis.OutcomeApplied))
		l.wantHistory(l.get(s.r.ID))
	})
	l.run("pruned ones are listed, but not under their task", func(l *lab) {
		s := l.bring("pruned applied")
		l.wantList(nonbis.Query{Namespace: s.Namespace}, []*nonbis.Record{s.r})
		l.wantList(nonbis.Query{Base: s.r.Base}, []*nonbis.Record{s.r})
		l.wantList(nonbis.Query{Namespace: s.Namespace, Task: s.Task}, nil)
	})
}

// pruned prunes, and returns how many.
func (l *lab) pruned(q nonbis.PruneQuery) int {
	l.t.Helper()
	n, err := l.ledger.Prune(l.t.Context(), q)
	if err != nil {
		l.t.Fatalf("prune: %v", err)
	}
	return n
}
