// Plot draws what go test -bench prints: it copies its input to its output, and
// writes one SVG a chart into the folder that it is given.
//
//	go test -run '^$' -bench . ./... | go run ./internal/lab/plot docs/benchmarks
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "plot: want one argument, the folder for the charts")
		os.Exit(2)
	}
	if err := plot(os.Stdin, os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func plot(in io.Reader, out io.Writer, folder string) error {
	var seen bytes.Buffer
	if _, err := io.Copy(io.MultiWriter(out, &seen), in); err != nil {
		return err
	}
	results := parse(seen.String())
	for _, c := range charts {
		bars := c.bars(results)
		if len(bars) == 0 {
			continue // that benchmark was not run
		}
		if err := os.WriteFile(filepath.Join(folder, c.file), c.draw(bars), 0o644); err != nil { //nolint:gosec // for everybody to read
			return err
		}
	}
	return nil
}
