package nonbis_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// kinds are all that kind.go declares: a new one cannot be forgotten here.
func kinds(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "kind.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Err") {
			names = append(names, spec.Names[0].Name)
		}
		return true
	})
	if len(names) < 10 {
		t.Fatalf("kind.go declares only %v", names)
	}
	return names
}

// Codes and statuses are on the wire. They stay as they are.
func TestEveryKindHasAMeaning(t *testing.T) {
	_, rows := grid(t, `
		                code                exit  status  safe
		ErrInvalid      invalid             125   400     yes
		ErrNotApplied   not-applied         125   502     yes
		ErrUnknown      outcome-unknown     117   409     no
		ErrInFlight     in-flight           118   409     no
		ErrMismatch     payload-mismatch    119   422     no
		ErrDisputed     disputed            117   409     no
		ErrResultGone   result-gone         117   409     no
		ErrUnavailable  ledger-unavailable  125   503     no
		ErrNotFound     not-found           1     404     no
		ErrStale        stale               1     409     no
		ErrRefused      refused             1     403     no`)
	declared := kinds(t)
	codes, sentences := map[string]bool{}, map[string]bool{}
	for i, row := range rows {
		k := nonbis.Kind(i + 1)
		m := k.Meaning()
		if i >= len(declared) || declared[i] != row[0] {
			t.Fatalf("kinds %v", declared)
		}
		if got := strings.Fields(fmt.Sprint(m.Code, " ", m.Exit, " ", m.Status, " ", map[bool]string{true: "yes", false: "no"}[m.NewEffectSafe])); !slices.Equal(got, row[1:]) {
			t.Errorf("%s is %v, want %v", row[0], got, row[1:])
		}
		if m.Sentence == "" || !strings.HasSuffix(m.Sentence, ".") || codes[m.Code] || sentences[m.Sentence] {
			t.Errorf("%s: %+v", row[0], m)
		}
		codes[m.Code], sentences[m.Sentence] = true, true
	}
	if len(rows) != len(declared) || nonbis.Kind(len(rows)+1).Meaning() != (nonbis.Meaning{}) || nonbis.Kind(0).Meaning() != (nonbis.Meaning{}) {
		t.Errorf("%d of the kinds %v", len(rows), declared)
	}
}

