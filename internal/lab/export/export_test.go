package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/export"
	"github.com/nonbis/nonbis/internal/lab/judge"
	"github.com/nonbis/nonbis/ledger/memory"
)

// ledger has an effect that was applied, one that was refused, and one that is held.
func ledger(t *testing.T) *memory.Ledger {
	t.Helper()
	l := memory.New(nil)
	g := nonbis.New(l, &nonbis.Options{Clock: nonbis.ProcessClock()})
	for task, err := range map[string]error{"a": nil, "b": nonbis.NotApplied(errors.New("refused")), "c": errors.New("reset")} {
		_, _ = nonbis.Do(t.Context(), g, nonbis.Effect{Task: task, Operation: "o", Payload: task}, func(context.Context, nonbis.Attempt) (string, error) {
			return "done", err
		})
	}
	return l
}

func TestTheJudgeReadsWhatIsExported(t *testing.T) {
	l := ledger(t)
	var effects, changes bytes.Buffer
	if err := errors.Join(export.Effects(t.Context(), l, &effects), export.Changes(t.Context(), l, &changes)); err != nil {
		t.Fatal(err)
	}
	records, err := judge.ReadLines[judge.Record](&effects)
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	states := map[string]string{}
	for _, r := range records {
		states[r.Task] = r.State
		want := map[string]string{"a": "applied", "b": "not-applied", "c": "unknown"}[r.Task]
		if r.ID == "" || r.Base == "" || r.Operation != "o" || r.Fence != 1 || r.Revision != 2 || len(r.Fingerprint) != 64 || r.Protection != "none" {
			t.Errorf("%+v", r)
		}
		if len(r.Attempts) != 1 || r.Attempts[0].Outcome != want || !r.Attempts[0].Sent || r.Attempts[0].Fence != 1 || r.Attempts[0].Number != 1 {
			t.Errorf("attempts %+v", r.Attempts)
		}
		if (r.Hold != "") != (r.Task == "c") || (len(r.Evidence) > 0) != (r.Task != "a") {
			t.Errorf("hold %q, evidence %+v", r.Hold, r.Evidence)
		}
	}
	if states["a"] != "applied" || states["b"] != "not-applied" || states["c"] != "unknown" {
		t.Errorf("states %v", states)
	}
	history, err := judge.ReadLines[judge.Change](&changes)
	if err != nil || len(history) != 6 {
		t.Fatalf("%d changes, %v", len(history), err)
	}
	if found := judge.Judge(judge.Case{Records: records, History: history}); len(found) != 1 || found[0].Rule != "I4" { // no provider has a log
		t.Errorf("found %v", found)
	}
}

// What the export writes is what docs/json.md says, no more.
func TestMembersAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	var effects, changes bytes.Buffer
	l := ledger(t)
	if err := errors.Join(export.Effects(t.Context(), l, &effects), export.Changes(t.Context(), l, &changes)); err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`\w+`).FindAllString(string(doc), -1)
	for line := range strings.Lines(effects.String() + changes.String()) {
		for _, m := range members(t, []byte(line)) {
			if !slices.Contains(words, m) {
				t.Errorf("%q is not in docs/json.md", m)
			}
		}
	}
}

// members are the names of all members of a JSON value.
func members(t *testing.T, value []byte) (names []string) {
	t.Helper()
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(value, &object) == nil:
		for name, v := range object {
			names = append(append(names, name), members(t, v)...)
		}
	case json.Unmarshal(value, &list) == nil:
		for _, v := range list {
			names = append(names, members(t, v)...)
		}
	}
	return names
}

func TestErrorsOfTheLedgerAreReturned(t *testing.T) {
	l := ledger(t)
	_ = l.Close()
	var b bytes.Buffer
	if err := export.Effects(t.Context(), l, &b); !errors.Is(err, nonbis.ErrUnavailable) {
		t.Error(err)
	}
	if err := export.Changes(t.Context(), l, &b); !errors.Is(err, nonbis.ErrUnavailable) {
		t.Error(err)
	}
}
