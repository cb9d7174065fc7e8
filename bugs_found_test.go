package nonbis_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/nonbis/nonbis"
)

// Every test in this file fails, and shows a bug. The worst come first.

// Rule 6. The record's last change is what tells a wall clock that was set back
// across a restart. But the lapse that notices it is a change too: it holds the
// effect and writes the wrong time into Updated, and the next call is believed
// again. A claim does not look at Hold.
func TestBugAHeldKeyIsUsedAfterItsWindow(t *testing.T) {
	l := born(t, keyed).claim().pass(50*time.Minute).report(0, nonbis.OutcomeUnknown)
	l.pass(30 * time.Minute).reboot(time.Minute).setWall(-79 * time.Minute).lapse()
	if l.r.Hold == "" {
		t.Fatal("the jump was not noticed")
	}
	if v := l.decide(true, false); v == nonbis.Granted {
		t.Errorf("the key is used after %s; its window is %s, and the effect was held", l.true, l.in.Terms.KeyWindow)
	}
}

// A json.Number may hold any text. encoding/json refuses one that is no number;
// here it is written as it is.
func TestBugAJSONNumberThatIsNone(t *testing.T) {
	for _, n := range []json.Number{`{"a":1}`, `"5"`, "null", "[1]", " 5"} {
		if got := canonicalOf(t, []any{n}); got != "" {
			t.Errorf("the number %s is written %s", n, got)
		}
	}
}
