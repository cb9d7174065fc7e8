package nonbis_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/nonbis/nonbis"
)

// roleVar makes the test binary play another process.
const roleVar = "NONBIS_TEST_ROLE"

// roles are what it can play, until its standard input ends.
var roles = map[string]func(){
	// leaves a child of its own behind, with the lock that it got as descriptor 3.
	"leaves": func() {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), roleVar+"=says")
		child.Stdin, child.Stdout, child.ExtraFiles = os.Stdin, os.Stdout, []*os.File{os.NewFile(3, "lock")}
		must(child.Start())
	},
	// says who it is.
	"says": func() {
		must(json.NewEncoder(os.Stdout).Encode(nonbis.ThisProcess()))
		_, _ = io.Copy(io.Discard, os.Stdin)
	},
	// probes the lock of descriptor 3, as Fate does, and takes its time.
	"probes": func() {
		must(syscall.Flock(3, syscall.LOCK_SH|syscall.LOCK_NB))
		must(json.NewEncoder(os.Stdout).Encode(nonbis.ThisProcess()))
		_, _ = io.Copy(io.Discard, os.Stdin)
	},
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func TestMain(m *testing.M) {
	if play := roles[os.Getenv(roleVar)]; play != nil {
		play()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// actor is a running role.
type actor struct {
	*exec.Cmd
	owner nonbis.Owner // as it said
	stop  func()       // ends its standard input
}

// start lets a role play until somebody has said who it is.
func start(t *testing.T, role string, inherited ...*os.File) *actor {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, stdin := pipe(t)
	stdout, out := pipe(t)
	a := &actor{Cmd: exec.Command(exe), stop: sync.OnceFunc(func() { stdin.Close() })}
	a.Env = append(os.Environ(), roleVar+"="+role)
	a.Stdin, a.Stdout, a.Stderr, a.ExtraFiles = in, out, os.Stderr, inherited
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.stop(); _ = a.Wait() })
	in.Close()
	out.Close()
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &a.owner)
	}
	if err != nil {
		t.Fatalf("%s says %q: %v", role, line, err)
	}
	return a
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func fate(t *testing.T, o nonbis.Owner, want nonbis.Fate) {
	t.Helper()
	if got := o.Fate(); got != want {
		t.Errorf("the fate of %+v is %d, want %d", o, got, want)
	}
}

func TestThisProcessIsAlive(t *testing.T) {
	o := nonbis.ThisProcess()
	fate(t, o, nonbis.FateAlive)
	if o.PID != os.Getpid() || o.Boot == "" || o.Lock != "" {
		t.Errorf("%+v", o)
	}
	b, err := json.Marshal(o)
	var back nonbis.Owner
	if err != nil || json.Unmarshal(b, &back) != nil || back != o {
		t.Errorf("%s reads as %+v", b, back)
	}
}

func TestAChildIsAliveUntilItIsKilled(t *testing.T) {
	child, here := start(t, "says"), nonbis.ThisProcess()
	fate(t, child.owner, nonbis.FateAlive)
	if c := child.owner; c.Boot != here.Boot || c.Space != here.Space || c.Machine != here.Machine || c.PID != child.Process.Pid {
		t.Errorf("%+v and its child %+v", here, c)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	fate(t, child.owner, nonbis.FateGone)
}

// With a process that lives here, only what is changed can make the difference.
func TestOwnersElsewhere(t *testing.T) {
	here := nonbis.ThisProcess()
	sameMachine := nonbis.FateGone
	if here.Machine == "" { // then it cannot be told from others
		sameMachine = nonbis.FateUnseen
	}
	tests := []struct {
		name   string
		change func(*nonbis.Owner)
		want   nonbis.Fate
	}{
		{"this machine in another boot", func(o *nonbis.Owner) { o.Boot = "0123456789abcdef" }, sameMachine},
		{"this machine in another boot, with a lock", func(o *nonbis.Owner) { o.Boot, o.Lock = "0123456789abcdef", "/proc/version" }, sameMachine},
		{"another machine", func(o *nonbis.Owner) { o.Boot, o.Machine = "0123456789abcdef", "other" }, nonbis.FateUnseen},
		{"a machine without an id", func(o *nonbis.Owner) { o.Boot, o.Machine = "0123456789abcdef", "" }, nonbis.FateUnseen},
		{"a boot without an id", func(o *nonbis.Owner) { o.Boot = "" }, nonbis.FateUnseen},
		{"another pid namespace", func(o *nonbis.Owner) { o.Space = "4026531000" }, nonbis.FateUnseen},
		{"no process", func(o *nonbis.Owner) { o.PID = 0 }, nonbis.FateUnseen},
		{"nobody", func(o *nonbis.Owner) { *o = nonbis.Owner{} }, nonbis.FateUnseen},
		{"a start that was not recorded", func(o *nonbis.Owner) { o.Started = "" }, nonbis.FateAlive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := here
			tt.change(&o)
			fate(t, o, tt.want)
		})
	}
}

// locked is this process as an owner with a lock.
func locked(t *testing.T) (nonbis.Owner, *os.File) {
	t.Helper()
	o := nonbis.ThisProcess()
	o.Lock = filepath.Join(t.TempDir(), "lock")
	f, err := nonbis.HoldLock(o.Lock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return o, f
}

func TestALockSpeaksForItsOwner(t *testing.T) {
	o, f := locked(t)
	fate(t, o, nonbis.FateAlive)
	elsewhere := o
	elsewhere.Space, elsewhere.PID, elsewhere.Started = "4026531000", 1, "1" // who holds it does not matter
	fate(t, elsewhere, nonbis.FateAlive)
	f.Close()
	fate(t, o, nonbis.FateGone) // though the process lives
	if err := os.Remove(o.Lock); err != nil {
		t.Fatal(err)
	}
	fate(t, o, nonbis.FateUnseen) // somebody has removed it: nothing can be said
	o.Lock = t.TempDir()
	fate(t, o, nonbis.FateUnseen)
}

func TestALockIsHeldOnce(t *testing.T) {
	o, _ := locked(t)
	if f, err := nonbis.HoldLock(o.Lock); !errors.Is(err, os.ErrExist) || f != nil {
		t.Fatalf("%v, %v", f, err)
	}
	fate(t, o, nonbis.FateAlive) // and has not lost its file
	if f, err := nonbis.HoldLock(filepath.Join(o.Lock, "x")); err == nil || f != nil {
		t.Fatalf("%v, %v", f, err)
	}
}

func TestALockLivesAsLongAsAGrandchildThatInheritedIt(t *testing.T) {
	o, f := locked(t)
	child := start(t, "leaves", f)
	grandchild := child.owner // who said it
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	f.Close() // now nobody but the grandchild has it
	fate(t, o, nonbis.FateAlive)
	fate(t, grandchild, nonbis.FateAlive)
	child.stop()
	free, err := os.OpenFile(o.Lock, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(free.Fd()), syscall.LOCK_EX); err != nil { // waits for its end
		t.Fatal(err)
	}
	free.Close()
	fate(t, o, nonbis.FateGone)
}

func TestAProbeIsNotMistakenForTheOwner(t *testing.T) {
	o, f := locked(t)
	f.Close()
	probed, err := os.OpenFile(o.Lock, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer probed.Close()
	other := start(t, "probes", probed) // and is still at it
	fate(t, o, nonbis.FateGone)
	other.stop()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				fate(t, o, nonbis.FateGone)
			}
		})
	}
	wg.Wait()
}
