package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkDo/callers=1-2    7   81.33 %ceiling   1119 effects/s   1387 raw/s
BenchmarkDo/callers=64-2   7   67.71 %ceiling   8412 effects/s  12588 raw/s
PASS
`

func TestPlot(t *testing.T) {
	folder := t.TempDir()
	var copied bytes.Buffer
	if err := plot(strings.NewReader(output), &copied, folder); err != nil {
		t.Fatal(err)
	}
	if copied.String() != output {
		t.Errorf("the output was changed: %s", copied.String())
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("want one chart, of what was run: %v, %v", files, err)
	}
	svg, err := os.ReadFile(filepath.Join(folder, "effects.svg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">1,119<", ">12,588<", ">64<", "raw ceiling"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("%q is missing", want)
		}
	}
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
