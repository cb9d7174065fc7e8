package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// gets tests reading one record.
func gets(l *lab) {
	l.run("no such effect", func(l *lab) {
		l.wantNone(hash("nobody"))
		l.wantNone(nonbis.ID{})
		s := l.bring("applied")
		id := s.r.ID
		id[31]++
		l.wantNone(id)
	})
	l.run("an effect in every condition", func(l *lab) {
		for _, condition := range conditions {
			s := l.bring(condition)
			if d := diff(s.r, l.get(s.r.ID)); d != "" {
				l.t.Errorf("%s (-want +got):\n%s", condition, d)
			}
		}
	})
	// What each method answers, changed by the caller.
	s := l.bring("unknown", under(verifiable), withKey("key"))
	answers := map[string]func(*lab) []*nonbis.Record{
		"Get": func(l *lab) []*nonbis.Record { return []*nonbis.Record{l.get(s.r.ID)} },
		"List": func(l *lab) []*nonbis.Record {
			p, err := l.ledger.List(l.t.Context(), nonbis.Query{Base: s.r.Base})
			if err != nil {
				l.t.Fatal(err)
			}
			return p.Records
		},
		"Due":   func(l *lab) []*nonbis.Record { return []*nonbis.Record{l.look(s.r.ID)} },
		"Claim": func(l *lab) []*nonbis.Record { return []*nonbis.Record{l.claim(another(s.Intent)).Record} },
		"Advance": func(l *lab) []*nonbis.Record {
			return []*nonbis.Record{l.must(s.report(nonbis.OutcomeApplied, returning(`"result"`)))}
		},
	}
	for _, method := range []string{"Get", "List", "Due", "Claim", "Advance", "Claim", "List", "Get"} {
		l.run("records belong to the caller: "+method, func(l *lab) {
			for _, r := range answers[method](l) {
				before := l.get(r.ID)
				spoil(r)
				l.wantSame(before)
			}
		})
	}
	l.run("a result belongs to the caller", func(l *lab) {
		s := l.start(l.intent())
		s = l.then(s, s.report(nonbis.OutcomeApplied, returning(`"result"`)))
		r := l.get(s.r.ID)
		r.Result.Replayable, r.Result.Attempt, r.Result.Body = false, 99, nil
		if now := l.get(s.r.ID); now.Result == nil || !now.Result.Replayable || now.Result.Attempt != 1 || string(now.Result.Body) != `"result"` {
			l.t.Errorf("the result of the ledger changed: %+v", now.Result)
		}
	})
	l.run("what a caller gave belongs to the caller again", func(l *lab) {
		in := l.intent(under(keyed))
		r := l.granted(in)
		t := specimen{Intent: in, fence: r.Fence, r: r}.report(nonbis.OutcomeApplied, returning(`"result"`))
		before := l.must(t)
		t.Result.Attempt, t.Result.Replayable, t.Result.Body = 99, false, nil
		l.wantSame(before)
	})
}

// spoil changes all of a record but its bytes, which nobody changes, and its
// result.
func spoil(r *nonbis.Record) {
	for i := range r.Aliases {
		r.Aliases[i] = "spoiled"
	}
	for i := range r.Attempts {
		r.Attempts[i] = nonbis.AttemptRecord{Number: 99}
	}
	for i := range r.Evidence {
		r.Evidence[i] = nonbis.Evidence{Note: "spoiled"}
	}
	if len(r.Evidence) > 0 {
		r.Evidence = append(r.Evidence[:len(r.Evidence)-1], nonbis.Evidence{Note: "spoiled"})
	}
	r.Aliases = append(r.Aliases, "spoiled")
	r.State, r.Fence, r.Revision, r.Hold = nonbis.StateDisputed, 99, 99, "spoiled"
	r.Due, r.Created, r.Task = nonbis.Instant{}, time.Time{}, "spoiled"
}
