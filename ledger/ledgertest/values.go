package ledgertest

import (
	"bytes"
	"math"
	"strings"
	"time"

	"github.com/nonbis/nonbis"
)

// values tests that a ledger changes nothing of what it is given.
func values(l *lab) {
	l.fresh("every field", func(l *lab) {
		s := l.everything()
		l.wantEverything(s)
		l.wantSame(s.r)
		if l.h.Reopen != nil {
			l.other().wantSame(s.r)
		}
	})
	l.run("an empty body is a result, and none is a receipt", func(l *lab) {
		for _, out := range []*nonbis.Output{
			nonbis.NewOutput([]byte{}, 100),
			{Size: 1 << 40, Digest: hash("a large body")},
			{},
			nonbis.NewOutput([]byte("\x00\xff\n not JSON"), 100),
			nil,
		} {
			s := l.start(l.intent())
			r := l.must(s.report(nonbis.OutcomeApplied, func(t *nonbis.Transition) { t.Result = out }))
			if (out == nil) != (r.Result == nil) {
				l.t.Fatalf("the result is %+v, want %+v", r.Result, out)
			}
			if out == nil {
				continue
			}
			got := *r.Result
			if (got.Body == nil) != (out.Body == nil) || !bytes.Equal(got.Body, out.Body) || got.Size != out.Size || got.Digest != out.Digest {
				l.t.Errorf("the result is %+v, want %+v", got, *out)
			}
		}
	})
	l.run("terms of any size", func(l *lab) {
		for _, terms := range []nonbis.TermsRecord{
			{},
			{KeyWindow: 1},
			{Settle: 1, Verify: true},
			{Harmful: true},
			{MinAbsent: math.MaxInt32},
			{Digest: "00ff"},
			{KeyWindow: 100 * 365 * 24 * time.Hour, Settle: math.MaxInt64 / 4, MinAbsent: 7, Verify: true, Harmful: true, Digest: "x"},
		} {
			in := l.intent(under(terms))
			l.wantFirst(in, l.granted(in))
		}
	})
	l.run("names in any script, and with any sign", func(l *lab) {
		for _, name := range []string{"größe", "週報-2026-47", "🙂", "o'brien", `back\slash`, `"quoted"`, "100%", "a_b", "NULL", strings.Repeat("ü", 256), "'; drop table effects; --"} {
			in := l.intent(withKey(name), func(in *nonbis.Intent) {
				in.Namespace, in.Task, in.Operation, in.Repeat, in.Summary = name, name, name, name, name
			})
			r := l.granted(in)
			l.wantFirst(in, r)
			l.wantList(nonbis.Query{Namespace: name, Task: name, Operation: name}, []*nonbis.Record{r})
		}
	})
	l.run("a clock before its beginning and one that is old", func(l *lab) {
		for _, tick := range []time.Duration{-time.Hour - 1, 0, 1, math.MaxInt64 / 2} {
			l.clock.set(func(i *nonbis.Instant) { i.Tick = tick; i.Wall = time.Unix(-1, 999_999_999).UTC() })
			in := l.intent()
			l.wantFirst(in, l.granted(in))
		}
	})
	l.run("no note costs the outcome that it came with", func(l *lab) {
		for _, note := range []string{"", "\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", strings.Repeat("€", 100_000), "\u202e"} {
			s := l.start(l.intent())
			t := s.report(nonbis.OutcomeUnknown)
			t.Note = note
			done, err := l.ledger.Advance(l.t.Context(), []nonbis.Transition{t})
			if err != nil || done[0].Err != nil {
				l.t.Fatalf("note %.20q: %v, %+v", note, err, done)
			}
			l.wantState(l.get(s.r.ID), nonbis.StateUnknown)
		}
	})
}

// everything is a record with every field set that one record can have.
func (l *lab) everything() specimen {
	l.t.Helper()
	l.clock.set(func(i *nonbis.Instant) { i.Tick = -48 * time.Hour; i.Timeline = "Boot-Ω" })
	in := l.intent(withKey("Schlüssel"), under(nonbis.TermsRecord{
		KeyWindow: 100 * 365 * 24 * time.Hour, Settle: 3 * time.Second, MinAbsent: 3, Verify: true, Harmful: true, Digest: "d1gest",
	}), func(in *nonbis.Intent) {
		in.Repeat, in.Scope, in.Window, in.Summary = "zweitens", nonbis.ScopeConversation, window, "für Ada"
		in.Request = bytes.Repeat([]byte("\x00\xff'\"\\\n€"), 1<<20/9+1)
		in.Credential = []byte{0, 0xff, '\n', 0}
	})
	s := l.start(in)
	for i := range 3 { // the key is repeated by owners of all kinds
		s = l.then(s, s.report(nonbis.OutcomeUnknown, returning(`"half an answer"`)))
		l.clock.pass(time.Second + 1)
		s = l.start(another(s.Intent, func(in *nonbis.Intent) {
			in.Owner = []nonbis.Owner{{}, {Machine: "größer", PID: math.MaxInt32}, {Lock: "/run/💾", Started: "-1"}}[i]
			in.Deadline = time.Duration(i) * math.MaxInt32
			in.Digest = hash("digest")
		}))
	}
	s = l.then(s, s.report(nonbis.OutcomeUnknown))
	s = l.then(s, s.resolve(nonbis.OutcomeNotApplied)) // the generation rises
	s = l.start(another(s.Intent))
	s = l.then(s, s.report(nonbis.OutcomeApplied))
	for i := range 71 { // more evidence than is kept
		l.clock.pass(1)
		s = l.then(s, s.report([]nonbis.Outcome{nonbis.OutcomeNotApplied, nonbis.OutcomeApplied}[i%2]))
	}
	t := s.resolve(nonbis.OutcomeApplied)
	t.Result = nonbis.NewOutput(append(bytes.Repeat([]byte(`["ü",`), 1<<20/6+1), bytes.Repeat([]byte("]"), 1<<20/6+1)...), 1<<21)
	return l.then(s, t)
}

// wantEverything checks that the record really has it all.
func (l *lab) wantEverything(s specimen) {
	l.t.Helper()
	r := s.r
	a := r.Latest()
	switch {
	case len(r.Request) < 1<<20 || !bytes.Equal(r.Request, s.Request):
		l.t.Errorf("the request has %d bytes", len(r.Request))
	case r.Result == nil || len(r.Result.Body) < 1<<20 || r.Result.Size != int64(len(r.Result.Body)):
		l.t.Errorf("the result is incomplete")
	case len(r.Evidence) != 64:
		l.t.Errorf("%d pieces of evidence, want 64", len(r.Evidence))
	case len(r.Attempts) != 5 || a.Number != 5 || a.Generation != 1 || r.Generation != 1 || r.Fence != 5:
		l.t.Errorf("%d attempts, the last %+v; generation %d, fence %d", len(r.Attempts), a, r.Generation, r.Fence)
	case r.Attempts[1].Owner != nonbis.Owner{} || r.Attempts[2].Owner.Machine != "größer" || !bytes.Equal(a.Credential, s.Credential):
		l.t.Errorf("the attempts are %+v", r.Attempts)
	case r.Aliases[0] != "Schlüssel" || r.Terms != s.Terms || r.Scope != nonbis.ScopeConversation || r.Summary != "für Ada" || r.Repeat != "zweitens":
		l.t.Errorf("aliases %q, terms %+v, scope %d, repeat %q", r.Aliases, r.Terms, r.Scope, r.Repeat)
	}
}