func TestErrorsMatchByKind(t *testing.T) {
	cause := errors.New("connection reset")
	err := error(&nonbis.Error{Kind: nonbis.ErrUnknown, RetryAfter: time.Second, Err: fmt.Errorf("read: %w", cause)})
	for name, err := range map[string]error{
		"as it is": err, "wrapped": fmt.Errorf("send: %w", err), "wrapped twice": fmt.Errorf("a: %w", fmt.Errorf("b: %w", err)),
		"joined": errors.Join(errors.New("other"), err), "by two": fmt.Errorf("%w, %w", errors.New("other"), err),
	} {
		for k := range nonbis.Kind(20) {
			if got := errors.Is(err, k); got != (k == nonbis.ErrUnknown) {
				t.Errorf("%s: it is of kind %d: %v", name, k, got)
			}
		}
		if !errors.Is(err, cause) || nonbis.KindOf(err) != nonbis.ErrUnknown {
			t.Errorf("%s: kind %d, %v", name, nonbis.KindOf(err), err)
		}
		if e, ok := errors.AsType[*nonbis.Error](err); !ok || e.RetryAfter != time.Second {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if k := nonbis.KindOf(fmt.Errorf("bare: %w", nonbis.ErrStale)); k != nonbis.ErrStale {
		t.Errorf("a kind alone is of kind %d", k)
	}
	for _, err := range []error{nil, cause, context.Canceled} {
		if k := nonbis.KindOf(err); k != 0 {
			t.Errorf("%v is of kind %d", err, k)
		}
	}
}

func TestWhatAnErrorSays(t *testing.T) {
	id := nonbis.ID{1}
	for want, err := range map[string]error{
		"boom":                                  &nonbis.Error{Kind: nonbis.ErrUnknown, ID: id, Err: errors.New("boom")},
		"outcome-unknown":                       &nonbis.Error{Kind: nonbis.ErrUnknown},
		"effect " + id.String() + ": in-flight": &nonbis.Error{Kind: nonbis.ErrInFlight, ID: id},
		"3 of a kind: stale":                    nonbis.Errorf(nonbis.ErrStale, "%d of a kind: %w", 3, nonbis.ErrStale),
		"ledger-unavailable":                    nonbis.ErrUnavailable,
		"not-applied: connection refused":       fmt.Errorf("not-applied: %w", nonbis.NotApplied(errors.New("connection refused"))),
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

// wrapper is an error type of somebody else.
type wrapper struct{ err error }

func (w wrapper) Error() string { return "wrapped: " + w.err.Error() }
func (w wrapper) Unwrap() error { return w.err }

// A sender's NotApplied counts through any chain of causes, but not beside
// another cause, which may have sent.
func TestWhatProvesThatNothingHappened(t *testing.T) {
	refused := errors.New("connection refused")
	proof := nonbis.NotApplied(refused)
	if nonbis.NotApplied(nil) != nil || !errors.Is(proof, refused) || proof.Error() != refused.Error() {
		t.Fatalf("%v", proof)
	}
	tests := []struct {
		name string
		err  error
		want nonbis.Kind
	}{
		{"the word itself", proof, nonbis.ErrNotApplied},
		{"wrapped by fmt", fmt.Errorf("dial: %w", proof), nonbis.ErrNotApplied},
		{"wrapped by somebody", wrapper{fmt.Errorf("dial: %w", wrapper{proof})}, nonbis.ErrNotApplied},
		{"said twice", nonbis.NotApplied(proof), nonbis.ErrNotApplied},
		{"said of a join", nonbis.NotApplied(errors.Join(refused, context.Canceled)), nonbis.ErrNotApplied},

		{"no such word", refused, nonbis.ErrUnknown},
		{"the kind of that name", fmt.Errorf("%w", nonbis.ErrNotApplied), nonbis.ErrUnknown},
		{"joined", errors.Join(refused, proof), nonbis.ErrUnknown},
		{"joined first", errors.Join(proof, refused), nonbis.ErrUnknown},
		{"joined with nothing", errors.Join(proof, nil), nonbis.ErrUnknown},
		{"one of two by fmt", fmt.Errorf("%w, then %w", proof, context.DeadlineExceeded), nonbis.ErrUnknown},
		{"a join that is wrapped", fmt.Errorf("x: %w", wrapper{errors.Join(proof, proof)}), nonbis.ErrUnknown},
		{"quoted", errors.New("dial: " + proof.Error()), nonbis.ErrUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := nonbis.Do(t.Context(), guard(t, nonbis.Options{}), greeting, func(context.Context, nonbis.Attempt) (int, error) { return 0, tt.err })
			if nonbis.KindOf(err) != tt.want || !errors.Is(err, tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What Do returns of one effect is no word about another. A sender that has sent
// something and then returns it has not said that nothing happened.
func TestNotAppliedOfAnInnerEffectProvesNothingOfTheOuter(t *testing.T) {
	g := guard(t, nonbis.Options{})
	mails := 0
	outer := nonbis.Effect{Task: "t", Operation: "test.mail-and-charge"}
	inner := nonbis.Effect{Task: "t", Operation: "test.charge"}
	for range 2 {
		_, err := nonbis.Do(t.Context(), g, outer, func(ctx context.Context, _ nonbis.Attempt) (int, error) {
			mails++ // this one is out
			_, err := nonbis.Do(ctx, g, inner, func(context.Context, nonbis.Attempt) (int, error) {
				return 0, nonbis.NotApplied(errors.New("connection refused"))
			})
			return 0, err
		})
		if nonbis.KindOf(err) != nonbis.ErrUnknown {
			t.Errorf("the outer effect: %v", err)
		}
	}
	if mails != 1 {
		t.Errorf("the mail was sent %d times", mails)
	}
}

// deaf is a ledger that does not take reports.
type deaf struct{ nonbis.Ledger }

func (deaf) Advance(context.Context, []nonbis.Transition) ([]nonbis.Advanced, error) {
	return nil, nonbis.Errorf(nonbis.ErrUnavailable, "the disk is full")
}

// An effect that was sent and could not be recorded is not also one of which
// nothing was sent, whatever the cause.
func TestAnErrorIsOfOneKind(t *testing.T) {
	_, err := nonbis.Do(t.Context(), guard(t, nonbis.Options{}), greeting, func(context.Context, nonbis.Attempt) (int, error) {
		return 0, nonbis.Errorf(nonbis.ErrInvalid, "from something else")
	})
	if errors.Is(err, nonbis.ErrUnknown) && errors.Is(err, nonbis.ErrInvalid) {
		t.Errorf("it may have happened, and is both %q and %q", nonbis.ErrUnknown.Meaning().Sentence, nonbis.ErrInvalid.Meaning().Sentence)
	}
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		g := nonbis.New(deaf{memory.New(clock)}, &nonbis.Options{Clock: clock})
		_, err := nonbis.Do(t.Context(), g, greeting, func(context.Context, nonbis.Attempt) (int, error) { return 1, nil })
		if errors.Is(err, nonbis.ErrUnknown) && errors.Is(err, nonbis.ErrUnavailable) {
			t.Errorf("it was sent, and is both %q and %q", nonbis.ErrUnknown.Meaning().Sentence, nonbis.ErrUnavailable.Meaning().Sentence)
		}
	})
}
