package ledgertest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// model walks at random over a ledger and over the memory ledger beside it, and
// compares what they say, while a watcher looks at what the ledger does.
func model(t *testing.T, h Harness) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		clock := newManual()
		m := &machine{clock: clock, model: memory.New(clock.read), watch: newWatcher(rt.Fatalf), tokens: map[nonbis.Token]nonbis.Token{}}
		m.operations = rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(modelTerms))), 1, 2, rapid.ID).Draw(rt, "operations")
		m.handles = []nonbis.Ledger{h.Open(t, clock.read)}
		if h.Reopen != nil {
			m.handles = append(m.handles, h.Reopen(t, m.handles[0], clock.read))
		}
		defer func() {
			for _, l := range m.handles {
				_ = l.Close()
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"":                 m.compare,
			"claim":            m.claim,
			"claim once more":  m.claimOnceMore,
			"send":             m.send,
			"release":          m.release,
			"report":           m.report,
			"report, too":      m.report, // what tells most is tried most
			"heartbeat":        m.heartbeat,
			"lapse":            m.lapse,
			"due":              m.due,
			"looked":           m.looked,
			"look":             m.look,
			"look, too":        m.look,
			"resolve":          m.resolve,
			"prune":            m.prune,
			"list":             m.list,
			"time passes":      m.timePasses,
			"the clock is set": m.clockIsSet,
		})
	})
}

// machine is both ledgers, and what their callers hold.
type machine struct {
	clock   *manual
	handles []nonbis.Ledger // on the ledger under test
	model   *memory.Ledger
	watch   *watcher

	operations []string // few, so that effects meet

	intents []nonbis.Intent // all that were ever made
	grants  []specimen
	looks   []leased
	tokens  map[nonbis.Token]nonbis.Token // of looks: the model's, by the ledger's
	count   int                           // tokens made
	changes int                           // of the model, seen so far
}

// leased is a look that a caller holds, with the record as it was then.
type leased struct{ got, want *nonbis.Record }

// handle chooses one of the handles on the ledger under test.
func (m *machine) handle(t *rapid.T) nonbis.Ledger {
	if len(m.handles) == 1 {
		return m.handles[0]
	}
	return m.handles[rapid.IntRange(0, len(m.handles)-1).Draw(t, "handle")]
}

// compare is done after every step: both ledgers hold the same records, went the
// same way, and the ledger kept to the rules.
func (m *machine) compare(t *rapid.T) {
	ctx := context.Background()
	got, err := m.handle(t).List(ctx, nonbis.Query{})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	want, _ := m.model.List(ctx, nonbis.Query{})
	if len(got.Records) != len(want.Records) {
		t.Fatalf("there are %d records, want %d", len(got.Records), len(want.Records))
	}
	for i, r := range got.Records {
		m.same(t, want.Records[i], r)
	}
	m.sameHistory(t)
	for _, r := range got.Records {
		m.watch.saw(r, m.clock.read())
	}
}

// sameHistory compares the changes since the last time, each effect's in order.
func (m *machine) sameHistory(t *rapid.T) {
	ctx := context.Background()
	got, err := m.handle(t).History(ctx, nonbis.HistoryQuery{After: m.watch.seq})
	if err != nil {
		t.Fatalf("history: %v", err)
	}
	want, _ := m.model.History(ctx, nonbis.HistoryQuery{After: int64(m.changes)})
	m.changes += len(want)
	m.watch.changed(got)
	if d := gocmp.Diff(orNil(inOrder(want)), orNil(inOrder(got)), gocmp.Comparer(sameTime)); d != "" {
		t.Fatalf("the changes (-model +ledger):\n%s", d)
	}
}

// inOrder sorts changes by effect, and takes the numbers away.
func inOrder(changes []nonbis.Change) []nonbis.Change {
	changes = slices.Clone(changes)
	for i := range changes {
		changes[i].Seq = 0
	}
	slices.SortFunc(changes, func(a, b nonbis.Change) int {
		return cmp.Or(slices.Compare(a.ID[:], b.ID[:]), cmp.Compare(a.Revision, b.Revision))
	})
	return changes
}

// same compares two records. The tokens of looks are drawn by the ledgers.
func (m *machine) same(t *rapid.T, want, got *nonbis.Record) {
	if want == nil || got == nil {
		if want != got {
			t.Fatalf("the record is %v, want %v", got, want)
		}
		return
	}
	translated := *got
	if token, ok := m.tokens[got.Look.Token]; ok {
		translated.Look.Token = token
	}
	if d := diff(want, &translated); d != "" {
		t.Fatalf("the records differ (-model +ledger):\n%s", d)
	}
}

// sameErr compares two errors by kind.
func (m *machine) sameErr(t *rapid.T, want, got error) {
	if nonbis.KindOf(want) != nonbis.KindOf(got) {
		t.Fatalf("error %v, want %v", got, want)
	}
}
