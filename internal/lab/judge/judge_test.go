package judge_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/judge"
)

// sound is a case without a fault: one effect, applied at the second attempt after
// the first was refused.
func sound() judge.Case {
	return judge.Case{
		Records: []judge.Record{{
			ID: "e", State: "applied", Fence: 2, Revision: 4, Protection: "none",
			Attempts: []judge.Attempt{{Number: 1, Fence: 1, Outcome: "not-applied", Sent: true}, {Number: 2, Fence: 2, Outcome: "applied", Sent: true}},
		}},
		History: []judge.Change{
			{Seq: 1, ID: "e", Revision: 1, State: "sending", Fence: 1},
			{Seq: 2, ID: "e", Revision: 2, State: "not-applied", Fence: 1},
			{Seq: 3, ID: "e", Revision: 3, State: "sending", Fence: 2},
			{Seq: 4, ID: "e", Revision: 4, State: "applied", Fence: 2},
		},
		Provider: []judge.Event{
			{At: 10, What: "received", Effect: "e", Fence: 1, Body: "b"},
			{At: 20, What: "received", Effect: "e", Fence: 2, Body: "b"},
			{At: 21, What: "applied", Effect: "e", Fence: 2, Value: "v"},
		},
		Calls: []judge.Call{
			{Begin: 1, End: 12, Effect: "e", Payload: "b", Told: "not-applied", Safe: true},
			{Begin: 15, End: 25, Effect: "e", Payload: "b", Told: "applied", Value: "v"},
			{Begin: 16, Effect: "e", Payload: "b"},
		},
		Raw: []byte(`{"id":"e"}`), Canaries: []string{"s3cret"}, Settled: true,
	}
}

func TestASoundCaseHasNoViolations(t *testing.T) {
	if found := judge.Judge(sound()); found != nil {
		t.Error(found)
	}
}

func TestEveryRuleCanBeBroken(t *testing.T) {
	for name, test := range map[string]struct {
		rule  string
		spoil func(*judge.Case)
	}{
		"applied twice": {"I1", func(c *judge.Case) {
			c.Provider = append(c.Provider, judge.Event{At: 30, What: "applied", Effect: "e", Fence: 2, Value: "v"})
		}},
		"sent without a record":           {"I2", func(c *judge.Case) { c.Records, c.History = nil, nil }},
		"sent by an attempt that is not":  {"I2", func(c *judge.Case) { c.Provider[1].Fence, c.Provider[2].Fence = 7, 7 }},
		"sent before the intent":          {"I2", func(c *judge.Case) { c.Records[0].Attempts[1].Sent = false }},
		"one attempt twice":               {"I3", func(c *judge.Case) { c.Provider[0].Fence = 2 }},
		"applied by the ledger alone":     {"I4", func(c *judge.Case) { c.Provider = c.Provider[:2] }},
		"another value":                   {"I4", func(c *judge.Case) { c.Calls[1].Value = "w" }},
		"not-applied, and it was":         {"I5", func(c *judge.Case) { c.Calls[0].End = 99 }},
		"an attempt that was applied":     {"I5", func(c *judge.Case) { c.Provider[2].Fence = 1 }},
		"sent again without proof":        {"I6", func(c *judge.Case) { c.Records[0].Attempts[0].Outcome = "unknown" }},
		"told, and forgotten":             {"I7", func(c *judge.Case) { c.Records[0].State, c.History[3].State = "unknown", "unknown" }},
		"final, and changed":              {"I7", func(c *judge.Case) { c.History[1].State = "applied" }},
		"two answers":                     {"I8", func(c *judge.Case) { c.Calls = append(c.Calls, judge.Call{Effect: "e", Told: "applied", Value: "w"}) }},
		"mismatch, and sent":              {"I9", func(c *judge.Case) { c.Calls[0].Told, c.Calls[0].Safe = "mismatch", false }},
		"a fence that fell":               {"I11", func(c *judge.Case) { c.History[3].Fence = 1 }},
		"a revision twice":                {"I11", func(c *judge.Case) { c.History[3].Revision = 3 }},
		"a fence that rose by itself":     {"I11", func(c *judge.Case) { c.History[1].Fence = 2 }},
		"still in flight":                 {"I12", func(c *judge.Case) { c.Records[0].State = "sending" }},
		"unknown to everybody":            {"I12", func(c *judge.Case) { c.Records[0].State = "unknown" }},
		"held though it can be asked for": {"I13", func(c *judge.Case) { r := &c.Records[0]; r.State, r.Hold, r.Protection = "unknown", "h", "verifiable" }},
		"told of an effect that is not":   {"I14", func(c *judge.Case) { c.Calls = append(c.Calls, judge.Call{Effect: "f", Told: "unknown"}) }},
		"a step that is not":              {"I16", func(c *judge.Case) { c.History[1].State = "disputed" }},
		"a change that is missing":        {"I16", func(c *judge.Case) { c.History = slices.Delete(c.History, 1, 2) }},
		"a history that ends elsewhere":   {"I16", func(c *judge.Case) { c.History = c.History[:3] }},
		"a key with two bodies":           {"I17", func(c *judge.Case) { c.Provider[0].Key, c.Provider[1].Key, c.Provider[1].Body = "k", "k", "c" }},
		"a key of two effects":            {"I17", func(c *judge.Case) { c.Provider[0].Key, c.Provider[1].Key, c.Provider[1].Effect = "k", "k", "f" }},
		"a secret":                        {"I18", func(c *judge.Case) { c.Raw = []byte(`{"note":"s3cret"}`) }},
		"a log that says something else":  {"log", func(c *judge.Case) { c.Provider[0].What = "seen" }},
		"a history of nothing": {"I16", func(c *judge.Case) {
			c.History = append(c.History, judge.Change{ID: "f", Revision: 1, State: "sending"})
		}},
		"the ledger says that nothing was": {"I5", func(c *judge.Case) { c.Records[0].State = "not-applied" }},
	} {
		t.Run(name, func(t *testing.T) {
			c := sound()
			test.spoil(&c)
			if found := judge.Judge(c); !slices.ContainsFunc(found, func(v judge.Violation) bool { return v.Rule == test.rule }) {
				t.Errorf("want a violation of %s, got %v", test.rule, found)
			}
		})
	}
}

func TestReadLines(t *testing.T) {
	calls, err := judge.ReadLines[judge.Call](strings.NewReader("{\"effect\":\"a\"}\n\n{\"effect\":\"b\"}\n"))
	if err != nil || len(calls) != 2 || calls[1].Effect != "b" {
		t.Errorf("got %v, %v", calls, err)
	}
	if _, err := judge.ReadLines[judge.Call](strings.NewReader("{}\n{")); err == nil {
		t.Error("half a line was read")
	}
}
