//go:build unix

package command_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// openLock returns a locked file and its path.
func openLock(t *testing.T) (*os.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, []byte("the lock"), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Close() })
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return lock, path
}

// awaitLock closes lock here and waits until no process has it any more.
func awaitLock(t *testing.T, lock *os.File, path string) {
	t.Helper()
	lock.Close()
	if err := flock(t, path, 0); err != nil {
		t.Fatal(err)
	}
}

// flock tries to lock path by a description of its own.
func flock(t *testing.T, path string, how int) error {
	t.Helper()
	other, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for {
		if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX|how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func TestDescendantsHoldTheLock(t *testing.T) {
	t.Parallel()
	lock, path := openLock(t)
	input, release := pipe(t)
	s := spec("leave")
	s.Stdin, s.Lock = input, lock
	p := start(t, s)
	lock.Close()
	if r := p.Wait(); r.Exit != 0 || r.Detached {
		t.Fatalf("got %+v", r)
	}
	if err := flock(t, path, syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("while a descendant lives: %v, want EWOULDBLOCK", err)
	}
	release.Close()
	if err := flock(t, path, 0); err != nil { // returns when the descendant is gone
		t.Error(err)
	}
}

func TestLockIsTheOnlyExtraDescriptorAndHigh(t *testing.T) {
	t.Parallel()
	lock, _ := openLock(t)
	s := spec("descriptors")
	s.Lock = lock
	want := openDescriptors()
	want[62] = "the lock"
	if diff := cmp.Diff(want, parseDescriptors(t, run(t, s).Stdout.Data)); diff != "" {
		t.Error(diff)
	}
}

func TestDescriptorsThatWereHandedDownStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	open := func(name string) *os.File {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return file
	}
	for _, test := range []struct {
		name  string
		given map[int]string
		lock  int
	}{
		{"low ones", map[int]string{5: "five", 10: "ten"}, 62},
		{"bash <(one) <(two) <(three)", map[int]string{61: "three", 62: "two", 63: "one"}, 64},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := spec("host", "descriptors")
			c := exec.Cmd{Path: s.Args[0], Args: s.Args, Env: s.Env, ExtraFiles: make([]*os.File, 62)}
			want := openDescriptors()
			maps.DeleteFunc(want, func(fd int, _ string) bool { return fd <= 64 }) // closed by ExtraFiles
			want[test.lock] = ""
			for fd, name := range test.given {
				c.ExtraFiles[fd-3] = open(name)
				want[fd] = name
			}
			out, err := c.Output()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, parseDescriptors(t, out)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoLockNoExtraDescriptor(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(openDescriptors(), parseDescriptors(t, run(t, spec("descriptors")).Stdout.Data)); diff != "" {
		t.Error(diff)
	}
}

// parseDescriptors reads what the role "descriptors" prints.
func parseDescriptors(t *testing.T, out []byte) map[int]string {
	t.Helper()
	open := map[int]string{}
	if err := json.Unmarshal(out, &open); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return open
}
