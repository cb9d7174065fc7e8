//go:build unix

package command_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis/internal/command"
)

// readerOnly hides that a file is one.
type readerOnly struct{ io.Reader }

func TestStreamsAreShownAndRecordedUntouched(t *testing.T) {
	t.Parallel()
	out, err := "a\x1b[31m\r\n\xff\xfe no end of line", "\n\nerr"
	var liveOut, liveErr bytes.Buffer
	s := spec("say", out, err, "7")
	s.Stdout, s.Stderr = &liveOut, &liveErr
	got := run(t, s)
	want := command.Result{Exit: 7, Stdout: whole(out), Stderr: whole(err)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if liveOut.String() != out || liveErr.String() != err {
		t.Errorf("live: %q and %q", &liveOut, &liveErr)
	}

	encoded, jsonErr := json.Marshal(got)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	var decoded command.Result
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, decoded); diff != "" {
		t.Errorf("after JSON: %s", diff)
	}
}

func TestLineIsShownAtOnce(t *testing.T) {
	t.Parallel()
	input, release := pipe(t)
	live, to := pipe(t)
	s := spec("copy")
	s.Stdin, s.Stdout = input, to
	p := start(t, s)
	// The child waits for its input until this line has been seen.
	if line, err := bufio.NewReader(live).ReadString('\n'); line != "here\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	release.Close()
	if r := p.Wait(); r.Exit != 0 {
		t.Errorf("exit %d", r.Exit)
	}
}

func TestBeyondKeepOnlyTheReceiptIsKept(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		size, keep int
		complete   bool
	}{
		{0, 10, true},
		{10, 10, true},
		{11, 10, false},
		{command.DefaultKeep, 0, true},
		{command.DefaultKeep + 1, 0, false},
	} {
		t.Run(fmt.Sprintf("%d of %d", test.size, test.keep), func(t *testing.T) {
			t.Parallel()
			var live bytes.Buffer
			s := spec("flood", fmt.Sprint(test.size))
			s.Keep, s.Stdout = test.keep, &live
			got := run(t, s).Stdout
			want := whole(strings.Repeat("0123456789abcdef", test.size/16+1)[:test.size])
			if !test.complete {
				want.Data = nil
			}
			if got.Size != want.Size || got.SHA256 != want.SHA256 || !bytes.Equal(got.Data, want.Data) {
				t.Errorf("%d bytes kept of %d with digest %s", len(got.Data), got.Size, got.SHA256)
			}
			if got.Complete() != test.complete || live.Len() != test.size {
				t.Errorf("complete: %t, live: %d bytes", got.Complete(), live.Len())
			}
		})
	}
}

func TestMemoryDoesNotGrowWithTheOutput(t *testing.T) {
	t.Parallel()
	const size, limit = 100 << 20, 40 << 20
	var exit, printed, used int
	out := string(run(t, spec("memory", "flood", fmt.Sprint(size))).Stdout.Data)
	if _, err := fmt.Sscan(out, &exit, &printed, &used); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	if exit != 0 || printed != size || used > limit {
		t.Errorf("exit %d, %d bytes printed, %d bytes of memory used, want at most %d", exit, printed, used, limit)
	}
	t.Logf("%d MiB used", used>>20)
}

func TestFailingLiveStreamStopsNothing(t *testing.T) {
	t.Parallel()
	s := spec("flood", "1000000")
	s.Stdout = failing{}
	p := start(t, s)
	r := p.Wait()
	if r.Exit != 0 || r.Stdout.Size != 1000000 {
		t.Errorf("exit %d, %d bytes", r.Exit, r.Stdout.Size)
	}
	if !errors.Is(p.Undelivered(), errFailing) {
		t.Errorf("undelivered: %v", p.Undelivered())
	}
}

var errFailing = errors.New("no room")

type failing struct{}

func (failing) Write(b []byte) (int, error) { return len(b) / 2, errFailing }

func TestBrokenStandardOutputDoesNotKill(t *testing.T) {
	t.Parallel()
	r := run(t, spec("broken-pipe", "flood", "1000000"))
	if got := string(r.Stderr.Data); r.Exit != 0 || got != "0 1000000 true\n" {
		t.Errorf("exit %d %s, %q", r.Exit, r.Signal, got)
	}
}

