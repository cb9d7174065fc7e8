package nonbis_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
)

// stories lead to every state, by every way that makes a difference.
var stories = map[string]func(rapid.TB) *life{
	"none":    func(tb rapid.TB) *life { return born(tb, plain) },
	"claimed": func(tb rapid.TB) *life { return born(tb, plain).hold() },
	"reclaimed": func(tb rapid.TB) *life { // an earlier attempt was refused
		return born(tb, plain).claim().report(0, nonbis.OutcomeNotApplied).hold()
	},
	"sending": func(tb rapid.TB) *life { return born(tb, plain).claim() },
	"resending": func(tb rapid.TB) *life {
		return born(tb, plain).claim().report(0, nonbis.OutcomeNotApplied).claim()
	},
	"unknown": func(tb rapid.TB) *life { return born(tb, plain).claim().report(0, nonbis.OutcomeUnknown) },
	"lapsed":  func(tb rapid.TB) *life { return born(tb, plain).claim().pass(lease).lapse() },
	"looking": func(tb rapid.TB) *life {
		return born(tb, verifiable).claim().report(0, nonbis.OutcomeUnknown).lookFor()
	},
	"keyed": func(tb rapid.TB) *life { return born(tb, keyed).claim().report(0, nonbis.OutcomeUnknown) },
	"disputed": func(tb rapid.TB) *life {
		return born(tb, verifiable).claim().report(0, nonbis.OutcomeUnknown).lookFor().found(nonbis.Conflicting)
	},
	"applied":     func(tb rapid.TB) *life { return born(tb, plain).claim().report(0, nonbis.OutcomeApplied) },
	"not-applied": func(tb rapid.TB) *life { return born(tb, plain).claim().report(0, nonbis.OutcomeNotApplied) },
	"released": func(tb rapid.TB) *life {
		l := born(tb, plain).hold()
		return l.does(nonbis.Transition{Event: nonbis.EventRelease, Fence: l.grants[0].Fence, Token: l.grants[0].Token})
	},
}

// events are asked of each story. The lease, and the window of the key, are over
// when something is late.
var events = map[string]func(*life) nonbis.Transition{
	"send":               func(l *life) nonbis.Transition { return l.as(nonbis.EventSend) },
	"send-by-another":    func(l *life) nonbis.Transition { return foreign(l.as(nonbis.EventSend)) },
	"release":            func(l *life) nonbis.Transition { return l.as(nonbis.EventRelease) },
	"release-by-another": func(l *life) nonbis.Transition { return foreign(l.as(nonbis.EventRelease)) },

	"applied":           func(l *life) nonbis.Transition { return l.word(l.last(), nonbis.OutcomeApplied) },
	"refused":           func(l *life) nonbis.Transition { return l.word(l.last(), nonbis.OutcomeNotApplied) },
	"timeout":           func(l *life) nonbis.Transition { return l.word(l.last(), nonbis.OutcomeUnknown) },
	"pending":           func(l *life) nonbis.Transition { return l.word(l.last(), nonbis.OutcomePending) },
	"first-applied":     func(l *life) nonbis.Transition { return l.word(0, nonbis.OutcomeApplied) },
	"first-refused":     func(l *life) nonbis.Transition { return l.word(0, nonbis.OutcomeNotApplied) },
	"first-timeout":     func(l *life) nonbis.Transition { return l.word(0, nonbis.OutcomeUnknown) },
	"report-by-another": func(l *life) nonbis.Transition { return foreign(l.word(l.last(), nonbis.OutcomeNotApplied)) },
	"report-by-nobody": func(l *life) nonbis.Transition {
		t := l.word(l.last(), nonbis.OutcomeNotApplied)
		t.Token = nonbis.Token{}
		return t
	},

	"lapse":       func(l *life) nonbis.Transition { return l.due() },
	"lapse-late":  func(l *life) nonbis.Transition { return l.pass(2 * time.Hour).due() },
	"lapse-stale": func(l *life) nonbis.Transition { return older(l.pass(2 * time.Hour).due()) },
	"gone": func(l *life) nonbis.Transition {
		t := l.due()
		t.Gone, t.Fence = true, l.grants[l.last()].Fence
		return t
	},

	"present":         func(l *life) nonbis.Transition { return l.looked(nonbis.Present) },
	"absent":          func(l *life) nonbis.Transition { return l.looked(nonbis.Absent) },
	"inconclusive":    func(l *life) nonbis.Transition { return l.looked(nonbis.Inconclusive) },
	"conflicting":     func(l *life) nonbis.Transition { return l.looked(nonbis.Conflicting) },
	"no-such-finding": func(l *life) nonbis.Transition { return l.looked(nonbis.FindingVerdict(9)) },
	"present-to-another": func(l *life) nonbis.Transition {
		return foreign(l.looked(nonbis.Present))
	},

	"person-applied":     func(l *life) nonbis.Transition { return l.says(nonbis.OutcomeApplied) },
	"person-not-applied": func(l *life) nonbis.Transition { return l.says(nonbis.OutcomeNotApplied) },
	"person-unknown":     func(l *life) nonbis.Transition { return l.says(nonbis.OutcomeUnknown) },
	"person-stale":       func(l *life) nonbis.Transition { return older(l.says(nonbis.OutcomeApplied)) },

	"no-event": func(*life) nonbis.Transition { return nonbis.Transition{} },
}

