package ledgertest

import (
	"strings"

	"github.com/nonbis/nonbis"
)

// lateTables say what becomes of an effect when the sender of an earlier
// attempt says what came of it (columns), by where the effect stands (rows).
// The cells are those of [advanceTable].
var lateTables = map[string]string{
	// The first sender fell silent, a person said that nothing had happened, and the
	// effect was claimed again: under another provider key, if under any.
	"freed by a person": `
                 applied    not-applied   unknown
freed            disputed   not-applied   not-applied
claimed          applied    claimed       claimed
sending          applied    sending       sending
unknown          applied    unknown       unknown
applied          disputed   applied       applied
not-applied      disputed   not-applied   not-applied
disputed         disputed   disputed      disputed`,
	// The provider key of an unknown effect was repeated: however often it is applied,
	// it is one effect.
	"repeated by key": `
                 applied    not-applied   unknown
sending          applied    sending       =
unknown          applied    unknown       =
applied          applied    applied       =
disputed         disputed   disputed      =`,
}

// lateEvidence tests reports of attempts that are not the latest.
func lateEvidence(l *lab) {
	for how, table := range lateTables {
		rows := strings.Split(strings.Trim(table, "\n"), "\n")
		columns := strings.Fields(rows[0])
		for _, row := range rows[1:] {
			cells := strings.Fields(row)
			for i, want := range cells[1:] {
				l.run(how+": "+cells[0]+", "+columns[i], func(l *lab) {
					first, now := l.overtaken(how, cells[0])
					r := l.wantAdvance(now.r, first.report(outcomes[columns[i]], returning(`"late"`)), want)
					if want != "=" && !strings.Contains(r.Evidence[len(r.Evidence)-1].Note, "so says the owner") {
						l.t.Errorf("the late word is not kept: %+v", r.Evidence)
					}
					if columns[i] != "unknown" {
						l.wantAdvance(r, first.report(outcomes[columns[i]], returning(`"late"`)), "=")
					}
				})
			}
		}
	}
	l.run("the same late word twice is one", func(l *lab) {
		for _, condition := range []string{"freed", "sending", "applied"} {
			first, _ := l.overtaken("freed by a person", condition)
			r := l.must(first.report(nonbis.OutcomeUnknown))
			l.wantAdvance(r, first.report(nonbis.OutcomeUnknown), "=")
		}
	})
	l.run("a late result is the result when there is no other", func(l *lab) {
		first, _ := l.overtaken("freed by a person", "sending")
		r := l.must(first.report(nonbis.OutcomeApplied, returning(`"late"`)))
		if r.Result == nil || string(r.Result.Body) != `"late"` || !r.Result.Replayable || r.Result.Attempt != 1 {
			l.t.Errorf("the result is %+v", r.Result)
		}
	})
	l.run("a late result does not replace one that was answered with", func(l *lab) {
		s := l.start(l.intent(under(keyed)))
		s = l.then(s, s.report(nonbis.OutcomeUnknown))
		next := l.start(another(s.Intent))
		next = l.then(next, next.report(nonbis.OutcomeApplied, returning(`"second"`)))
		r := l.wantAdvance(next.r, s.report(nonbis.OutcomeApplied, returning(`"first"`)), "applied")
		if string(r.Result.Body) != `"second"` || r.Result.Attempt != 2 {
			l.t.Errorf("the result is %s of attempt %d", r.Result.Body, r.Result.Attempt)
		}
	})
	l.run("an owner whose effect was applied by an earlier attempt cannot send", func(l *lab) {
		first, now := l.overtaken("freed by a person", "claimed")
		r := l.must(first.report(nonbis.OutcomeApplied))
		l.wantAdvance(r, now.event(nonbis.EventSend), "!stale")
	})
	l.run("applied twice is disputed, applied once is not", func(l *lab) {
		first, now := l.overtaken("freed by a person", "sending")
		r := l.must(first.report(nonbis.OutcomeApplied))
		r = l.wantAdvance(r, now.report(nonbis.OutcomeUnknown), "applied")
		l.wantAdvance(r, now.report(nonbis.OutcomeApplied), "disputed")

		first, now = l.overtaken("freed by a person", "sending")
		r = l.must(first.report(nonbis.OutcomeApplied))
		l.wantAdvance(r, now.report(nonbis.OutcomeNotApplied), "applied")
	})
	l.run("when no attempt is left that could have done what a person says was done, it is disputed", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		next := l.start(another(s.Intent))
		next = l.then(next, next.report(nonbis.OutcomeUnknown))
		next = l.then(next, next.resolve(nonbis.OutcomeApplied))
		r := l.wantAdvance(next.r, s.report(nonbis.OutcomeNotApplied), "applied")
		l.wantAdvance(r, next.report(nonbis.OutcomeNotApplied), "disputed")
	})
	l.run("proof about every attempt frees", func(l *lab) {
		s := l.bring("unknown", under(keyed))
		next := l.start(another(s.Intent))
		r := l.wantAdvance(next.r, next.report(nonbis.OutcomeNotApplied), "unknown")
		l.wantAdvance(r, s.report(nonbis.OutcomeNotApplied), "not-applied")
	})
}

var outcomes = map[string]nonbis.Outcome{
	"applied": nonbis.OutcomeApplied, "not-applied": nonbis.OutcomeNotApplied, "unknown": nonbis.OutcomeUnknown,
}

// overtaken makes an effect with a first attempt and a second, which brought it
// into a condition.
func (l *lab) overtaken(how, condition string) (first, now specimen) {
	l.t.Helper()
	if how == "repeated by key" {
		first = l.bring("unknown", under(keyed))
	} else {
		first = l.bring("lapsed")
		first = l.then(first, first.resolve(nonbis.OutcomeNotApplied))
	}
	if condition == "freed" {
		return first, first
	}
	now = l.bring(condition, func(in *nonbis.Intent) { *in = another(first.Intent) })
	if now.r.ID != first.r.ID || now.fence == first.fence {
		l.t.Fatal("the second attempt is of another effect")
	}
	return first, now
}
