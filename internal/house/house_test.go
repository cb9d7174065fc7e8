package house_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

const (
	fileLines = 500  // of one Go file
	rootLines = 3500 // of the root package: all that a reader of the engine must read
)

// rules, by what they say. Each returns its complaints about a module.
var rules = map[string]func(fs.FS) ([]string, error){
	"every package has a package comment":         packageComments,
	"no file is longer than 500 lines":            longFiles,
	"the root package is at most 3,500 lines":     longRoot,
	"docs/dependencies.md names every dependency": dependencies,
	"docs/dependencies.md names every tool":       tools,
	"no file names a machine's folders":           machinePaths,
}

func TestHouse(t *testing.T) {
	module := os.DirFS(moduleRoot(t))
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			complaints, err := rule(module)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range complaints {
				t.Error(c)
			}
		})
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(dir + "/go.mod"); err == nil {
			return dir
		}
		if dir == path.Dir(dir) {
			t.Fatal("no go.mod in this folder or above")
		}
		dir = path.Dir(dir)
	}
}

func packageComments(module fs.FS) (complaints []string, err error) {
	documented := map[string]bool{} // by folder
	err = eachCode(module, func(name string, code []byte) error {
		f, err := parse(name, code)
		if err != nil {
			return err
		}
		documented[path.Dir(name)] = documented[path.Dir(name)] || f.Doc.Text() != ""
		return nil
	})
	for dir, ok := range documented {
		if !ok {
			complaints = append(complaints, dir+": no file has a package comment: say in a sentence what the package is for")
		}
	}
	return complaints, err
}

func longFiles(module fs.FS) (complaints []string, err error) {
	err = eachCode(module, func(name string, code []byte) error {
		f, err := parse(name, code)
		if err != nil {
			return err
		}
		if n := lines(code); n > fileLines && !ast.IsGenerated(f) {
			complaints = append(complaints, fmt.Sprintf("%s: %d lines, %d are the limit: find the second room in it", name, n, fileLines))
		}
		return nil
	})
	return complaints, err
}

func longRoot(module fs.FS) (complaints []string, err error) {
	total := 0
	err = eachCode(module, func(name string, code []byte) error {
		if path.Dir(name) == "." {
			total += lines(code)
		}
		return nil
	})
	if total > rootLines {
		complaints = append(complaints, fmt.Sprintf("the root package has %d lines, %d are the limit: what can leave it?", total, rootLines))
	}
	return complaints, err
}

func dependencies(module fs.FS) (complaints []string, err error) {
	mod, err := fs.ReadFile(module, "go.mod")
	if err != nil {
		return nil, err
	}
	rows, err := documentedVersions(module)
	if err != nil {
		return nil, err
	}
	require := regexp.MustCompile(`^(?:require )?\s*(\S+\.\S+/\S+) (v\S+)$`) // a line with "// indirect" goes on
	for line := range strings.Lines(string(mod)) {
		m := require.FindStringSubmatch(strings.TrimRight(line, " \t\n"))
		if m != nil && rows[m[1]] != m[2] {
			complaints = append(complaints, fmt.Sprintf("go.mod needs %s %s: docs/dependencies.md has no row of that module and version", m[1], m[2]))
		}
	}
	return complaints, nil
}

func tools(module fs.FS) (complaints []string, err error) {
	rows, err := documentedVersions(module)
	if err != nil {
		return nil, err
	}
	run := regexp.MustCompile(`go run (\S+)@(v[\w.-]+)`)
	for _, name := range []string{".ci/lint", ".ci/run", "Makefile"} {
		text, err := fs.ReadFile(module, name)
		if err != nil {
			return nil, err
		}
		for _, m := range run.FindAllSubmatch(text, -1) {
			if tool, version := string(m[1]), string(m[2]); rows[tool] != version {
				complaints = append(complaints, fmt.Sprintf("%s runs %s %s: docs/dependencies.md has no row of that tool and version", name, tool, version))
			}
		}
	}
	return complaints, nil
}

// documentedVersions reads the first two columns of the tables in
// docs/dependencies.md.
func documentedVersions(module fs.FS) (map[string]string, error) {
	text, err := fs.ReadFile(module, "docs/dependencies.md")
	if err != nil {
		return nil, err
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			rows[strings.Trim(cells[1], " `")] = strings.Trim(cells[2], " `")
		}
	}
	return rows, nil
}

func machinePaths(module fs.FS) (complaints []string, err error) {
	// Built from pieces, or this file would complain about itself. What stands
	// before the slash keeps an address like example.com/home/ out.
	folder := regexp.MustCompile(`(?:^|[^\w.~%}-])/` + `(?:root|home|Users)/`)
	err = eachFile(module, func(name string, text []byte) error {
		if ext := path.Ext(name); ext != ".go" && ext != ".md" {
			return nil
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if found := folder.Find(line); found != nil {
				complaints = append(complaints, fmt.Sprintf("%s:%d: names a machine's folder, %s", name, i+1, bytes.TrimSpace(found)))
			}
		}
		return nil
	})
	return complaints, err
}

// eachCode visits the Go files that are built, tests aside.
func eachCode(module fs.FS, visit func(name string, code []byte) error) error {
	return eachFile(module, func(name string, text []byte) error {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.Contains("/"+name, "/testdata/") {
			return nil
		}
		return visit(name, text)
	})
}

// eachFile visits what belongs to the repository; bin and dist are built.
func eachFile(module fs.FS, visit func(name string, text []byte) error) error {
	return fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".git" || name == "bin" || name == "dist":
			return skip(d)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		return visit(name, text)
	})
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil // .git is a file in a work tree
}

func parse(name string, code []byte) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), name, code, parser.PackageClauseOnly|parser.ParseComments)
}

func lines(code []byte) int { return bytes.Count(code, []byte("\n")) }
