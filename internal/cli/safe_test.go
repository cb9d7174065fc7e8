package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSafeShowsWhatATerminalWouldObeyOrHide(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"weekly-report-2026-47":        "weekly-report-2026-47",
		"Größe 東京 ñ 🙂":                 "Größe 東京 ñ 🙂",
		"e\u0301":                      "e\u0301", // a combining accent is seen
		"a\x1b[31mb":                   `a\x1b[31mb`,
		"\x1b]8;;http://x\x1b\\y":      `\x1b]8;;http://x\x1b\y`,
		"\u009b31m":                    `\u009b31m`,
		"\x00\x07\x08\x7f":             `\x00\x07\x08\x7f`,
		"a\rb\nc\td":                   `a\rb\nc\td`,
		"\u202eevil\u202c":             `\u202eevil\u202c`,
		"\u2066x\u2069\u200e\u061c":    `\u2066x\u2069\u200e\u061c`,
		"zero\u200b\u200d\u2060\ufeff": `zero\u200b\u200d\u2060\ufeff`,
		"no\u00a0break\u3000wide":      `no\u00a0break\u3000wide`,
		"soft\u00adhyphen":             `soft\u00adhyphen`,
		"line\u2028sep\u2029":          `line\u2028sep\u2029`,
		"blank\u3164\u115f\u2800":      `blank\u3164\u115f\u2800`,
		"\U000e0041tag":                `\U000e0041tag`,
		"\U000e0101":                   `\U000e0101`,
		"\ue000private":                `\ue000private`,
		"\xff\xfe":                     `\xff\xfe`,
		"\xed\xa0\x80":                 `\xed\xa0\x80`, // half a surrogate pair
		"\ufffd":                       `\ufffd`,
	} {
		if d := cmp.Diff(want, safe(text)); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("a\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		shown := safe(text)
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, unsafeRune) {
			t.Errorf("%q is shown as %q", text, shown)
		}
		if safe(shown) != shown {
			t.Errorf("%q is not the same twice", shown)
		}
		var b strings.Builder
		if err := writeJSON(&b, text); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimSuffix(b.String(), "\n")
		if strings.ContainsFunc(line, unsafeRune) {
			t.Errorf("%q is written as %q", text, line)
		}
		var back string
		if err := json.Unmarshal([]byte(line), &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") && utf8.ValidString(text) {
			t.Errorf("%q comes back as %q: %v", text, back, err)
		}
	})
}

func TestOnlyTheLastLinesAreShown(t *testing.T) {
	for _, test := range []struct {
		text  string
		lines []string
		total int
	}{
		{"", nil, 0},
		{"\n", nil, 0},
		{"a", []string{"a"}, 1},
		{"a\r\nb\tc\n", []string{"a", "b    c"}, 2},
		{"1\n2\n3\n4\n", []string{"3", "4"}, 4},
		{"a\n\nb\n\n", []string{"b", ""}, 4},
		{"a\rb\x1b[2J", []string{`a\rb\x1b[2J`}, 1},
	} {
		lines, total := safeLines(test.text, 2)
		if d := cmp.Diff(test.lines, lines); d != "" || total != test.total {
			t.Errorf("%q: %d lines, %s", test.text, total, d)
		}
	}
	if lines, _ := safeLines(strings.Repeat("é", 10_000), 2); utf8.RuneCountInString(lines[0]) != maxLine {
		t.Errorf("a long line is shown with %d characters", utf8.RuneCountInString(lines[0]))
	}
}
