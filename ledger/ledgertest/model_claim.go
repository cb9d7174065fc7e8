package ledgertest

import (
	"context"
	"encoding/binary"
	"time"

	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
)

// modelTerms are those of each operation.
var modelTerms = map[string]nonbis.TermsRecord{
	"unkeyed":    {},
	"keyed":      {KeyWindow: window},
	"verifiable": {Verify: true, Settle: settle},
	"both":       {KeyWindow: window, Verify: true, Settle: settle},
	"harmful":    {Verify: true, Settle: settle, Harmful: true, MinAbsent: 3},
}

// token is new, and the same when a failure is repeated.
func (m *machine) token() (token nonbis.Token) {
	m.count++
	binary.BigEndian.PutUint64(token[:], uint64(m.count)) //nolint:gosec // counts from one
	return token
}

// intent draws one that often meets an effect that is there.
func (m *machine) intent(t *rapid.T) nonbis.Intent {
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	in := nonbis.Intent{
		Name: nonbis.Name{
			Namespace: "n", Task: one("task", "a", "a", "a", "b"), Occurrence: 1, Repeat: one("repeat", "", "", "", "second"),
			Operation: one("operation", m.operations...),
		},
		Scope:  rapid.SampledFrom([]nonbis.Scope{nonbis.ScopeTask, nonbis.ScopeTask, nonbis.ScopeConversation}).Draw(t, "scope"),
		Window: window, Key: one("key", "", "", "k1", "k2"),
		Fingerprint: hash(one("payload", "p", "p", "p", "p", "p", "p", "p", "q")),
		Token:       m.token(), Owner: owner, Lease: lease,
		Deadline: rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour}).Draw(t, "deadline"),
		Send:     rapid.IntRange(0, 3).Draw(t, "send") > 0,
		Digest:   hash("digest"), Request: []byte(one("request", "r", "r", "r", "s")), Credential: []byte(one("credential", "c", "c", "c", "d")),
	}
	in.Terms = modelTerms[in.Operation]
	in.Terms.Digest = one("conditions", "", "", "", "", "", "", "", "", "", "", "", "other")
	in.Owner.PID = m.count
	return in
}

// claim makes a few intents in one call.
func (m *machine) claim(t *rapid.T) {
	intents := make([]nonbis.Intent, rapid.IntRange(1, 3).Draw(t, "intents"))
	for i := range intents {
		intents[i] = m.intent(t)
	}
	m.intents = append(m.intents, intents...)
	m.claimAll(t, intents)
}

// claimOnceMore repeats a call, as one does whose answer was lost.
func (m *machine) claimOnceMore(t *rapid.T) {
	if len(m.intents) > 0 {
		m.claimAll(t, []nonbis.Intent{rapid.SampledFrom(m.intents).Draw(t, "intent")})
	}
}

func (m *machine) claimAll(t *rapid.T, intents []nonbis.Intent) {
	ctx := context.Background()
	got, err := m.handle(t).Claim(ctx, intents)
	want, _ := m.model.Claim(ctx, intents)
	if err != nil || len(got) != len(want) {
		t.Fatalf("claim: %d answers to %d intents, error %v", len(got), len(intents), err)
	}
	for i, in := range intents {
		c := got[i]
		if c.Verdict != want[i].Verdict {
			t.Fatalf("intent %d: %s, want %s", i, verdict(c.Verdict), verdict(want[i].Verdict))
		}
		m.same(t, want[i].Record, c.Record)
		if c.Verdict == nonbis.Granted {
			m.grants = append(m.grants, specimen{Intent: in, fence: c.Record.Fence, r: c.Record})
		}
	}
}
