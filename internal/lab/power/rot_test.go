package power

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/power/record"
	"github.com/nonbis/nonbis/internal/lab/power/record/engine"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// What came of damage.
const (
	harmless = "harmless"        // all is as it was
	refused  = "refused to open" // nothing is sent
	suspect  = "suspect"         // nothing is sent that cannot be repeated
	failed   = "failed in use"   // nothing is sent
	verified = "seen by verify"  // and not before
	silent   = "not seen"        // something is not as it was, and nothing may be sent twice
	twice    = "sent twice, only seen by verify"
	unseen   = "sent twice, unseen"
)

// rotten opens a damaged ledger, and asks for every effect that may have happened.
func (c *checker) rotten(ctx context.Context, m *Image, folder string, was map[nonbis.ID]record.Snapshot) (string, error) {
	if err := m.Write(folder); err != nil {
		return "", err
	}
	l, err := sqlite.Open(ctx, filepath.Join(folder, ledgerName), &sqlite.Options{Brief: true})
	if err != nil {
		return refused, nil
	}
	defer l.Close()
	if epoch, err := l.Epoch(ctx); err != nil || epoch.Suspect != "" {
		return suspect, nil
	}
	there := map[nonbis.ID]record.Snapshot{}
	same := c.records(ctx, l, there) == nil && len(there) == len(was) && c.history(ctx, l, there) == nil
	for id, s := range was {
		same = same && there[id] == s
	}
	problems, err := l.Verify(ctx)
	seen := err != nil || len(problems) > 0
	granted, failures := false, false
	for id, s := range was {
		if !mayHaveHappened(s.State) {
			continue
		}
		in := c.recording.Intents[id]
		in.Token = nonbis.NewToken()
		claims, err := l.Claim(ctx, []nonbis.Intent{in})
		failures = failures || err != nil
		granted = granted || err == nil && claims[0].Verdict == nonbis.Granted
	}
	switch {
	case granted && seen:
		return twice, nil
	case granted:
		return unseen, nil
	case failures:
		return failed, nil
	case seen:
		return verified, nil
	case same:
		return harmless, nil
	}
	return silent, nil
}

// SQLite keeps checksums of its log, and none of its file: what rots there can be
// seen only where it breaks the file's structure. That much is only counted.
func rots(t *testing.T, r record.Recording, seed uint64, tries int) {
	t.Helper()
	if err := engine.Lazy(); err != nil {
		t.Fatal(err)
	}
	c := newChecker(r)
	random := rand.New(rand.NewPCG(seed, 0))
	folder := t.TempDir()
	counts := map[string]map[string]int{}
	third := afterEpoch(c.recording.Operations, len(c.recording.Operations)/3)
	for _, k := range []int{third, len(c.recording.Operations)} {
		var d Disk
		var m Image
		for _, o := range c.recording.Operations[:k] {
			d.Apply(o)
		}
		d.Crash(Everything, &m)
		was := c.reads(t.Context(), &m, folder)
		if was.problem != nil {
			t.Fatal(was.problem)
		}
		for _, rot := range Rots {
			for range tries {
				damaged, ok := rot.Of(&m, random)
				if !ok {
					break
				}
				what, err := c.rotten(t.Context(), damaged, folder, was.effects)
				if err != nil {
					t.Fatal(err)
				}
				if counts[rot.Name] == nil {
					counts[rot.Name] = map[string]int{}
				}
				counts[rot.Name][what]++
				if !strings.HasSuffix(rot.of, ".db") && slices.Contains([]string{silent, twice, unseen}, what) {
					t.Errorf("%s: %s", rot.Name, what)
				}
			}
		}
	}
	for _, rot := range Rots {
		t.Log(rot.Name, fmt.Sprint(counts[rot.Name]))
	}
}

// afterEpoch is the first place after k at which the epoch beside the ledger has
// just been written, as it is after each commit and before anybody is told: all that
// is there has been acknowledged.
func afterEpoch(operations []record.Operation, k int) int {
	epoch := -1
	for i, o := range operations {
		switch {
		case o.Kind == record.Link && strings.HasSuffix(o.To, ".epoch"):
			epoch = o.File
		case o.Kind == record.Write && o.File == epoch && i >= k:
			return i + 1
		}
	}
	return len(operations)
}
