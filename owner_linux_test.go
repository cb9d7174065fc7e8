package nonbis_test

import (
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nonbis/nonbis"
)

func TestAZombieIsGone(t *testing.T) {
	child := start(t, "says")
	child.stop()
	// It has ended, and is left for Wait to bury.
	if err := unix.Waitid(unix.P_PID, child.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(child.Process.Pid, 0); err != nil {
		t.Fatalf("it is buried already: %v", err)
	}
	fate(t, child.owner, nonbis.FateGone)
}

func TestAPIDThatIsUsedAgainIsAnotherOwner(t *testing.T) {
	o := nonbis.ThisProcess()
	ticks, err := strconv.ParseInt(o.Started, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	o.Started = strconv.FormatInt(ticks-1, 10)
	fate(t, o, nonbis.FateGone)
}

func TestThisProcessSaysWhereItRuns(t *testing.T) {
	o, clock := nonbis.ThisProcess(), nonbis.SystemClock()
	if o.Space == "" || o.Started == "" || o.Boot != clock.Timeline || len(o.Boot) != 16 {
		t.Errorf("%+v", o)
	}
}
