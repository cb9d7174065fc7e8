package nonbis_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/memory"
)

// Every test in this file fails, and shows a bug. The worst come first.

// Rules 2 and 6. Decide answers a claim without Send (a slot to wait for) on a
// keyed unknown effect with unknown → claimed, which is no legal transition. A
// release, or a lapse, of that claim then frees the effect, though the first
// attempt is still unknown; and EventSend checks neither the window nor the bytes.
func TestBugAKeyedUnknownIsClaimedAndFreedByRelease(t *testing.T) {
	for name, end := range map[string]func(*life) nonbis.Transition{
		"released": func(l *life) nonbis.Transition { return l.as(nonbis.EventRelease) },
		"lapsed":   func(l *life) nonbis.Transition { return l.pass(lease).at(nonbis.EventLapse) },
	} {
		t.Run(name, func(t *testing.T) {
			l := born(t, keyed).claim().report(0, nonbis.OutcomeUnknown)
			in := l.in
			in.Token = nonbis.NewToken()
			next, v := in.Decide(l.r, l.now, false)
			if next == nil || v != nonbis.Granted {
				return // refused: that is right too
			}
			if next.State != nonbis.StateSending {
				t.Errorf("unknown became %s", next.State)
			}
			l.r, l.grants = next, append(l.grants, *next.Latest())
			after, err := l.r.Advance(end(l), l.now)
			if err == nil && after != nil && after.State == nonbis.StateNotApplied {
				t.Errorf("the effect is %s, while attempt 1 is %s", after.State, after.Attempts[0].Outcome)
			}
		})
	}
}

// Rule 2. What Do returns of another effect carries that effect's NotApplied with
// it. A sender that has sent something and then returns it frees its own effect.
func TestBugNotAppliedOfAnInnerEffectFreesTheOuter(t *testing.T) {
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

// Rule 9. errors.Is finds the kinds of causes too: an effect that was sent and
// could not be recorded also Is ErrUnavailable, whose meaning is that nothing was
// sent and a new effect is safe. The same holds for whatever a sender returns.
func TestBugAnErrorIsOfTwoKinds(t *testing.T) {
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

// Rule 5. A lapse names the attempt whose owner is gone, but for a claimed or
// sending effect the fence is not looked at: the death of an old owner, freed by a
// person meanwhile, closes the attempt of the new one, who is alive and sending.
// Then two looks free it. (Guard.observe avoids it; the rule must not allow it.)
func TestBugTheDeathOfAnOldOwnerEndsTheNewOnesAttempt(t *testing.T) {
	l := born(t, verifiable).claim().pass(lease).lapse().decided(nonbis.OutcomeNotApplied).claim()
	_, err := l.advance(nonbis.Transition{Event: nonbis.EventLapse, Revision: l.r.Revision, Fence: l.grants[0].Fence, Gone: true})
	if a := l.r.Latest(); !a.Ended.IsZero() || l.r.State != nonbis.StateSending {
		t.Errorf("attempt %d of the living owner has ended, the effect is %s (%v)", a.Number, l.r.State, err)
	}
}

// Rule 13. A restored ledger doubts none and not-applied, but not a claim that
// lapsed: its owner may have sent after the backup was made.
func TestBugASuspectLedgerHandsOutALapsedClaim(t *testing.T) {
	l := born(t, plain).hold().pass(lease)
	if v := l.decide(true, true); v == nonbis.Granted {
		t.Errorf("granted: the effect is %s", l.r.State)
	}
}

// Rule 6: a backward jump holds. Across a restart it is not noticed, though the
// record itself has seen a later time.
func TestBugAWallClockBehindTheRecordIsBelieved(t *testing.T) {
	l := born(t, keyed).claim().pass(50*time.Minute).report(0, nonbis.OutcomeUnknown)
	l.pass(30 * time.Minute).reboot(time.Minute).setWall(-79 * time.Minute)
	if !l.r.Updated.After(l.now.Wall) {
		t.Fatal("the record has not seen a later time")
	}
	if v := l.decide(true, false); v == nonbis.Granted {
		t.Errorf("the key is used after %s; its window is %s", l.true, l.in.Terms.KeyWindow)
	}
}

// Raw is "a payload that is not JSON", but application/json is not refused: it
// shares its fingerprint with a parsed payload, and pointers look into bytes that
// were never brought into canonical form.
func TestBugRawJSONIsTakenForCanonical(t *testing.T) {
	raw := func(body string) (nonbis.Payload, bool) {
		p, err := nonbis.NewPayload(nonbis.Raw{MediaType: "application/json", Bytes: []byte(body)})
		return p, err == nil
	}
	parsed, _ := nonbis.NewPayload(jsontext.Value(`{"a":1}`))
	if p, ok := raw(`{"a":1}`); ok && p.Fingerprint() == parsed.Fingerprint() {
		t.Error("the bytes of a document have the fingerprint of the document")
	}
	if p, ok := raw(`{"a":1,"a":2}`); ok {
		if id, _ := p.Identity([]string{"/a"}); id.Kind == nonbis.IdentityFields {
			t.Error("a field was found in a document that has it twice")
		}
	}
	spaced, _ := raw(`{"a":{ "b":1.0 }}`)
	plain, _ := raw(`{"a":{"b":1}}`)
	a, _ := spaced.Identity([]string{"/a"})
	b, _ := plain.Identity([]string{"/a"})
	if a.Kind == nonbis.IdentityFields && a != b {
		t.Error("one field, spelled in two ways, is two identities")
	}
}

// mime.ParseMediaType takes what mime.FormatMediaType does not, and then returns
// "": payloads of different types get one fingerprint.
func TestBugDifferentMediaTypesBecomeNone(t *testing.T) {
	a, errA := nonbis.NewPayload(nonbis.Raw{MediaType: "text/plain; *0=x", Bytes: []byte("1")})
	b, errB := nonbis.NewPayload(nonbis.Raw{MediaType: "image/png; *0=y", Bytes: []byte("1")})
	if errA == nil && errB == nil && a.Fingerprint() == b.Fingerprint() {
		t.Error("text/plain and image/png are the same")
	}
}

// A json.Number is written as a string: 5 and "5" are one payload, and the same
// document decoded with UseNumber is another effect than its raw text.
func TestBugAJSONNumberBecomesAString(t *testing.T) {
	if got := canonicalOf(t, map[string]any{"a": json.Number("5")}); got == `{"a":"5"}` {
		t.Errorf("the number 5 is written %s", got)
	}
}

// A nil pointer to a type whose MarshalJSON takes a value panics: encode calls the
// method itself. json.Marshal writes null.
func TestBugANilPointerPanics(t *testing.T) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("panic: %v", p)
		}
	}()
	if got := canonicalOf(t, (*time.Time)(nil)); got != "null" {
		t.Errorf("a nil time is written %q", got)
	}
}

