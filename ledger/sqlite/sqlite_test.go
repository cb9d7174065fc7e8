package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

func open(tb testing.TB, path string) *sqlite.Ledger {
	tb.Helper()
	l, err := sqlite.Open(tb.Context(), path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	return l
}

func TestAnotherProcessAnswersFromTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	e := nonbis.Effect{Task: "t", Operation: "test.greet", Payload: "Ada", Key: "k"}
	send := func(context.Context, nonbis.Attempt) (string, error) { return "hello", nil }
	first, err := nonbis.Do(t.Context(), nonbis.New(open(t, path), nil), e, send)
	if err != nil || first.Replayed {
		t.Fatal(first, err)
	}
	second, err := nonbis.Do(t.Context(), nonbis.New(open(t, path), nil), e, send)
	if err != nil || !second.Replayed || second.Value != "hello" {
		t.Fatal(second, err)
	}
	_, err = nonbis.Do(t.Context(), nonbis.New(open(t, path), nil), nonbis.Effect{Task: "t2", Operation: "test.greet", Payload: "Ada"},
		func(context.Context, nonbis.Attempt) (string, error) { return "", errors.New("x") })
	if !errors.Is(err, nonbis.ErrUnknown) {
		t.Fatal(err)
	}
	p, err := open(t, path).List(t.Context(), nonbis.Query{Namespace: "default"})
	if err != nil || len(p.Records) != 2 {
		t.Fatal(p, err)
	}
	t.Logf("%+v", p.Records[0])
}
