package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/nonbis/nonbis/internal/command"
)

// maxReplay is the largest result that a person may give: what a guard keeps.
const maxReplay = 1 << 20

// readResult reads the file by which a later call of the operation will be
// answered. For a command, what is not the record of a run becomes the standard
// output of one that ended well.
func readResult(g *globals, name, operation string) ([]byte, error) {
	text, err := readFile(g, name, maxReplay)
	if err != nil {
		return nil, usagef("--result: %w", err)
	}
	if operation == operationRun {
		if _, ok := asRun(text); !ok {
			return json.Marshal(command.Result{Stdout: streamOf(text), Stderr: streamOf(nil)})
		}
	}
	if !json.Valid(text) {
		return nil, usagef("--result %s: it is not JSON, which the operation %s needs", name, operation)
	}
	return text, nil
}

func streamOf(data []byte) command.Stream {
	sum := sha256.Sum256(data)
	return command.Stream{Data: data, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
}

// readFile reads a whole file, or stdin for "-", of at most most bytes.
func readFile(g *globals, name string, most int64) ([]byte, error) {
	from := g.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes", nameOf(name), most)
	}
	return text, nil
}

func nameOf(file string) string {
	if file == "-" {
		return "stdin"
	}
	return file
}
