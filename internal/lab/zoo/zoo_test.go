//go:build zoo

package zoo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/lab/overlay"
)

var only = flag.String("bug", "", "try only the bugs whose names match this expression")

const (
	together = 2                // bugs at a time
	limit    = 60 * time.Second // of one test
)

// TestPristine checks that the tests which catch bugs find none in the sources as
// they are.
func TestPristine(t *testing.T) {
	packages := map[string][]bug{}
	for _, b := range chosen(t) {
		same := func(other bug) bool { return other.command() == b.command() }
		if !slices.ContainsFunc(packages[b.pkg], same) {
			packages[b.pkg] = append(packages[b.pkg], b)
		}
	}
	var all [][]bug
	for _, bugs := range packages {
		all = append(all, bugs)
	}
	slices.SortFunc(all, func(a, b []bug) int { return cheapest(a[0], b[0]) })
	each(all, func(bugs []bug) {
		binary, err := build(t, bugs[0])
		if err != nil {
			t.Errorf("%s: %v", bugs[0].pkg, err)
			return
		}
		defer os.Remove(binary) // many do not fit on a small disk
		for _, b := range bugs {
			if out, err := run(t, b, binary); err != nil || bytes.Contains(out, []byte("no tests to run")) {
				t.Errorf("%s: %v\n%s", b.command(), err, out)
			}
		}
	})
}

// TestZoo puts each bug over the sources, the cheapest first. They build, and the
// bug's test fails.
func TestZoo(t *testing.T) {
	bugs := chosen(t)
	var seen atomic.Int64
	each(bugs, func(b bug) {
		start := time.Now()
		if err := caught(t, b); err != nil {
			t.Errorf("%s: %v", b.name, err)
			return
		}
		seen.Add(1)
		t.Logf("%s: caught after %s", b.name, time.Since(start).Round(time.Second/10))
	})
	t.Logf("lab: zoo bugs=%d caught=%d", len(bugs), seen.Load())
}

// chosen are the bugs to be tried, the cheapest first.
func chosen(t *testing.T) []bug {
	t.Helper()
	pattern, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	bugs := slices.DeleteFunc(load(t), func(b bug) bool { return !pattern.MatchString(b.name) })
	slices.SortFunc(bugs, cheapest)
	return bugs
}

// each does something with every item, in order, a few at a time.
func each[T any](items []T, do func(T)) {
	queue := make(chan T, len(items))
	for _, item := range items {
		queue <- item
	}
	close(queue)
	var over sync.WaitGroup
	for range together {
		over.Go(func() {
			for item := range queue {
				do(item)
			}
		})
	}
	over.Wait()
}

// caught returns nil when the bug's test fails because of the bug.
func caught(t *testing.T, b bug) error {
	t.Helper()
	view, err := overlay.New(t.TempDir())
	if err != nil {
		return err
	}
	if err := view.Replace(b.file, b.old, b.new); err != nil {
		return err
	}
	changed, err := view.Flag()
	if err != nil {
		return err
	}
	binary, err := build(t, b, changed)
	if err != nil {
		return err
	}
	defer os.Remove(binary)
	switch out, err := run(t, b, binary); {
	case err == nil:
		return fmt.Errorf("not caught: %s\n%s", b.command(), out)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("a test that hangs catches nothing: %s\n%s", b.command(), out)
	case !bytes.Contains(out, []byte("--- FAIL")):
		return fmt.Errorf("no test failed, and yet: %w: %s\n%s", err, b.command(), out)
	}
	return nil
}

// build makes the test of a bug's package; that it builds is no matter of the test.
// The sources of this module are not optimized, which saves time.
func build(t *testing.T, b bug, flags ...string) (binary string, err error) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "test")
	args := slices.Concat([]string{"test", "-c", "-ldflags=-s -w", "-gcflags=github.com/nonbis/nonbis/...=-N -l", "-o", binary}, flags, []string{b.path()})
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("it does not build: %w\n%s", err, out)
	}
	return binary, nil
}

// run makes the test that must catch a bug.
func run(t *testing.T, b bug, binary string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run="+b.pattern)
	cmd.Dir = filepath.Join("../../..", b.pkg)
	cmd.Env = append(os.Environ(), b.env...)
	cmd.WaitDelay = time.Second // for processes that it left behind
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out, err
}

// command is how a bug is caught, for people.
func (b bug) command() string {
	words := slices.Concat(b.env, []string{"go test", b.path(), "-run", "'" + b.pattern + "'"})
	return strings.Join(words, " ")
}

// cheapest orders bugs by how long it takes to build and run their tests.
func cheapest(a, b bug) int {
	cost := []string{".", "ledger/memory", "internal/command", "internal/setup", "ledger/sqlite", "internal/cli"}
	return cmp.Or(cmp.Compare(slices.Index(cost, a.pkg), slices.Index(cost, b.pkg)), cmp.Compare(a.name, b.name))
}
