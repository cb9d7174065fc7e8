package nonbis_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/nonbis/nonbis"
)

var states = []nonbis.State{
	nonbis.StateNone, nonbis.StateClaimed, nonbis.StateSending, nonbis.StateUnknown,
	nonbis.StateDisputed, nonbis.StateApplied, nonbis.StateNotApplied,
}

func stateNamed(t *testing.T, name string) nonbis.State {
	t.Helper()
	for _, s := range states {
		if s.String() == name {
			return s
		}
	}
	t.Fatalf("no state is called %q", name)
	return 0
}

// grid reads a text matrix: the first line names the columns, each further one
// begins with the name of its row.
func grid(t *testing.T, text string) (columns []string, rows [][]string) {
	t.Helper()
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case columns == nil:
			columns = f
		case len(f) != len(columns)+1:
			t.Fatalf("%d cells for %d columns: %s", len(f)-1, len(columns), line)
		default:
			rows = append(rows, f)
		}
	}
	return columns, rows
}

// Every pair of states, from the picture in the design. A claim that is given up
// unsent becomes not-applied (the picture calls it released), and in a restored
// ledger an effect that may have been forgotten becomes unknown.
func TestEveryPairOfStates(t *testing.T) {
	columns, rows := grid(t, `
		             none  claimed  sending  unknown  disputed  applied  not-applied
		none          .      yes      yes      yes      .         .         .
		claimed       .      .        yes      yes      .         yes       yes
		sending       .      .        .        yes      .         yes       yes
		unknown       .      .        yes      .        yes       yes       yes
		disputed      .      .        .        .        .         yes       .
		applied       .      .        .        .        yes       .         .
		not-applied   .      yes      yes      yes      yes       .         .`)
	if len(columns) != len(states) || len(rows) != len(states) {
		t.Fatalf("%d×%d pairs of %d states", len(rows), len(columns), len(states))
	}
	for _, row := range rows {
		from := stateNamed(t, row[0])
		for i, cell := range row[1:] {
			to := stateNamed(t, columns[i])
			if got, want := from.CanBecome(to), cell == "yes"; got != want {
				t.Errorf("%s can become %s: %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestWhatAStateSays(t *testing.T) {
	_, rows := grid(t, `
		             open   outcome
		none         no     not-applied
		claimed      yes    not-applied
		sending      yes    unknown
		unknown      yes    unknown
		disputed     yes    unknown
		applied      no     applied
		not-applied  no     not-applied`)
	if len(rows) != len(states) {
		t.Fatalf("%d of %d states", len(rows), len(states))
	}
	for _, row := range rows {
		s := stateNamed(t, row[0])
		if got := s.Open(); got != (row[1] == "yes") {
			t.Errorf("%s is open: %v", s, got)
		}
		if got := s.Outcome().String(); got != row[2] {
			t.Errorf("%s says %s, want %s", s, got, row[2])
		}
	}
}

func TestStatesRoundTripAsText(t *testing.T) {
	for _, s := range states {
		b, err := json.Marshal(s)
		if err != nil || string(b) != `"`+s.String()+`"` {
			t.Fatalf("%s is written %s, %v", s, b, err)
		}
		var back nonbis.State
		err = json.Unmarshal(b, &back)
		if s == nonbis.StateNone { // no record is in it, so nothing names it
			if !errors.Is(err, nonbis.ErrInvalid) {
				t.Errorf("none was read: %v", err)
			}
			continue
		}
		if err != nil || back != s {
			t.Errorf("%s reads back as %s, %v", b, back, err)
		}
	}
	for _, name := range []string{"", "Applied", "applied ", "notapplied", "not applied", "state(5)", "released", strings.Repeat("x", 1<<20)} {
		if s, err := nonbis.ParseState(name); !errors.Is(err, nonbis.ErrInvalid) || len(err.Error()) > 200 {
			t.Errorf("%.20q was read as %s, %.200v", name, s, err)
		}
	}
	if s := nonbis.State(len(states)); s.String() != "state(7)" || s.Open() || s.Outcome() != nonbis.OutcomeUnknown || s.CanBecome(nonbis.StateApplied) {
		t.Errorf("a state that is not known: %s", s)
	}
}

func TestOutcomesRoundTripAsText(t *testing.T) {
	for _, name := range []string{"pending", "applied", "not-applied", "unknown"} {
		var o nonbis.Outcome
		if err := json.Unmarshal([]byte(`"`+name+`"`), &o); err != nil || o.String() != name {
			t.Fatalf("%s reads as %s, %v", name, o, err)
		}
		if b, err := json.Marshal(o); err != nil || string(b) != `"`+name+`"` {
			t.Errorf("%s is written %s, %v", name, b, err)
		}
		// A person can say no more than these two.
		said, err := nonbis.ParseOutcome(name)
		if sayable := o == nonbis.OutcomeApplied || o == nonbis.OutcomeNotApplied; sayable != (err == nil) || (sayable && said != o) {
			t.Errorf("said in words, %s is %s, %v", name, said, err)
		}
	}
	var o nonbis.Outcome
	if err := o.UnmarshalText([]byte("Applied")); !errors.Is(err, nonbis.ErrInvalid) {
		t.Errorf("Applied was read as %s: %v", o, err)
	}
	for plain, want := range map[string]nonbis.Outcome{"happened": nonbis.OutcomeApplied, "did-not-happen": nonbis.OutcomeNotApplied} {
		if got, err := nonbis.ParseOutcome(plain); err != nil || got != want {
			t.Errorf("%s is %s, %v", plain, got, err)
		}
	}
	if s := nonbis.Outcome(4).String(); s != "outcome(4)" {
		t.Errorf("an outcome that is not known is called %s", s)
	}
}