func (l *life) as(e nonbis.Event) nonbis.Transition {
	g := l.grants[l.last()]
	return nonbis.Transition{Event: e, Fence: g.Fence, Token: g.Token, Lease: lease, Deadline: deadline}
}

func (l *life) due() nonbis.Transition {
	return nonbis.Transition{Event: nonbis.EventLapse, Revision: l.r.Revision}
}

func (l *life) looked(v nonbis.FindingVerdict) nonbis.Transition {
	return nonbis.Transition{Event: nonbis.EventLooked, Token: l.look, Verdict: v}
}

func (l *life) says(o nonbis.Outcome) nonbis.Transition {
	return nonbis.Transition{Event: nonbis.EventResolve, Outcome: o, Revision: l.r.Revision}
}

func foreign(t nonbis.Transition) nonbis.Transition { t.Token = nonbis.NewToken(); return t }

func older(t nonbis.Transition) nonbis.Transition { t.Revision--; return t }

// A cell is the state after a change, "=" where nothing changes, or the kind of
// error. "Only proof frees": look at who is led to not-applied, and from where.
func TestEveryEventInEveryState(t *testing.T) {
	columns, rows := grid(t, `
	                    claimed      reclaimed    sending      resending    unknown      lapsed       looking      keyed        disputed   applied   not-applied  released
	send                sending      sending      =            =            stale        stale        stale        stale        stale      stale     stale        stale
	send-by-another     stale        stale        stale        stale        stale        stale        stale        stale        stale      stale     stale        stale
	release             not-applied  not-applied  stale        stale        stale        stale        stale        stale        stale      stale     stale        stale
	release-by-another  stale        stale        stale        stale        stale        stale        stale        stale        stale      stale     stale        stale
	applied             invalid      invalid      applied      applied      applied      applied      applied      applied      disputed   =         disputed     stale
	refused             invalid      invalid      not-applied  not-applied  not-applied  not-applied  not-applied  not-applied  disputed   disputed  =            stale
	timeout             invalid      invalid      unknown      unknown      =            unknown      =            =            =          applied   not-applied  stale
	pending             invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid    invalid   invalid      stale
	first-applied       invalid      applied      applied      applied      applied      applied      applied      applied      disputed   =         disputed     stale
	first-refused       invalid      =            not-applied  =            not-applied  not-applied  not-applied  not-applied  disputed   disputed  =            stale
	first-timeout       invalid      claimed      unknown      sending      =            unknown      =            =            =          applied   not-applied  stale
	report-by-another   stale        stale        stale        stale        stale        stale        stale        stale        stale      stale     stale        stale
	report-by-nobody    invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid    invalid   invalid      invalid
	lapse               stale        stale        stale        stale        stale        stale        stale        stale        stale      stale     stale        stale
	lapse-late          not-applied  not-applied  unknown      unknown      stale        stale        unknown      unknown      stale      stale     stale        stale
	lapse-stale         stale        stale        stale        stale        stale        stale        stale        stale        stale      stale     stale        stale
	gone                not-applied  not-applied  unknown      unknown      =            unknown      =            =            stale      stale     stale        stale
	present             stale        stale        stale        stale        stale        stale        applied      stale        stale      stale     stale        stale
	absent              stale        stale        stale        stale        stale        stale        unknown      stale        stale      stale     stale        stale
	inconclusive        stale        stale        stale        stale        stale        stale        unknown      stale        stale      stale     stale        stale
	conflicting         stale        stale        stale        stale        stale        stale        disputed     stale        stale      stale     stale        stale
	no-such-finding     stale        stale        stale        stale        stale        stale        invalid      stale        stale      stale     stale        stale
	present-to-another  stale        stale        stale        stale        stale        stale        stale        stale        stale      stale     stale        stale
	person-applied      in-flight    in-flight    in-flight    in-flight    applied      applied      applied      applied      applied    =         refused      refused
	person-not-applied  in-flight    in-flight    in-flight    in-flight    not-applied  not-applied  not-applied  not-applied  refused    refused   =            =
	person-unknown      invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid    invalid   invalid      invalid
	person-stale        in-flight    in-flight    in-flight    in-flight    stale        stale        stale        stale        stale      =         refused      refused
	no-event            invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid      invalid    invalid   invalid      invalid`)
	if len(rows) != len(events) || len(columns) != len(stories)-1 { // none has no record to be changed
		t.Fatalf("%d of %d events, %d of %d stories", len(rows), len(events), len(columns), len(stories)-1)
	}
	for _, row := range rows {
		for i, want := range row[1:] {
			t.Run(row[0]+" when "+columns[i], func(t *testing.T) {
				l := stories[columns[i]](t).pass(time.Second)
				changed, err := l.advance(events[row[0]](l))
				got := "="
				if err != nil {
					got = nonbis.KindOf(err).Error()
				} else if changed {
					got = l.r.State.String()
				}
				if got != want {
					t.Errorf("%s, want %s (%v)", got, want, err)
				}
				if e, ok := errors.AsType[*nonbis.Error](err); err != nil && (!ok || e.ID != l.r.ID) {
					t.Errorf("the error does not name the effect: %v", err)
				}
			})
		}
	}
}

