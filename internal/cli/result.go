package cli

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/command"
)

// operationRun is the operation of nonbis run, unless it is given another.
const operationRun = "run"

// resultLines is how many lines of a recorded value are shown: the last of an
// output, the first of other values.
const resultLines = 20

// writeResult describes what the effect gave back.
func writeResult(b *strings.Builder, r *nonbis.Record) {
	out := r.Result
	if out == nil {
		return
	}
	from := ""
	if out.Attempt > 0 {
		from = fmt.Sprintf(" of attempt %d", out.Attempt)
	}
	use := "later calls are answered with it"
	if !out.Replayable {
		use = "kept as evidence only"
	}
	if out.Body == nil {
		fmt.Fprintf(b, "\nRECEIPT%s: %d bytes, sha256 %s\n  The value itself was not kept.\n", from, out.Size, hex.EncodeToString(out.Digest[:]))
		return
	}
	fmt.Fprintf(b, "\nRESULT%s: %d bytes, %s\n", from, out.Size, use)
	if run, ok := asRun(out.Body); ok {
		writeRun(b, run)
		return
	}
	writeValue(b, out.Body)
}

// asRun reads what nonbis run records. The shape is told by its streams, so that
// it is found under an operation of another name too.
func asRun(body []byte) (run command.Result, ok bool) {
	var shape struct {
		Exit           *int
		Stdout, Stderr *struct{ SHA256 *string }
	}
	if json.Unmarshal(body, &shape) != nil || shape.Exit == nil || shape.Stdout == nil || shape.Stderr == nil ||
		shape.Stdout.SHA256 == nil || shape.Stderr.SHA256 == nil {
		return run, false
	}
	return run, json.Unmarshal(body, &run) == nil
}

func writeRun(b *strings.Builder, run command.Result) {
	switch {
	case run.Signal != "":
		fmt.Fprintf(b, "  exit %d (%s)\n", run.Exit, safe(run.Signal))
	case run.Exit < 0:
		b.WriteString("  exit status lost\n")
	default:
		fmt.Fprintf(b, "  exit %d\n", run.Exit)
	}
	writeStream(b, "stdout", run.Stdout)
	writeStream(b, "stderr", run.Stderr)
}

func writeStream(b *strings.Builder, name string, s command.Stream) {
	switch {
	case s.Size == 0:
		return
	case !s.Complete():
		fmt.Fprintf(b, "  %s: %d bytes, not kept; sha256 %s\n", name, s.Size, safe(s.SHA256))
		return
	}
	lines, total := safeLines(string(s.Data), resultLines)
	cutNote := ""
	if total > len(lines) {
		cutNote = fmt.Sprintf(", the last %d of %d lines", len(lines), total)
	}
	fmt.Fprintf(b, "  %s: %d bytes%s\n", name, s.Size, cutNote)
	for _, line := range lines {
		b.WriteString(strings.TrimRight("    "+line, " ") + "\n")
	}
}

// writeValue prints any other JSON value, indented.
func writeValue(b *strings.Builder, body []byte) {
	var indented bytes.Buffer
	if json.Indent(&indented, body, "", "  ") != nil {
		indented.Reset()
		indented.Write(body)
	}
	lines := strings.Split(indented.String(), "\n")
	for _, line := range lines[:min(len(lines), resultLines)] {
		b.WriteString("  " + cut(safe(line), maxLine) + "\n")
	}
	if over := len(lines) - resultLines; over > 0 {
		fmt.Fprintf(b, "  … and %d more lines; --json has all\n", over)
	}
}
