package main

import (
	"strconv"
	"strings"
)

// result is one line of a benchmark.
type result struct {
	name    string // without the number of cores
	metrics map[string]float64
}

// parse reads the lines of benchmarks, and skips all others.
func parse(output string) (results []result) {
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		r := result{name: fields[0], metrics: map[string]float64{}}
		if i := strings.LastIndexByte(r.name, '-'); i > 0 {
			r.name = r.name[:i]
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				r.metrics[fields[i+1]] = v
			}
		}
		results = append(results, r)
	}
	return results
}
