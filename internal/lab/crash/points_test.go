//go:build linux

package crash_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nonbis/nonbis/internal/lab/overlay"
)

// sources are the files in which points are looked for.
var sources = []string{"*.go", "ledger/sqlite/*.go", "internal/command/*.go", "internal/cli/run*.go", "internal/lab/crash/worker/*.go"}

// mark is a line that marks a point.
var mark = regexp.MustCompile(`(?m)^\t+// failpoint: ([a-z-]+)$`)

// pointsIn lists the points of the module by file.
func pointsIn(root string) (points map[string][]string, err error) {
	points = map[string][]string{}
	for _, pattern := range sources {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(root, file)
			if err != nil {
				return nil, err
			}
			for _, m := range mark.FindAllSubmatch(source, -1) {
				points[name] = append(points[name], string(m[1]))
			}
		}
	}
	return points, nil
}

// arm turns every point into a call.
func arm(o *overlay.Overlay) error {
	points, err := pointsIn(o.Root())
	if err != nil {
		return err
	}
	for file := range points {
		if err := o.Edit(file, armFile); err != nil {
			return err
		}
	}
	return nil
}

const alias = "nonbisFailpoint"

// armFile keeps every line where it is.
func armFile(source []byte) ([]byte, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var armed bytes.Buffer
	packageEnd := set.Position(file.Name.End()).Offset
	armed.Write(source[:packageEnd])
	fmt.Fprintf(&armed, "; import %s %q", alias, "github.com/nonbis/nonbis/internal/failpoint")
	done := packageEnd
	for _, at := range mark.FindAllSubmatchIndex(source, -1) {
		armed.Write(source[done:at[0]])
		armed.WriteString(statement(source, set, file, at[0], string(source[at[2]:at[3]])))
		done = at[1]
	}
	armed.Write(source[done:])
	return armed.Bytes(), nil
}

// statement is the call for the point at an offset. Where the function around it
// returns an error, so does the point.
func statement(source []byte, set *token.FileSet, file *ast.File, at int, name string) string {
	call := fmt.Sprintf("%s.Hit(%q)", alias, name)
	var around *ast.FuncType
	cause := "err"
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil || set.Position(n.Pos()).Offset > at || set.Position(n.End()).Offset < at {
			return n == file
		}
		switch f := n.(type) {
		case *ast.FuncDecl:
			around = f.Type
			if f.Recv != nil && string(slice(source, set, f.Recv.List[0].Type)) == "*Ledger" {
				cause = fmt.Sprintf("unavailable(%s.path, err)", f.Recv.List[0].Names[0]) // the seam promises errors of a kind
			}
		case *ast.FuncLit:
			around, cause = f.Type, "err"
		}
		return true
	})
	if around == nil || around.Results == nil {
		return "_ = " + call
	}
	var values []string
	for _, result := range around.Results.List {
		for range max(1, len(result.Names)) {
			values = append(values, fmt.Sprintf("*new(%s)", slice(source, set, result.Type)))
		}
	}
	if values[len(values)-1] != "*new(error)" {
		return "_ = " + call
	}
	values[len(values)-1] = cause
	return fmt.Sprintf("if err := %s; err != nil { return %s }", call, strings.Join(values, ", "))
}

func slice(source []byte, set *token.FileSet, n ast.Node) []byte {
	return source[set.Position(n.Pos()).Offset:set.Position(n.End()).Offset]
}

// names are all points of the module, sorted.
func names(points map[string][]string) (all []string) {
	for _, in := range points {
		all = append(all, in...)
	}
	slices.Sort(all)
	return all
}