// The 52nd character carries one bit. With others set no id has the prefix, but
// the range is that of another id.
func TestBugAnIDRangeHasAnIDWithoutThePrefix(t *testing.T) {
	prefix := "nb_" + strings.Repeat("a", 51) + "b"
	if low, high, err := nonbis.IDRange(prefix); err == nil {
		t.Errorf("from %s to %s is the range of %s", low, high, prefix)
	}
}

// The canonical form of a number is not accepted itself when its exponent is just
// below the limit: it must be checked after the point has been moved.
func TestBugACanonicalFormIsRefused(t *testing.T) {
	form := canonical(t, `0.1e-1000000`)
	if again := canonical(t, form); again != form {
		t.Errorf("%s is accepted, and then its form is written %q", form, again)
	}
}

// Where several attempts are unknown, a look that finds the effect is credited to
// the last. Its later, true word that it wrote nothing is then a contradiction,
// though the first may well have done it.
func TestBugAFindingIsCreditedToTheWrongAttempt(t *testing.T) {
	both := nonbis.TermsRecord{KeyWindow: time.Hour, Verify: true}
	l := born(t, both).claim().report(0, nonbis.OutcomeUnknown).claim().pass(lease).lapse()
	l.lookFor().found(nonbis.Present).report(1, nonbis.OutcomeNotApplied)
	if l.r.State != nonbis.StateApplied {
		t.Errorf("the effect is %s", l.r.State)
	}
}

// Advance: "next is nil when nothing changes, as when the same report comes
// twice". Not when a look has settled the attempt in between.
func TestBugARepeatedReportChangesTheRecord(t *testing.T) {
	l := born(t, verifiable).claim().report(0, nonbis.OutcomeUnknown).lookFor().found(nonbis.Present)
	before := len(l.r.Evidence)
	if changed, err := l.advance(l.word(0, nonbis.OutcomeUnknown)); changed || err != nil {
		t.Errorf("revision %d, %d pieces of evidence instead of %d (%v)", l.r.Revision, len(l.r.Evidence), before, err)
	}
}

// A hold outlives its reason: the wall clock is right again, the key may be used
// (and is granted), and the record still says that only a person may settle it.
func TestBugAHoldIsNotLifted(t *testing.T) {
	l := born(t, keyed).claim().setWall(-time.Hour).pass(lease).lapse()
	if l.r.Hold == "" {
		t.Fatal("not held")
	}
	l.setWall(time.Hour).report(0, nonbis.OutcomeUnknown)
	if !l.r.Due.IsZero() && l.r.Hold != "" {
		t.Errorf("due at %s, and held: %s", l.r.Due.Wall, l.r.Hold)
	}
}

// A verdict that does not exist is taken without a word: no error, no evidence,
// and the look stays leased.
func TestBugAnUnknownVerdictIsSwallowed(t *testing.T) {
	l := born(t, verifiable).claim().report(0, nonbis.OutcomeUnknown).lookFor()
	if changed, err := l.advance(l.looked(nonbis.FindingVerdict(9))); !changed && err == nil {
		t.Error("no error")
	}
}

// Rule 3: a lapsed sending becomes unknown. Where no resolver runs, nobody says
// so: a call waits for as long as its context lets it, long after the lease and
// the deadline of an owner that cannot be seen from here.
func TestBugACallWaitsForAnOwnerWhoseLeaseIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := nonbis.ProcessClock()
		ledger := memory.New(clock)
		name, payload, err := greeting.Describe("default")
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := nonbis.Intent{
			Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(),
			Owner: nonbis.Owner{Machine: "other", Boot: "other", PID: 1}, Lease: lease, Deadline: deadline, Send: true,
		}
		if _, err := ledger.Claim(t.Context(), []nonbis.Intent{elsewhere}); err != nil {
			t.Fatal(err)
		}
		g := nonbis.New(ledger, &nonbis.Options{Clock: clock})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_, err = nonbis.Do(ctx, g, greeting, func(context.Context, nonbis.Attempt) (int, error) { return 1, nil })
		if took := time.Since(start); took > deadline {
			t.Errorf("answered after %s: %v", took, err)
		}
	})
}
