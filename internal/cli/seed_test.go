package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// seed describes an effect that a test wants in a ledger.
type seed struct {
	effect    nonbis.Effect
	namespace string
	fate      string // applied, not-applied, unknown, disputed, claimed, sending, lost
	result    string // JSON
	verify    bool
	window    time.Duration // of the provider key
}

// scriptEffect is "effect [-repeat R] [-key K] [-summary S] [-namespace N]
// [-result JSON] [-verify] [-window D] TASK OPERATION PAYLOAD FATE": it puts an
// effect into the ledger NONBIS_LEDGER and its id into $ID. The fate is a state,
// or lost: sending, with an owner that is gone.
func scriptEffect(ts *testscript.TestScript, neg bool, args []string) {
	var s seed
	flags := flag.NewFlagSet("effect", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.effect.Repeat, "repeat", "", "")
	flags.StringVar(&s.effect.Key, "key", "", "")
	flags.StringVar(&s.effect.Summary, "summary", "", "")
	flags.StringVar(&s.namespace, "namespace", "default", "")
	flags.StringVar(&s.result, "result", "", "")
	flags.BoolVar(&s.verify, "verify", false, "")
	flags.DurationVar(&s.window, "window", 0, "")
	if err := flags.Parse(args); err != nil || neg || flags.NArg() != 4 {
		ts.Fatalf("usage: effect [flags] task operation payload fate: %v", err)
	}
	s.effect.Task, s.effect.Operation, s.fate = flags.Arg(0), flags.Arg(1), flags.Arg(3)
	s.effect.Payload = json.RawMessage(flags.Arg(2))
	l, err := sqlite.Open(context.Background(), ts.MkAbs(ts.Getenv("NONBIS_LEDGER")), nil)
	ts.Check(err)
	id, err := s.plant(context.Background(), l)
	ts.Check(errors.Join(err, l.Close()))
	ts.Setenv("ID", id.String())
}

// plant makes the effect. Its owner is this process, which lives on, unless it
// is lost.
func (s seed) plant(ctx context.Context, l nonbis.Ledger) (nonbis.ID, error) {
	name, payload, err := s.effect.Describe(s.namespace)
	if err != nil {
		return nonbis.ID{}, err
	}
	in := nonbis.Intent{
		Name: name, Key: s.effect.Key, Summary: s.effect.Summary, Fingerprint: payload.Fingerprint(),
		Terms: nonbis.TermsRecord{Verify: s.verify, KeyWindow: s.window},
		Token: nonbis.NewToken(), Owner: nonbis.ThisProcess(), Lease: time.Hour, Send: s.fate != "claimed",
	}
	if s.effect.Task == "" {
		in.Scope, in.Key = nonbis.ScopeKey, ""
	}
	if s.fate == "lost" {
		in.Owner.Started = "1" // another process had this number
	}
	claims, err := l.Claim(ctx, []nonbis.Intent{in})
	if err != nil {
		return nonbis.ID{}, err
	}
	r := claims[0].Record
	if claims[0].Verdict != nonbis.Granted {
		return r.ID, nil // of a suspect ledger
	}
	var said []nonbis.Outcome
	switch s.fate {
	case "applied":
		said = []nonbis.Outcome{nonbis.OutcomeApplied}
	case "not-applied":
		said = []nonbis.Outcome{nonbis.OutcomeNotApplied}
	case "unknown":
		said = []nonbis.Outcome{nonbis.OutcomeUnknown}
	case "disputed":
		said = []nonbis.Outcome{nonbis.OutcomeNotApplied, nonbis.OutcomeApplied}
	case "claimed", "sending", "lost":
	default:
		return r.ID, errors.New("no such fate: " + s.fate)
	}
	for _, o := range said {
		t := nonbis.Transition{ID: r.ID, Event: nonbis.EventReport, Fence: r.Fence, Token: in.Token, Outcome: o}
		if o != nonbis.OutcomeApplied {
			t.Note = "the provider said " + o.String()
		}
		if s.result != "" {
			t.Result = nonbis.NewOutput([]byte(s.result), 1<<20)
		}
		res, err := l.Advance(ctx, []nonbis.Transition{t})
		if err = errors.Join(append([]error{err}, errorsOf(res)...)...); err != nil {
			return r.ID, err
		}
	}
	return r.ID, nil
}

func errorsOf(results []nonbis.Advanced) (errs []error) {
	for _, r := range results {
		errs = append(errs, r.Err)
	}
	return slices.Clip(errs)
}
