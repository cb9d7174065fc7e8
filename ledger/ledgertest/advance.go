package ledgertest

import (
	"strings"
	"time"

	"github.com/nonbis/nonbis"
)

// advanceTable says what becomes of an effect in each condition (rows) at each
// event (columns). A state means that the change was made, and counted, even
// when the state is the same; "=" that there was nothing to change; "!" and a
// code that it was refused with an error of this kind and nothing changed. A
// sender that takes back a definite word by "unknown" says nothing that counts:
// whether it is kept is left open ("|=").
const advanceTable = `
                    send     release      applied   not-applied  unknown        early   lapse        gone         person+     person-
claimed             sending  not-applied  !invalid  !invalid     !invalid       !stale  not-applied  not-applied  !in-flight  !in-flight
sending             =        !stale       applied   not-applied  unknown        !stale  unknown      unknown      !in-flight  !in-flight
unknown             !stale   !stale       applied   not-applied  =              !stale  !stale       =            applied     not-applied
lapsed              !stale   !stale       applied   not-applied  unknown        !stale  !stale       unknown      applied     not-applied
disputed            !stale   !stale       disputed  =            disputed|=     !stale  !stale       !stale       applied     !refused
applied             !stale   !stale       =         disputed     applied|=      !stale  !stale       !stale       =           !refused
not-applied         !stale   !stale       disputed  =            not-applied|=  !stale  !stale       !stale       !refused    =
released            !stale   !stale       !stale    !stale       !stale         !stale  !stale       !stale       !refused    =
pruned~applied      !stale   !stale       !stale    !stale       !stale         !stale  !stale       !stale       =           !refused
pruned~not-applied  !stale   !stale       !stale    !stale       !stale         !stale  !stale       !stale       !refused    =
`

// advanceEvents are the columns. All are of the owner, with the right fence,
// token and revision.
var advanceEvents = map[string]func(*lab, specimen) nonbis.Transition{
	"send":        func(_ *lab, s specimen) nonbis.Transition { return s.event(nonbis.EventSend) },
	"release":     func(_ *lab, s specimen) nonbis.Transition { return s.event(nonbis.EventRelease) },
	"applied":     func(_ *lab, s specimen) nonbis.Transition { return s.report(nonbis.OutcomeApplied) },
	"not-applied": func(_ *lab, s specimen) nonbis.Transition { return s.report(nonbis.OutcomeNotApplied) },
	"unknown":     func(_ *lab, s specimen) nonbis.Transition { return s.report(nonbis.OutcomeUnknown) },
	"early": func(l *lab, s specimen) nonbis.Transition {
		l.clock.pass(lease - 1)
		return s.event(nonbis.EventLapse)
	},
	"lapse": func(l *lab, s specimen) nonbis.Transition {
		l.clock.pass(1000 * time.Hour)
		return s.event(nonbis.EventLapse)
	},
	"gone":    func(_ *lab, s specimen) nonbis.Transition { return s.gone() },
	"person+": func(_ *lab, s specimen) nonbis.Transition { return s.resolve(nonbis.OutcomeApplied) },
	"person-": func(_ *lab, s specimen) nonbis.Transition { return s.resolve(nonbis.OutcomeNotApplied) },
}

// advances tests every event in every condition.
func advances(l *lab) {
	rows := strings.Split(strings.Trim(advanceTable, "\n"), "\n")
	columns := strings.Fields(rows[0])
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		if len(cells) != len(columns)+1 {
			l.t.Fatalf("the row %s has %d cells, want %d", cells[0], len(cells)-1, len(columns))
		}
		condition := strings.ReplaceAll(cells[0], "~", " ")
		for i, want := range cells[1:] {
			l.run(condition+", "+columns[i], func(l *lab) {
				s := l.bring(condition)
				l.wantAdvance(s.r, advanceEvents[columns[i]](l, s), want)
			})
		}
	}
	l.run("what no event is", func(l *lab) {
		s := l.bring("sending")
		l.wantAdvance(s.r, s.event(99), "!invalid")
		l.wantAdvance(s.r, s.event(0), "!invalid")
		l.wantAdvance(s.r, s.report(nonbis.OutcomePending), "!invalid")
		unknown := l.bring("unknown")
		l.wantAdvance(unknown.r, unknown.resolve(nonbis.OutcomeUnknown), "!invalid")
		l.wantAdvance(unknown.r, unknown.resolve(nonbis.OutcomePending), "!invalid")
		looking := l.look(l.bring("unknown", under(verifiable)).r.ID)
		l.wantAdvance(looking, found(looking, 99), "!invalid")
	})
	l.run("no such effect", func(l *lab) {
		s := l.bring("claimed")
		for e := range eventNames {
			t := s.event(e)
			t.ID = hash("nobody")
			r, err := l.advance(t)
			if r != nil {
				l.t.Errorf("%s: there is a record", eventNames[e])
			}
			l.wantErr(err, nonbis.ErrNotFound, t.ID)
		}
	})
}

// wantAdvance asks for a transition and checks what became of the record, in the
// words of a table's cell.
func (l *lab) wantAdvance(before *nonbis.Record, t nonbis.Transition, want string) *nonbis.Record {
	l.t.Helper()
	r, err := l.advance(t)
	if r == nil {
		l.t.Fatalf("%s: no record, error %v", eventNames[t.Event], err)
	}
	if state, either := strings.CutSuffix(want, "|="); either {
		if want = state; r.Revision == before.Revision {
			want = "="
		}
	}
	code, refused := strings.CutPrefix(want, "!")
	switch {
	case refused && (err == nil || nonbis.KindOf(err).Error() != code):
		l.t.Fatalf("%s: the effect is %s, error %v; want an error of kind %s", eventNames[t.Event], r.State, err, code)
	case !refused && err != nil:
		l.t.Fatalf("%s: error %v, want %s", eventNames[t.Event], err, want)
	case refused || want == "=":
		if d := diff(before, r); d != "" {
			l.t.Fatalf("%s: the record changed (-before +after):\n%s", eventNames[t.Event], d)
		}
	case r.State.String() != want:
		l.t.Fatalf("%s: the effect is %s, want %s", eventNames[t.Event], r.State, want)
	case r.Revision != before.Revision+1 || r.Fence != before.Fence:
		l.t.Fatalf("%s: revision %d, fence %d; they were %d and %d", eventNames[t.Event], r.Revision, r.Fence, before.Revision, before.Fence)
	case !r.Updated.Equal(l.clock.read().Wall):
		l.t.Fatalf("%s: updated at %s, want now", eventNames[t.Event], r.Updated)
	}
	return r
}
