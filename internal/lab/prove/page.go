package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// page is what a stranger reads in the end.
type page struct {
	begin   time.Time
	scale   int
	results []result
}

// print writes the page and reports whether all went well.
func (p page) print(w io.Writer) bool {
	fmt.Fprintf(w, "# What was tried to break the promise\n\n%s, %s/%s, %d cores, scale %d\n\n",
		p.begin.UTC().Format("2006-01-02 15:04 MST"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), p.scale)
	fmt.Fprint(w, "| check | what | figures | time | verdict |\n|---|---|---|---|---|\n")
	effects, duplicates, lost, ok := 0, 0, 0, true
	for _, r := range p.results {
		verdict := "held"
		if r.failed != "" {
			verdict, ok = "**BROKEN**", false
		}
		var lines []string
		for _, f := range r.figures {
			effects += f.number("effects")
			duplicates += f.number("duplicates")
			lost += f.number("lost")
			lines = append(lines, f.String())
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", r.name, r.what, strings.Join(lines, "<br>"), r.took.Round(time.Second), verdict)
	}
	fmt.Fprintf(w, "\n%d duplicates, %d lost, of %d effects under faults", duplicates, lost, effects)
	if effects > 0 && duplicates+lost == 0 && ok {
		// The rule of three: none of n bounds the rate at 3/n.
		fmt.Fprintf(w, ": with 95 %% confidence fewer than one in %d", effects/3)
	}
	fmt.Fprint(w, ".\n")
	for _, r := range p.results {
		if r.failed != "" {
			fmt.Fprintf(w, "\n## %s\n\n```\n%s\n```\n\nThe same again: go run ./internal/lab/prove -only %s, with -seed and the seed that it names.\n", r.name, strings.TrimSpace(r.failed), r.name)
		}
	}
	return ok && duplicates+lost == 0
}

func (f figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:", f.name)
	for _, v := range f.values {
		fmt.Fprintf(&b, " %s %s", v[0], v[1])
	}
	return b.String()
}
