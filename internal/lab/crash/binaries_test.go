//go:build linux

package crash_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/overlay"
)

// binaries are one build of the programs.
type binaries struct{ nonbis, worker string }

var folder string // of what is built

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if folder, err = os.MkdirTemp("", "nonbis-crash"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		return m.Run()
	}())
}

// plain is the product as it is; armed has its points, and a quick resolver.
var (
	plain = sync.OnceValues(func() (binaries, error) { return build("plain", programs) })
	armed = sync.OnceValues(func() (binaries, error) { return build("armed", programs, arm, hasten) })
)

// workerProgram and programs are what can be built.
var (
	workerProgram = []string{"github.com/nonbis/nonbis/internal/lab/crash/worker"}
	programs      = append([]string{"github.com/nonbis/nonbis/cmd/nonbis"}, workerProgram...)
)

// build builds programs with some sources changed.
func build(name string, packages []string, changes ...func(*overlay.Overlay) error) (b binaries, err error) {
	dir := filepath.Join(folder, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return b, err
	}
	args := []string{"build", "-o", dir + "/"}
	if len(changes) > 0 {
		o, err := overlay.New(dir)
		if err != nil {
			return b, err
		}
		for _, change := range changes {
			if err := change(o); err != nil {
				return b, err
			}
		}
		flag, err := o.Flag()
		if err != nil {
			return b, err
		}
		args = append(args, flag)
	}
	args = append(args, packages...)
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return b, errors.Join(err, errors.New(string(out)))
	}
	return binaries{filepath.Join(dir, "nonbis"), filepath.Join(dir, "worker")}, nil
}

// hasten shortens what the resolver waits for between its looks, so that a trial
// takes a second and not a minute. The rules are the same.
func hasten(o *overlay.Overlay) error {
	return errors.Join(
		o.Replace("resolver.go", "duePeriod  = time.Second", "duePeriod  = 20*time.Millisecond"),
		o.Replace("resolver.go", "lookLease  = 30 * time.Second", "lookLease  = 300*time.Millisecond"),
		o.Replace("terms.go", "return max(time.Second, r.Settle)", "return max(50*time.Millisecond, r.Settle)"),
	)
}

func mustBuild(t *testing.T, build func() (binaries, error)) binaries {
	t.Helper()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
