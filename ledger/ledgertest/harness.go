package ledgertest

import (
	"slices"
	"testing"

	"github.com/nonbis/nonbis"
)

// Features says what a ledger can do, so that the suite adapts.
type Features struct {
	// Persistent ledgers keep everything when the last handle on them is closed:
	// Reopen of a closed ledger finds all that it had.
	Persistent bool
}

// Harness opens ledgers for the suite, which closes them itself. It does so at
// the latest when tb ends, before tb's own cleanup functions of earlier date.
type Harness struct {
	Features Features
	Scale    int // how many times as many random histories as usual; 0: once

	// Open makes a fresh, empty ledger that reads this clock.
	Open func(tb testing.TB, clock nonbis.Clock) nonbis.Ledger

	// Reopen opens a second handle on what l, open or closed, stands on: what another
	// process would see. It is nil when there can be no such thing.
	Reopen func(tb testing.TB, l nonbis.Ledger, clock nonbis.Clock) nonbis.Ledger

	// Restore closes l and opens it again as a ledger that may have forgotten, as
	// after a restore of a backup. It is nil when that cannot happen.
	Restore func(tb testing.TB, l nonbis.Ledger, clock nonbis.Clock) nonbis.Ledger
}

// theme is a group of behaviours, tested on one fresh ledger.
type theme struct {
	name string
	test func(*lab)
}

// themes are all that every ledger must do.
var themes = []theme{
	{"claim", claims},
	{"claim, again", claimsAgain},
	{"claim, repeating a provider key", claimsByKey},
	{"claim, many at once", claimsInBatches},
	{"aliases", aliases},
	{"siblings", siblings},
	{"occurrences", occurrences},
	{"advance", advances},
	{"advance, many at once", advancesInBatches},
	{"late evidence", lateEvidence},
	{"a person", persons},
	{"looks", looks},
	{"absence", absences},
	{"fences and revisions", fences},
	{"heartbeat", heartbeats},
	{"due", dues},
	{"due looks", dueLooks},
	{"get", gets},
	{"list", lists},
	{"list, by the beginning of an id", idRanges},
	{"history", histories},
	{"prune", prunes},
	{"values survive", values},
	{"epoch", epochs},
	{"closed", closed},
	{"cancelled", cancelled},
	{"concurrency", races},
	{"linearizable", linearizable},
}

// Run tests everything that a ledger must do.
func Run(t *testing.T, h Harness) {
	t.Helper()
	all := slices.Clone(themes)
	if h.Reopen != nil {
		all = append(all, theme{"two processes", twoProcesses})
	}
	if h.Features.Persistent {
		if h.Reopen == nil {
			t.Fatal("a harness of a persistent ledger needs Reopen")
		}
		all = append(all, theme{"persistence", persistence})
	}
	if h.Restore != nil {
		all = append(all, theme{"a ledger that forgot", forgetful})
	}
	for _, th := range all {
		t.Run(th.name, func(t *testing.T) { th.test(open(t, h)) })
	}
	t.Run("model", func(t *testing.T) { model(t, h) })
}
