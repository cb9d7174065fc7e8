package simulation_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/lab/judge"
)

// Four rules that the judge cannot see in its logs:
//
//	S1  late evidence is kept      a sender's word that reached the ledger stands
//	S2  nobody cancels a send      but the loss of its claim
//	S3  waiters share the answer   a call that waited for a send does not send itself
//	S4  looks are few              nobody asks a provider for one effect without end

func (w *world) violated(rule, effect, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, judge.Violation{Rule: rule, Effect: effect, What: fmt.Sprintf(format, args...)})
}

// claimed is one attempt.
type claimed struct {
	effect nonbis.ID
	fence  int64
}

// reported notes a sender's word that the ledger has had.
func (w *world) reported(t nonbis.Transition) {
	if t.Event != nonbis.EventReport || t.Outcome != nonbis.OutcomeApplied {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.words[t.ID.String()] = t.Outcome
}

// keptWords checks that what senders said is what the ledger says.
func (w *world) keptWords(records []judge.Record) {
	for _, r := range records {
		if w.words[r.ID] == nonbis.OutcomeApplied && r.State != "applied" && r.State != "disputed" {
			w.violated("S1", r.ID, "its sender said that it was applied, and the ledger says %s", r.State)
		}
	}
}

func (w *world) lostClaim(b nonbis.Beat) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost[claimed{b.ID, b.Fence}] = true
}

// notCancelled checks the context of a send that is over.
func (w *world) notCancelled(ctx context.Context, p *process, a nonbis.Attempt) {
	w.mu.Lock()
	lost := w.lost[claimed{a.ID, a.Fence}]
	w.mu.Unlock()
	if errors.Is(ctx.Err(), context.Canceled) && !lost && p.alive() {
		w.violated("S2", a.ID.String(), "the send of fence %d was cancelled", a.Fence)
	}
}

// shared checks a claim of a call that may have waited for another.
func (w *world) shared(ctx context.Context, c nonbis.Claim) {
	asker := callOf(ctx)
	if asker == nil {
		return
	}
	asker.mu.Lock()
	defer asker.mu.Unlock()
	r := c.Record
	switch n := len(r.Attempts); {
	case c.Verdict == nonbis.Existing && r.State == nonbis.StateSending:
		asker.others = r.Fence
	case c.Verdict == nonbis.Granted && n > 1 && r.Attempts[n-2].Fence == asker.others && r.Attempts[n-2].Reported == nonbis.OutcomeNotApplied && !everUnknown(r):
		w.violated("S3", r.ID.String(), "a call waited for fence %d, and sent as fence %d", asker.others, r.Fence)
	}
}

// everUnknown reports whether the effect was given up before its sender had had its
// say: then who waited may be given it.
func everUnknown(r *nonbis.Record) bool {
	for _, e := range r.Evidence {
		if e.Says != nonbis.OutcomeNotApplied || e.Source != "owner" {
			return true
		}
	}
	return false
}

// mayLook counts the looks for an effect: those of the resolver, which are at most
// 30 after each send, and one or two of each call.
func (w *world) mayLook(effect string) bool {
	const most = 500
	w.mu.Lock()
	w.looks[effect]++
	n := w.looks[effect]
	w.mu.Unlock()
	if n == most {
		w.violated("S4", effect, "the provider was asked %d times", n)
	}
	return n < most
}
