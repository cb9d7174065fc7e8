package export

import (
	"time"

	"github.com/nonbis/nonbis"
)

type effect struct {
	ID          nonbis.ID         `json:"id"`
	Base        nonbis.ID         `json:"base_id"`
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
	Created     time.Time         `json:"created_at"`
	Updated     time.Time         `json:"updated_at"`
	Applied     *time.Time        `json:"applied_at"`
	Attempts    []attempt         `json:"attempts"`
	Result      *result           `json:"result,omitempty"`
	Receipt     *result           `json:"receipt,omitempty"`
	Evidence    []nonbis.Evidence `json:"evidence"`
}

type attempt struct {
	Number     int            `json:"number"`
	Fence      int64          `json:"fence"`
	Generation int            `json:"generation"`
	Outcome    nonbis.Outcome `json:"outcome"`
	Sent       bool           `json:"sent"`
	Reported   bool           `json:"reported"`
	Started    *time.Time     `json:"started_at"`
	Deadline   *time.Time     `json:"deadline_at"`
	Ended      *time.Time     `json:"ended_at"`
	Body       string         `json:"body_sha256"`
	Owner      owner          `json:"owner"`
}

type owner struct {
	Machine string `json:"machine"`
	Boot    string `json:"boot"`
	PID     int    `json:"pid"`
	Lock    string `json:"lock"`
}

// result is a kept value, or the receipt of one that was not kept.
type result struct {
	Attempt    int    `json:"attempt"`
	Replayable bool   `json:"replayable"`
	Size       int64  `json:"size"`
	SHA256     string `json:"sha256"`
	Pruned     bool   `json:"pruned,omitempty"`
}

func effectOf(r *nonbis.Record) effect {
	e := effect{
		ID: r.ID, Base: r.Base, Namespace: r.Namespace, Task: r.Task, Operation: r.Operation, Repeat: r.Repeat,
		Summary: r.Summary, Occurrence: r.Occurrence, State: r.State, Outcome: r.State.Outcome(),
		Fence: r.Fence, Revision: r.Revision, Fingerprint: digest(r.Fingerprint), Protection: r.Protection(), Hold: r.Hold,
		Created: r.Created.UTC(), Updated: r.Updated.UTC(), Applied: moment(r.AppliedAt),
		Attempts: []attempt{}, Evidence: []nonbis.Evidence{},
	}
	for i := range r.Attempts {
		e.Attempts = append(e.Attempts, attemptOf(&r.Attempts[i]))
	}
	for _, ev := range r.Evidence {
		ev.At = ev.At.UTC()
		e.Evidence = append(e.Evidence, ev)
	}
	switch {
	case r.Result != nil:
		kept := &result{Attempt: r.Result.Attempt, Replayable: r.Result.Replayable, Size: r.Result.Size, SHA256: digest(r.Result.Digest)}
		if e.Result = kept; r.Result.Body == nil {
			e.Result, e.Receipt = nil, kept
		}
	case r.Pruned:
		e.Receipt = &result{Pruned: true}
	}
	return e
}

func attemptOf(a *nonbis.AttemptRecord) attempt {
	v := attempt{
		Number: a.Number, Fence: a.Fence, Generation: a.Generation, Outcome: a.Outcome, Sent: a.Sent,
		Reported: a.Reported != nonbis.OutcomePending, Started: moment(a.Started.Wall), Ended: moment(a.Ended.Wall), Body: digest(a.Digest),
		Owner: owner{Machine: a.Owner.Machine, Boot: a.Owner.Boot, PID: a.Owner.PID, Lock: a.Owner.Lock},
	}
	if a.Deadline > 0 {
		v.Deadline = moment(a.Started.Wall.Add(a.Deadline))
	}
	return v
}
