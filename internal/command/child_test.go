//go:build unix

package command_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nonbis/nonbis/internal/command"
)

// The test binary is also every child: with childVariable set it plays the
// role that its first argument names.
const childVariable = "NONBIS_COMMAND_TEST_CHILD"

var (
	self     string // the test binary
	fixtures string // files that are no programs, see makeFixtures
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(roles()[os.Args[1]](os.Args[2:]))
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if self, err = os.Executable(); err != nil {
		panic(err)
	}
	if fixtures, err = os.MkdirTemp("", "nonbis-command-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(fixtures)
	makeFixtures()
	// Whoever started the tests may have had signals ignored (nohup, a background
	// job), which children inherit. What is caught here is at its default in them.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM)
	return m.Run()
}

// makeFixtures writes what is executed before any test starts a process: a
// child that is just being forked would hold a file open for writing, and
// executing that file then fails with ETXTBSY.
func makeFixtures() {
	write := func(name, content string, mode os.FileMode) {
		path := filepath.Join(fixtures, name)
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, []byte(content), mode))
	}
	write("plain", "no program", 0o644)
	write("garbage", "\x01\x02\x03\x04", 0o755)
	write("orphan", "#!/no/such/interpreter\n", 0o755)
	write("forbidden-interpreter", "#!"+filepath.Join(fixtures, "plain")+"\n", 0o755)
	must(os.Mkdir(filepath.Join(fixtures, "folder"), 0o755))

	write("first/tool", "not executable, so passed over", 0o644)
	must(os.MkdirAll(filepath.Join(fixtures, "first/folder-tool"), 0o755))
	must(os.Mkdir(filepath.Join(fixtures, "second"), 0o755))
	must(os.Symlink(self, filepath.Join(fixtures, "second/tool")))
	must(os.Symlink(self, filepath.Join(fixtures, "second/folder-tool")))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// spec describes a child that plays role.
func spec(role string, args ...string) command.Spec {
	return command.Spec{Args: append([]string{self, role}, args...), Env: childEnv()}
}

func childEnv() []string {
	const noPause = "GORACE=atexit_sleep_ms=0" // of a second, at the end of every child under the race detector
	return append(os.Environ(), childVariable+"=1", noPause)
}

func start(t *testing.T, s command.Spec) *command.Process {
	t.Helper()
	p, err := command.Start(s)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	return p
}

func run(t *testing.T, s command.Spec) command.Result {
	t.Helper()
	return start(t, s).Wait()
}

// pipe returns both ends of a pipe that are closed with the test at the latest.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// whole is the stream of an output that was kept.
func whole(data string) command.Stream {
	sum := sha256.Sum256([]byte(data))
	s := command.Stream{Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
	if data != "" {
		s.Data = []byte(data)
	}
	return s
}
