package cli

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// sparse is a ledger with the changes that have these numbers.
type sparse struct {
	nonbis.Ledger
	numbers []int64
	asked   int
}

func (s *sparse) History(_ context.Context, q nonbis.HistoryQuery) (changes []nonbis.Change, err error) {
	s.asked++
	for _, n := range s.numbers {
		if n > q.After && len(changes) < q.Limit {
			changes = append(changes, nonbis.Change{Seq: n})
		}
	}
	return changes, nil
}

func TestLastChangeIsFoundInFewQuestions(t *testing.T) {
	for _, numbers := range [][]int64{nil, {1}, {1024}, {1025}, {1, 2, 3}, {5, 70_000, 1 << 40}, {999_999_999_999}} {
		l := &sparse{numbers: numbers}
		got, err := lastChange(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		want := int64(0)
		if n := len(numbers); n > 0 {
			want = numbers[n-1]
		}
		if got != want || l.asked > 100 {
			t.Errorf("of %v: %d after %d questions", numbers, got, l.asked)
		}
	}
}

func TestTheLatestChangesAreThoseOfTheNamespace(t *testing.T) {
	l := memory.New(nil)
	put := func(namespace, task string) {
		t.Helper()
		s := seed{effect: nonbis.Effect{Task: task, Operation: "run", Payload: 1}, namespace: namespace, fate: "applied"}
		if _, err := s.plant(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	put("mine", "old")
	for i := range 1500 { // further back than the first look reaches
		put("theirs", fmt.Sprint(i))
	}
	put("mine", "new")
	f := newFeed(&session{ledger: l, namespace: "mine"})
	for _, test := range []struct {
		most int
		want []string
	}{{0, nil}, {1, []string{"new applied"}}, {3, []string{"old applied", "new sending", "new applied"}}, {10, []string{"old sending", "old applied", "new sending", "new applied"}}} {
		views, err := f.latest(t.Context(), test.most)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range views {
			got = append(got, fmt.Sprintf("%s %s", v.Task, v.State))
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("the last %d: %s", test.most, d)
		}
		if views, more, err := f.batch(t.Context()); len(views) > 0 || more || err != nil {
			t.Errorf("after the last %d there is more: %v %v %v", test.most, views, more, err)
		}
	}
}
