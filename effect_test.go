package nonbis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis"
)

// An effect's names are checked all in the same way, each with its own bound.
func TestNames(t *testing.T) {
	fields := map[string]struct {
		most     int
		required bool
		set      func(e *nonbis.Effect, namespace *string, value string)
	}{
		"namespace": {nonbis.MaxNamespace, true, func(_ *nonbis.Effect, ns *string, v string) { *ns = v }},
		"task":      {nonbis.MaxTask, false, func(e *nonbis.Effect, _ *string, v string) { e.Task = v }},
		"operation": {nonbis.MaxOperation, true, func(e *nonbis.Effect, _ *string, v string) { e.Operation = v }},
		"key":       {nonbis.MaxKey, false, func(e *nonbis.Effect, _ *string, v string) { e.Key = v }},
		"repeat":    {nonbis.MaxRepeat, false, func(e *nonbis.Effect, _ *string, v string) { e.Repeat = v }},
	}
	novel, noise := strings.Repeat("x", 10<<20), strings.Repeat("\xff", 10<<20)
	for field, f := range fields {
		names := map[string]struct {
			value string
			ok    bool
		}{
			"plain":                  {"weekly-report-2026-47", true},
			"one character":          {"x", true},
			"spaces within":          {"weekly  report", true},
			"punctuation":            {`a/b:c?d&e=f#g%20"'{}[]\|<>`, true},
			"other scripts":          {"周报-отчёт-تقرير-😀", true},
			"accents":                {"re\u0301sume\u0301", true},
			"as long as may be":      {strings.Repeat("x", f.most), true},
			"empty":                  {"", !f.required},
			"one byte too long":      {strings.Repeat("x", f.most+1), false},
			"too long, in bytes":     {strings.Repeat("é", f.most/2) + "xé", false},
			"a space before":         {" x", false},
			"a space behind":         {"x ", false},
			"only a space":           {" ", false},
			"a newline":              {"a\nb", false},
			"a newline behind":       {"x\n", false},
			"a tab":                  {"a\tb", false},
			"a NUL":                  {"a\x00b", false},
			"an escape sequence":     {"a\x1b[31mb", false},
			"a delete":               {"a\x7fb", false},
			"a C1 control":           {"a\u0085b", false},
			"a right-to-left mark":   {"a\u200fb", false},
			"a bidi override":        {"a\u202eb", false},
			"a bidi isolate":         {"a\u2066b\u2069", false},
			"a zero-width space":     {"a\u200bb", false},
			"a zero-width joiner":    {"a\u200db", false},
			"a zero-width no-break":  {"a\ufeffb", false},
			"a word joiner":          {"a\u2060b", false},
			"a soft hyphen":          {"a\u00adb", false},
			"a no-break space":       {"a\u00a0b", false},
			"an ideographic space":   {"a\u3000b", false},
			"a line separator":       {"a\u2028b", false},
			"a tag character":        {"a\U000e0041b", false},
			"private use":            {"a\ue000b", false},
			"not a character":        {"a\uffffb", false},
			"invalid UTF-8":          {"a\xffb", false},
			"half a character":       {"a\xc3", false},
			"a surrogate":            {"a\xed\xa0\x80b", false},
			"10 MB":                  {novel, false},
			"10 MB of invalid UTF-8": {noise, false},
		}
		for name, tt := range names {
			t.Run(field+": "+name, func(t *testing.T) {
				e := nonbis.Effect{Task: "t", Operation: "test.op", Key: "k", Payload: 1}
				namespace := "default"
				f.set(&e, &namespace, tt.value)
				n, p, err := e.Describe(namespace)
				if tt.ok != (err == nil) {
					t.Fatalf("%.100v", err)
				}
				if err == nil {
					return
				}
				if !errors.Is(err, nonbis.ErrInvalid) || len(err.Error()) > 400 || !strings.Contains(err.Error(), field) {
					t.Errorf("%.1000v", err)
				}
				if n != (nonbis.Name{}) || p.Bytes() != nil {
					t.Errorf("%+v, %q", n, p.Bytes())
				}
			})
		}
	}
}