func TestNonBlockingOutputIsWaitedFor(t *testing.T) {
	t.Parallel()
	live, to := pipe(t)
	notes, notesTo := pipe(t)
	host := spec("non-block", "flood", fmt.Sprint(stalling))
	c := exec.Cmd{Path: host.Args[0], Args: host.Args, Env: host.Env, Stdout: to, Stderr: notesTo}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	to.Close()
	notesTo.Close()
	// Nobody reads before the host has seen its output refused.
	lines := bufio.NewReader(notes)
	if line, err := lines.ReadString('\n'); line != "known\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	n, err := io.Copy(io.Discard, live)
	if n != stalling || err != nil {
		t.Errorf("%d bytes shown, want %d, %v", n, stalling, err)
	}
	if rest, _ := io.ReadAll(lines); string(rest) != "<nil>\n" {
		t.Errorf("undelivered: %s", rest)
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// stalling is more than fits into a pipe that nobody reads, and less than fits
// into that pipe, the queue before it and the pipe of the child.
const stalling = 180 << 10

func TestResultDoesNotWaitForAStalledReader(t *testing.T) {
	t.Parallel()
	input, to := pipe(t)
	live := &gate{stalled: make(chan struct{}), open: make(chan struct{})}
	s := spec("copy")
	s.Stdin, s.Stdout = input, live
	p := start(t, s)
	<-live.stalled // with the first line

	// More than is queued, so that some is still in the pipe when patience
	// ends, and no more than the queue and a pipe can take.
	rest := strings.Repeat("0123456789abcdef", 112<<10/16)
	if _, err := to.WriteString(rest); err != nil {
		t.Fatal(err)
	}
	to.Close()
	if got := p.Result(); got.Detached || string(got.Stdout.Data) != "here\n"+rest {
		t.Errorf("%d bytes recorded, want %d; detached: %t", got.Stdout.Size, len(rest)+5, got.Detached)
	}
	close(live.open)
	p.Wait()
	if live.String() != "here\n"+rest {
		t.Errorf("%d bytes shown, want %d", live.Len(), len(rest)+5)
	}
}

// gate tells of its first write and takes nothing until it is opened.
type gate struct {
	bytes.Buffer
	once          sync.Once
	stalled, open chan struct{}
}

func (g *gate) Write(b []byte) (int, error) {
	g.once.Do(func() { close(g.stalled) })
	<-g.open
	return g.Buffer.Write(b)
}

func TestChildMayCloseItsOutputs(t *testing.T) {
	t.Parallel()
	input, release := pipe(t)
	live, to := io.Pipe()
	s := spec("mute")
	s.Stdin, s.Stdout = input, to
	p := start(t, s)
	release.Close()
	r := p.Wait()
	live.Close()
	if diff := cmp.Diff(command.Result{Exit: 3, Stdout: whole(""), Stderr: whole("")}, r); diff != "" {
		t.Error(diff)
	}
}

func TestDescendantsAreNotWaitedForButNotKilledEither(t *testing.T) {
	t.Parallel()
	input, release := pipe(t)
	done := filepath.Join(t.TempDir(), "done")
	lock, path := openLock(t)
	s := spec("leave", done)
	s.Stdin, s.Lock = input, lock
	p := start(t, s)
	r := p.Wait()
	if diff := cmp.Diff(command.Result{Detached: true, Stdout: whole("left\n"), Stderr: whole("")}, r); diff != "" {
		t.Error(diff)
	}
	release.Close() // now the descendant writes
	awaitLock(t, lock, path)
	if _, err := os.Stat(done); err != nil {
		t.Errorf("the descendant could not write: %v", err)
	}
}

func TestKilledChild(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			r := run(t, spec("kill", fmt.Sprint(int(sig))))
			name := map[syscall.Signal]string{syscall.SIGKILL: "SIGKILL", syscall.SIGTERM: "SIGTERM"}[sig]
			if r.Exit != 128+int(sig) || r.Signal != name {
				t.Errorf("exit %d, signal %q", r.Exit, r.Signal)
			}
		})
	}
}