// claims ask for the effect in different ways.
var claims = map[string]func(*life) nonbis.Verdict{
	"send": func(l *life) nonbis.Verdict { return l.decide(true, false) },
	"hold": func(l *life) nonbis.Verdict { return l.decide(false, false) },
	"late": func(l *life) nonbis.Verdict { return l.pass(2*time.Hour).decide(true, false) },
	"same-token": func(l *life) nonbis.Verdict {
		if len(l.grants) > 0 {
			l.in.Token = l.grants[l.last()].Token
		}
		return l.decide(true, false)
	},
	"other-payload": func(l *life) nonbis.Verdict { l.in.Fingerprint[0]++; return l.decide(true, false) },
	"other-terms":   func(l *life) nonbis.Verdict { l.in.Terms.Digest = "other"; return l.decide(true, false) },
	"suspect":       func(l *life) nonbis.Verdict { return l.decide(true, true) },
	"suspect-late":  func(l *life) nonbis.Verdict { return l.pass(2*time.Hour).decide(true, true) },
}

// A cell is the verdict, with the state after it where the record changes.
func TestEveryClaimInEveryState(t *testing.T) {
	verdicts := map[nonbis.Verdict]string{
		nonbis.Granted: "granted", nonbis.Existing: "existing", nonbis.Mismatched: "mismatched", nonbis.MismatchedTerms: "terms",
	}
	columns, rows := grid(t, `
	               none             claimed          reclaimed        sending     resending   unknown     lapsed      looking     keyed            disputed    applied     not-applied       released
	send           granted>sending  existing         existing         existing    existing    existing    existing    existing    granted>sending  existing    existing    granted>sending   granted>sending
	hold           granted>claimed  existing         existing         existing    existing    existing    existing    existing    existing         existing    existing    granted>claimed   granted>claimed
	late           granted>sending  granted>sending  granted>sending  existing    existing    existing    existing    existing    existing         existing    existing    granted>sending   granted>sending
	same-token     granted>sending  granted          granted          granted     granted     existing    existing    existing    granted>sending  existing    existing    granted>sending   granted>sending
	other-payload  granted>sending  mismatched       mismatched       mismatched  mismatched  mismatched  mismatched  mismatched  mismatched       mismatched  mismatched  mismatched        mismatched
	other-terms    granted>sending  terms            terms            terms       terms       terms       terms       terms       terms            terms       existing    terms             terms
	suspect        existing>unknown existing         existing         existing    existing    existing    existing    existing    granted>sending  existing    existing    existing>unknown  existing>unknown
	suspect-late   existing>unknown existing>unknown existing>unknown existing    existing    existing    existing    existing    existing         existing    existing    existing>unknown  existing>unknown`)
	if len(rows) != len(claims) || len(columns) != len(stories) {
		t.Fatalf("%d of %d claims, %d of %d stories", len(rows), len(claims), len(columns), len(stories))
	}
	for _, row := range rows {
		for i, want := range row[1:] {
			t.Run(row[0]+" when "+columns[i], func(t *testing.T) {
				l := stories[columns[i]](t).pass(time.Second)
				before := l.r
				got := verdicts[claims[row[0]](l)]
				if l.r != before {
					got += ">" + l.r.State.String()
				}
				if got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		}
	}
}
