package zoo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// bug is one file of bugs/: a comment that describes it, and the texts old and new.
//
//	What is wrong, in a sentence.
//
//	rule: 3                 of the design, one or more
//	rival: expiry-frees     of rivals.txt, one or more; a bug has a rule or a rival
//	file: transition.go     the source that is changed
//	package: .              the test that must fail: its package,
//	run: ^TestLeases$       the pattern of its name,
//	env: NAME=VALUE         and what more it needs, one or more
type bug struct {
	name, what     string
	rules, rivals  []string
	file, old, new string
	pkg, pattern   string
	env            []string
}

// load reads all bugs, in the order of their names.
func load(t *testing.T) (bugs []bug) {
	t.Helper()
	paths, err := filepath.Glob("bugs/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no bugs were found", err)
	}
	for _, path := range paths {
		b, err := read(path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		bugs = append(bugs, b)
	}
	return bugs
}

func read(path string) (b bug, err error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return b, err
	}
	b.name = strings.TrimSuffix(filepath.Base(path), ".txtar")
	what, fields, _ := strings.Cut(strings.TrimSpace(string(archive.Comment)), "\n\n")
	b.what = strings.Join(strings.Fields(what), " ")
	for line := range strings.Lines(fields) {
		key, value, found := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case !found:
			return b, fmt.Errorf("%q is no field", line)
		case key == "rule":
			b.rules = strings.Fields(value)
		case key == "rival":
			b.rivals = strings.Fields(value)
		case key == "file":
			b.file = value
		case key == "package":
			b.pkg = value
		case key == "run":
			b.pattern = value
		case key == "env":
			b.env = append(b.env, value)
		default:
			return b, fmt.Errorf("%q is no field", key)
		}
	}
	if len(archive.Files) != 2 || archive.Files[0].Name != "old" || archive.Files[1].Name != "new" {
		return b, fmt.Errorf("it needs the texts old and new, and no others")
	}
	b.old, b.new = text(archive.Files[0]), text(archive.Files[1])
	switch {
	case b.what == "" || strings.Count(b.what, ". ") > 0 || !strings.HasSuffix(b.what, "."):
		return b, fmt.Errorf("it needs one sentence that says what is wrong")
	case len(b.rules)+len(b.rivals) == 0:
		return b, fmt.Errorf("it breaks no rule, and no rival makes it")
	case b.file == "" || b.pkg == "" || b.pattern == "":
		return b, fmt.Errorf("it needs a file, a package and a pattern")
	case b.old == "" || b.old == b.new:
		return b, fmt.Errorf("it changes nothing")
	}
	return b, nil
}

// text is without the last line end, so that a part of a line can be named.
func text(f txtar.File) string { return strings.TrimSuffix(string(f.Data), "\n") }

// source reads a file of the module.
func source(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// path is the package as the go command takes it.
func (b bug) path() string {
	if b.pkg == "." {
		return b.pkg
	}
	return "./" + b.pkg
}
