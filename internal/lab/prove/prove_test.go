package main

import (
	"strings"
	"testing"
)

const said = `=== RUN   TestX
    x_test.go:3: lab: crash-kills runs=12 effects=300 duplicates=0 lost=0 seed=42
--- PASS: TestX (0.01s)
    y_test.go:9: I1 nb_x: it was applied 2 times
ok  	pkg	0.1s
`

func TestThePageSaysWhatTheTestsSaid(t *testing.T) {
	var b strings.Builder
	p := page{results: []result{{check: check{name: "crashes", what: "w"}, figures: read([]byte(said))}}}
	if !p.print(&b) {
		t.Error("all held, and the page says otherwise")
	}
	for _, want := range []string{"crash-kills: runs 12 effects 300 duplicates 0 lost 0 seed 42", "fewer than one in 100", "held"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

func TestThePageSaysWhatWasBroken(t *testing.T) {
	var b strings.Builder
	p := page{results: []result{{check: check{name: "crashes"}, failed: complaint([]byte(said))}}}
	if p.print(&b) {
		t.Error("a check failed, and the page says that all held")
	}
	if !strings.Contains(b.String(), "it was applied 2 times") || strings.Contains(b.String(), "=== RUN") || strings.Contains(b.String(), "confidence") {
		t.Error(b.String())
	}
}
