package ledgertest

import (
	"slices"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
)

// dueLooks tests that a look at a provider is leased to one caller that can make
// it.
func dueLooks(l *lab) {
	asking := nonbis.DueQuery{Operations: []string{"test.send"}}
	l.fresh("only those are asked for whose provider the caller can ask", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		other := l.bring("unknown", under(verifiable), func(in *nonbis.Intent) { in.Operation = "test.other" })
		l.wantDue(nonbis.DueQuery{})
		l.wantDue(nonbis.DueQuery{Operations: []string{"test.nobody"}})
		l.wantDue(nonbis.DueQuery{ID: s.r.ID})
		l.wantSame(s.r)
		l.wantDue(asking, s)
		l.wantDue(nonbis.DueQuery{Operations: []string{"test.nobody", "test.other"}}, other)
	})
	l.fresh("a lapsed send is due for those who cannot ask, too", func(l *lab) {
		s := l.bring("sending", under(verifiable))
		l.clock.pass(lease)
		l.wantDue(nonbis.DueQuery{}, s)
		for _, r := range l.due(asking) {
			if r.Look.Token != (nonbis.Token{}) {
				l.t.Error("a look was leased while it is sending")
			}
		}
	})
	l.fresh("a leased look is nobody else's until it lapses", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		l.wantDue(asking, s)
		l.wantDue(asking)
		l.clock.jump(1000 * time.Hour)
		l.clock.tick(lease - 1)
		l.wantDue(asking)
		l.clock.tick(1)
		l.wantDue(asking, s)
	})
	l.fresh("also when there is news of the attempt meanwhile", func(l *lab) {
		s := l.bring("lapsed", under(verifiable))
		r := l.look(s.r.ID)
		s.r = r
		s = l.then(s, s.gone())
		l.wantDue(asking)
		l.wantAdvance(s.r, found(r, nonbis.Present), "applied")
	})
	l.fresh("after a restart no look is under way", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		l.wantDue(asking, s)
		l.clock.reboot()
		l.wantDue(asking, s)
	})
	l.fresh("what is held may be looked for when it is asked for by name", func(l *lab) {
		s := l.bring("unknown", under(verifiable))
		for looks := 0; s.r.Hold == ""; looks++ {
			if looks == 100 {
				l.t.Fatal("it is not held after a hundred looks")
			}
			l.clock.pass(24 * time.Hour)
			r := l.look(s.r.ID)
			s.r = l.must(found(r, nonbis.Inconclusive))
		}
		l.clock.pass(1000 * time.Hour)
		l.wantDue(asking)
		r := l.look(s.r.ID)
		l.wantAdvance(r, found(r, nonbis.Present), "applied")
	})
	l.fresh("looks are handed out up to the limit, each once", func(l *lab) {
		var all []specimen
		for range 7 {
			all = append(all, l.bring("unknown", under(verifiable)))
		}
		for _, want := range []int{3, 3, 1, 0} {
			due := l.due(nonbis.DueQuery{Operations: asking.Operations, Limit: 3})
			if len(due) != want {
				l.t.Fatalf("%d are due, want %d", len(due), want)
			}
			for _, r := range due {
				all = slices.DeleteFunc(all, func(s specimen) bool { return s.r.ID == r.ID })
			}
		}
		if len(all) > 0 {
			l.t.Errorf("%d were never handed out", len(all))
		}
	})
	l.fresh("each look is leased to one of many callers", func(l *lab) {
		const effects, callers = 20, 8
		for range effects {
			l.bring("unknown", under(verifiable))
		}
		var mu sync.Mutex
		leased := map[nonbis.ID]int{}
		tokens := map[nonbis.Token]bool{}
		together(callers, func(int) {
			due, err := l.ledger.Due(l.t.Context(), nonbis.DueQuery{Operations: asking.Operations, Lease: lease})
			if err != nil {
				l.t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range due {
				leased[r.ID]++
				tokens[r.Look.Token] = true
			}
		})
		for id, n := range leased {
			if n > 1 {
				l.t.Errorf("the look at %s was leased to %d callers", id, n)
			}
		}
		if len(leased) != effects || len(tokens) != effects || tokens[nonbis.Token{}] {
			l.t.Errorf("%d looks were leased, under %d tokens; want %d", len(leased), len(tokens), effects)
		}
	})
}
