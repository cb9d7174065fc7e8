package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/nonbis/nonbis"
)

// describe prints an effect for people.
func (s *session) describe(ctx context.Context, g *globals, r *nonbis.Record) error {
	var b strings.Builder
	t := newTable(0)
	fmt.Fprintf(&b, "%s\n", r.ID)
	about(t, r, g.colored())
	if err := t.flush(&b, "  "); err != nil {
		return err
	}
	if len(r.Attempts) > 0 {
		b.WriteString("\nATTEMPTS\n")
		attempts(t, r)
		if err := t.flush(&b, "  "); err != nil {
			return err
		}
	}
	if len(r.Evidence) > 0 {
		b.WriteString("\nEVIDENCE\n")
		for _, e := range r.Evidence {
			t.row(instant(e.At), byWhom(e), e.Says.String(), cut(safe(e.Note), maxLine))
		}
		if err := t.flush(&b, "  "); err != nil {
			return err
		}
	}
	writeResult(&b, r)
	if lines := s.next(ctx, g, r); len(lines) > 0 {
		b.WriteString("\nNEXT\n")
		for _, line := range lines {
			b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		}
	}
	_, err := fmt.Fprint(g.Stdout, b.String())
	return err
}

// about is the head of the description.
func about(t *table, r *nonbis.Record, color bool) {
	state := paint(color, stateColor(r.State), r.State.String())
	if r.Hold != "" {
		state += ", held for a person: " + safe(r.Hold)
	}
	t.row("state", state)
	switch {
	case r.Task != "":
		t.row("task", safe(r.Task))
	case r.Pruned && r.Scope != nonbis.ScopeKey:
		t.row("task", "- (pruned)")
	}
	t.row("operation", safe(r.Operation))
	if r.Summary != "" {
		t.row("summary", cut(safe(r.Summary), maxLine))
	}
	t.row("namespace", safe(r.Namespace))
	if r.Repeat != "" {
		t.row("repeat", safe(r.Repeat))
	}
	if r.Occurrence > 1 {
		t.row("occurrence", fmt.Sprint(r.Occurrence))
	}
	for _, key := range r.Aliases {
		t.row("key", safe(key))
	}
	now := now()
	for _, at := range []struct {
		what string
		time time.Time
	}{{"created", r.Created}, {"updated", r.Updated}, {"applied", r.AppliedAt}} {
		if !at.time.IsZero() {
			t.row(at.what, fmt.Sprintf("%s (%s)", instant(at.time), ago(now, at.time)))
		}
	}
	t.row("protection", string(r.Protection()))
	t.row("provider key", r.ProviderKey())
	t.row("payload", "sha256 "+hex.EncodeToString(r.Fingerprint[:]))
}

// attempts lists them, with what can be seen of owners that have not finished.
func attempts(t *table, r *nonbis.Record) {
	t.row("#", "OUTCOME", "STARTED", "TOOK", "OWNER")
	for i := range r.Attempts {
		a := &r.Attempts[i]
		outcome, took := a.Outcome.String(), "-"
		if !a.Sent {
			outcome = "not sent yet"
		}
		if !a.Ended.IsZero() {
			took = a.Ended.Wall.Sub(a.Started.Wall).Round(time.Millisecond).String()
		}
		t.row(fmt.Sprint(a.Number), outcome, instant(a.Started.Wall), took, ownerOf(a))
	}
}

func ownerOf(a *nonbis.AttemptRecord) string {
	switch {
	case isForgotten(a):
		return "unknown: the ledger may have forgotten it"
	case a.Owner.PID == 0:
		return "-"
	case !a.Ended.IsZero() && a.Reported == nonbis.OutcomePending:
		return fmt.Sprintf("process %d, gone", a.Owner.PID)
	case !a.Ended.IsZero():
		return fmt.Sprintf("process %d", a.Owner.PID)
	}
	switch a.Owner.Fate() {
	case nonbis.FateAlive:
		return fmt.Sprintf("process %d, alive", a.Owner.PID)
	case nonbis.FateGone:
		return fmt.Sprintf("process %d, gone", a.Owner.PID)
	case nonbis.FateUnseen:
	}
	return fmt.Sprintf("process %d, cannot be seen from here", a.Owner.PID)
}

func byWhom(e nonbis.Evidence) string {
	if e.Attempt > 0 {
		return fmt.Sprintf("%s of attempt %d", safe(e.Source), e.Attempt)
	}
	return safe(e.Source)
}