func TestNamesAreCheckedBeforeThePayload(t *testing.T) {
	e := nonbis.Effect{Operation: "test.op", Key: strings.Repeat("x", 10<<20), Payload: slow{}}
	if _, _, err := e.Describe("default"); !errors.Is(err, nonbis.ErrInvalid) {
		t.Error(err)
	}
}

// slow is a payload that should not have been asked.
type slow struct{}

func (slow) MarshalJSON() ([]byte, error) { panic("the payload was encoded") }

func TestAnEffectNeedsATaskOrAKey(t *testing.T) {
	_, _, err := nonbis.Effect{Operation: "test.op", Payload: slow{}}.Describe("default")
	if !errors.Is(err, nonbis.ErrInvalid) {
		t.Fatal(err)
	}
	for _, way := range []string{"Effect.Task", "WithTask", "Effect.Key"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("the error does not name %s: %v", way, err)
		}
	}
}

func TestWhatAnEffectIsNamedBy(t *testing.T) {
	describe := func(e nonbis.Effect) nonbis.Name {
		t.Helper()
		n, _, err := e.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	e := nonbis.Effect{Task: "t", Operation: "test.op", Payload: map[string]int{"a": 1, "b": 2}, Identity: []string{"/a"}}
	n := describe(e)
	want := nonbis.Name{Namespace: "default", Task: "t", Operation: "test.op", Identity: n.Identity, Occurrence: 1}
	if diff := cmp.Diff(want, n); diff != "" || n.Identity.Kind != nonbis.IdentityFields {
		t.Fatalf("%s", diff)
	}

	same := e
	same.Key = "k-1" // beside a task it is an alias
	same.Payload = map[string]int{"b": 3, "a": 1}
	same.Terms = &nonbis.Terms{KeyWindow: time.Hour}
	if describe(same) != n {
		t.Error("what is not its name changes it")
	}
	for name, change := range map[string]func(*nonbis.Effect){
		"task":      func(e *nonbis.Effect) { e.Task = "T" },
		"operation": func(e *nonbis.Effect) { e.Operation = "test.op2" },
		"repeat":    func(e *nonbis.Effect) { e.Repeat = "second" },
		"identity":  func(e *nonbis.Effect) { e.Payload = map[string]int{"a": 2} },
		"pointers":  func(e *nonbis.Effect) { e.Identity = []string{"/b"} },
		"no task":   func(e *nonbis.Effect) { e.Task, e.Key = "", "k-1" },
	} {
		other := e
		change(&other)
		if describe(other).ID() == n.ID() {
			t.Errorf("another %s, and the same id", name)
		}
	}

	keyed := nonbis.Effect{Operation: "test.op", Key: "k-1", Payload: 1, Identity: []string{"/a"}}
	m := describe(keyed)
	keyed.Payload, keyed.Identity = map[string]int{"a": 2}, nil
	if m.Identity.Kind != nonbis.IdentityKey || m.Task != "" || describe(keyed) != m {
		t.Errorf("without a task the key is the identity: %+v", m)
	}
	keyed.Identity = []string{"a"}
	if _, _, err := keyed.Describe("default"); !errors.Is(err, nonbis.ErrInvalid) {
		t.Errorf("a malformed pointer, though it is not needed: %v", err)
	}
}

func TestAPayloadHasABound(t *testing.T) {
	e := nonbis.Effect{Task: "t", Operation: "test.op", Payload: nonbis.Raw{MediaType: "application/octet-stream", Bytes: make([]byte, nonbis.MaxPayload)}}
	if _, _, err := e.Describe("default"); err != nil {
		t.Error(err)
	}
	e.Payload = nonbis.Raw{MediaType: "application/octet-stream", Bytes: make([]byte, nonbis.MaxPayload+1)}
	if _, _, err := e.Describe("default"); !errors.Is(err, nonbis.ErrInvalid) {
		t.Error(err)
	}
}
