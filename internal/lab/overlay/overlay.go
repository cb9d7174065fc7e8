// Package overlay builds the module with some of its sources changed, without
// touching them: by the -overlay flag of go build, run and test.
package overlay

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Overlay is a changed view of the module.
type Overlay struct {
	root string // of the module
	dir  string // where the changed files are
	file map[string]string
}

// New makes a view without changes, which keeps its files in dir.
func New(dir string) (*Overlay, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output() //nolint:noctx // it ends by itself
	if err != nil {
		return nil, fmt.Errorf("where the module is: %w", err)
	}
	return &Overlay{root: strings.TrimSpace(string(out)), dir: dir, file: map[string]string{}}, nil
}

// Root is the folder of the module.
func (o *Overlay) Root() string { return o.root }

// Edit changes one file, named from the module's folder. A file that is not there
// is given to f as nil, and is added.
func (o *Overlay) Edit(name string, f func(source []byte) ([]byte, error)) error {
	path := filepath.Join(o.root, name)
	from := path
	if changed, ok := o.file[path]; ok {
		from = changed
	}
	source, err := os.ReadFile(from)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if source, err = f(source); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	to := filepath.Join(o.dir, strings.ReplaceAll(name, string(filepath.Separator), "_"))
	o.file[path] = to
	return os.WriteFile(to, source, 0o600)
}

// Replace puts text in the place of the only occurrence of old.
func (o *Overlay) Replace(name, old, text string) error {
	return o.Edit(name, func(source []byte) ([]byte, error) {
		if n := strings.Count(string(source), old); n != 1 {
			return nil, fmt.Errorf("want the text once, found it %d times: %q", n, old)
		}
		return []byte(strings.Replace(string(source), old, text, 1)), nil
	})
}

// Flag is the flag for go build, run and test.
func (o *Overlay) Flag() (string, error) {
	list, err := json.Marshal(map[string]any{"Replace": o.file})
	if err != nil {
		return "", err
	}
	path := filepath.Join(o.dir, "overlay.json")
	return "-overlay=" + path, os.WriteFile(path, list, 0o600)
}
