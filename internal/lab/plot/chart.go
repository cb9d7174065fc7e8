package main

import (
	"bytes"
	"fmt"
	"html"
	"strings"
)

// chart is a picture of some benchmarks: a group of bars for each, a bar for each
// metric.
type chart struct {
	file, title string
	prefix      string // of the benchmarks' names; the rest labels the group
	series      []series
}

type series struct{ metric, label, color string }

const (
	ours = "#2f6f8f"
	raw  = "#b9c4cb"
	more = "#c9803a"
)

var charts = []chart{
	{"effects.svg", "Effects a second, by callers in one process", "BenchmarkDo/callers=", []series{
		{"raw/s", "raw ceiling", raw}, {"effects/s", "nonbis", ours},
	}},
	{"processes.svg", "Effects a second, by processes of 8 callers on one file", "BenchmarkProcesses/processes=", []series{
		{"raw/s", "raw", raw}, {"effects/s", "nonbis", ours},
	}},
	{"records.svg", "Effects a second at 64 callers, by records that are there", "BenchmarkRecords/records=", []series{
		{"raw/s", "raw ceiling", raw}, {"effects/s", "nonbis", ours},
	}},
	{"replays.svg", "Replays a second", "BenchmarkReplay/", []series{{"replays/s", "nonbis", ours}}},
	{"run.svg", "One process, ms", "BenchmarkRun", []series{
		{"ms-true", "true", raw}, {"ms-empty-go", "a Go program that does nothing", more}, {"ms-run", "nonbis run -- true", ours}, {"ms-replay", "replayed", ours},
	}},
}

// group is the bars of one benchmark.
type group struct {
	label  string
	values []float64
}

func (c chart) bars(results []result) (groups []group) {
	for _, r := range results {
		label, ok := strings.CutPrefix(r.name, c.prefix)
		if !ok {
			continue
		}
		g := group{label: label}
		for _, s := range c.series {
			g.values = append(g.values, r.metrics[s.metric])
		}
		groups = append(groups, g)
	}
	return groups
}

// The measures of a chart, in pixels.
const (
	width, height = 720, 320
	left, right   = 20, 20
	top, bottom   = 70, 40
	gap           = 0.25 // between groups, of their width
)

func (c chart) draw(groups []group) []byte {
	var most float64
	for _, g := range groups {
		for _, v := range g.values {
			most = max(most, v)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12" role="img">`+"\n", width, height)
	fmt.Fprintf(&b, `<title>%s</title><rect width="%d" height="%d" fill="#fff"/>`+"\n", html.EscapeString(c.title), width, height)
	fmt.Fprintf(&b, `<text x="%d" y="24" font-size="16" fill="#1d2b33">%s</text>`+"\n", left, html.EscapeString(c.title))
	x := float64(left)
	for _, s := range c.series {
		fmt.Fprintf(&b, `<rect x="%.0f" y="38" width="12" height="12" fill="%s"/><text x="%.0f" y="48" fill="#44545d">%s</text>`+"\n", x, s.color, x+18, html.EscapeString(s.label))
		x += 40 + 7*float64(len(s.label))
	}
	step := float64(width-left-right) / float64(len(groups))
	bar := step * (1 - gap) / float64(len(c.series))
	for i, g := range groups {
		begin := left + step*float64(i) + step*gap/2
		for k, v := range g.values {
			h := v / max(most, 1e-9) * (height - top - bottom)
			x, y := begin+bar*float64(k), height-bottom-h
			fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x, y, bar-2, h, c.series[k].color)
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="#44545d">%s</text>`+"\n", x+bar/2-1, y-5, number(v))
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#1d2b33">%s</text>`+"\n", begin+step*(1-gap)/2, height-bottom+20, html.EscapeString(g.label))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// number is short enough to stand above a bar.
func number(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
