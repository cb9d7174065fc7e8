// The JSON of an effect, as nonbis show, ls and resolve print it. It is a
// contract: members may be added, none is renamed, removed or given another type.
//
//	id, base_id  "nb_…"; what all repeats of the effect have in common
//	namespace, task, operation, repeat  strings; "" where there is none, and the
//	             task of a pruned effect is gone
//	summary      what is sent, for people; "" when the caller gave none
//	occurrence   number, 1 unless the scope is wider than a task
//	state        claimed, sending, unknown, disputed, applied, not-applied
//	outcome      what is known: applied, not-applied, unknown
//	fence, revision  numbers that grow with each claim, and with each change
//	fingerprint  SHA-256 of the payload in canonical form, hexadecimal
//	protection   how an unknown can be settled: none, keyed, verifiable
//	hold         why only a person may settle it; "" when it is not held
//	created_at, updated_at, applied_at  RFC 3339 in UTC; applied_at is null unless
//	             it was applied
//	attempts     a list, oldest first: number, fence, generation (of the provider
//	             key), outcome (pending, applied, not-applied, unknown), sent (the
//	             intent to send was durable), reported (its sender said what came of
//	             it), started_at, deadline_at and ended_at (or null), body_sha256 (or
//	             ""), owner {machine, boot, pid, lock}
//	result       when one was kept: attempt (0: none; a look or a person), replayable
//	             (later callers are answered with it), size, sha256, and the value
//	             itself as body, which ls leaves out
//	receipt      instead of result, when the value was not kept: the same without
//	             body; of a pruned effect only pruned: true. Neither is there when
//	             nothing was returned
//	evidence     a list, oldest first: at, attempt (left out: none), source (owner,
//	             lease, look, person, ledger), says (an outcome), note
//
// The body of operation "run" is {exit, signal?, detached?, stdout, stderr}, each
// stream {data?, size, sha256} with the data in base64.
package cli

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/nonbis/nonbis"
)

type effectView struct {
	ID          nonbis.ID         `json:"id"`
	BaseID      nonbis.ID         `json:"base_id"`
	Namespace   string            `json:"namespace"`
	Task        string            `json:"task"`
	Operation   string            `json:"operation"`
	Repeat      string            `json:"repeat"`
	Summary     string            `json:"summary"`
	Occurrence  int               `json:"occurrence"`
	State       nonbis.State      `json:"state"`
	Outcome     nonbis.Outcome    `json:"outcome"`
	Fence       int64             `json:"fence"`
	Revision    int64             `json:"revision"`
	Fingerprint string            `json:"fingerprint"`
	Protection  nonbis.Protection `json:"protection"`
	Hold        string            `json:"hold"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	AppliedAt   *time.Time        `json:"applied_at"`
	Attempts    []attemptView     `json:"attempts"`
	Result      *resultView       `json:"result,omitempty"`
	Receipt     *receiptView      `json:"receipt,omitempty"`
	Evidence    []nonbis.Evidence `json:"evidence"`
}

type attemptView struct {
	Number     int            `json:"number"`
	Fence      int64          `json:"fence"`
	Generation int            `json:"generation"`
	Outcome    nonbis.Outcome `json:"outcome"`
	Sent       bool           `json:"sent"`
	Reported   bool           `json:"reported"`
	StartedAt  *time.Time     `json:"started_at"`
	DeadlineAt *time.Time     `json:"deadline_at"`
	EndedAt    *time.Time     `json:"ended_at"`
	BodySHA256 string         `json:"body_sha256"`
	Owner      ownerView      `json:"owner"`
}

// ownerView has what a person needs to look for a process.
type ownerView struct {
	Machine string `json:"machine"`
	Boot    string `json:"boot"`
	PID     int    `json:"pid"`
	Lock    string `json:"lock"`
}

type resultView struct {
	Attempt    int             `json:"attempt"`
	Replayable bool            `json:"replayable"`
	Size       int64           `json:"size"`
	SHA256     string          `json:"sha256"`
	Body       json.RawMessage `json:"body,omitempty"`
}

type receiptView struct {
	Attempt    *int   `json:"attempt,omitempty"`
	Replayable *bool  `json:"replayable,omitempty"`
	Size       *int64 `json:"size,omitempty"`
	SHA256     string `json:"sha256,omitempty"`
	Pruned     bool   `json:"pruned,omitempty"`
}

// viewOf is the effect as JSON; withBody says whether the value that was recorded
// is part of it.
func viewOf(r *nonbis.Record, withBody bool) effectView {
	v := effectView{
		ID: r.ID, BaseID: r.Base, Namespace: r.Namespace, Task: r.Task, Operation: r.Operation, Repeat: r.Repeat, Summary: r.Summary,
		Occurrence: r.Occurrence, State: r.State, Outcome: r.State.Outcome(), Fence: r.Fence, Revision: r.Revision,
		Fingerprint: hex.EncodeToString(r.Fingerprint[:]), Protection: r.Protection(), Hold: r.Hold,
		CreatedAt: r.Created.UTC(), UpdatedAt: r.Updated.UTC(), AppliedAt: timeView(r.AppliedAt),
		Attempts: []attemptView{}, Evidence: []nonbis.Evidence{},
	}
	for i := range r.Attempts {
		v.Attempts = append(v.Attempts, attemptViewOf(&r.Attempts[i]))
	}
	for _, e := range r.Evidence {
		e.At = e.At.UTC()
		v.Evidence = append(v.Evidence, e)
	}
	switch {
	case r.Result != nil && r.Result.Body != nil:
		v.Result = &resultView{
			Attempt: r.Result.Attempt, Replayable: r.Result.Replayable,
			Size: r.Result.Size, SHA256: hex.EncodeToString(r.Result.Digest[:]),
		}
		if withBody {
			v.Result.Body = r.Result.Body
		}
	case r.Result != nil:
		v.Receipt = &receiptView{
			Attempt: &r.Result.Attempt, Replayable: &r.Result.Replayable,
			Size: &r.Result.Size, SHA256: hex.EncodeToString(r.Result.Digest[:]),
		}
	case r.Pruned:
		v.Receipt = &receiptView{Pruned: true}
	}
	return v
}

func attemptViewOf(a *nonbis.AttemptRecord) attemptView {
	v := attemptView{
		Number: a.Number, Fence: a.Fence, Generation: a.Generation, Outcome: a.Outcome, Sent: a.Sent, Reported: a.Reported != nonbis.OutcomePending,
		StartedAt: timeView(a.Started.Wall), EndedAt: timeView(a.Ended.Wall),
		Owner: ownerView{Machine: a.Owner.Machine, Boot: a.Owner.Boot, PID: a.Owner.PID, Lock: a.Owner.Lock},
	}
	if a.Deadline > 0 {
		v.DeadlineAt = timeView(a.Started.Wall.Add(a.Deadline))
	}
	if a.Digest != [32]byte{} {
		v.BodySHA256 = hex.EncodeToString(a.Digest[:])
	}
	return v
}

func timeView(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
