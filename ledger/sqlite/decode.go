package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nonbis/nonbis"
)

// selectColumns are what scan reads, in order.
const selectColumns = "SELECT n, " + fixedColumns + ", " + rareColumns + ", " + hotColumns + " FROM effects "

// decoder turns rows into records. Its querier is the connection that the rows
// come from: a second one of the same pool might never be free.
type decoder struct {
	names     *names
	q         querier
	committed bool // what it reads is committed
}

func (d decoder) text(ctx context.Context, n int64) (string, error) {
	return d.names.text(ctx, d.q, n, d.committed)
}

// scan reads one row of selectColumns.
func (d decoder) scan(ctx context.Context, row interface{ Scan(...any) error }) (n int64, r *nonbis.Record, err error) {
	var (
		id, tail, base, fingerprint, identity, body, request                       []byte
		namespace, operation, terms, scope, state, occurrence, kind, generation    int64
		dueLine, due, dueWall, created, updated                                    int64
		applied                                                                    sql.NullInt64
		task, attempts, repeat, hold, look, evidence, aliases, resultInfo, summary sql.NullString
	)
	r = &nonbis.Record{}
	if err = row.Scan(&n, &id, &tail, &base, &fingerprint, &namespace, &operation, &scope, &occurrence, &kind, &created, &repeat, &identity,
		&terms, &task, &summary, &aliases, &request,
		&state, &r.Revision, &r.Fence, &generation, &dueLine, &due, &dueWall, &updated, &applied, &attempts, &hold, &look, &evidence,
		&resultInfo, &body); err != nil {
		return 0, nil, err
	}
	if len(id) != 16 || len(tail) != 16 || len(base) != len(r.Base) || len(fingerprint) != len(r.Fingerprint) {
		return 0, nil, fmt.Errorf("row %d is damaged: a digest has the wrong length", n)
	}
	copy(r.ID[:16], id)
	copy(r.ID[16:], tail)
	copy(r.Base[:], base)
	copy(r.Fingerprint[:], fingerprint)
	r.Identity = nonbis.Identity{Kind: nonbis.IdentityKind(kind), Digest: r.Fingerprint} //nolint:gosec // stored from one
	if identity != nil {
		copy(r.Identity.Digest[:], identity)
	}
	r.Task, r.Summary, r.Repeat, r.Hold = task.String, summary.String, repeat.String, hold.String
	r.Scope, r.State = nonbis.Scope(scope), nonbis.State(state) //nolint:gosec // stored from one
	r.Occurrence, r.Generation = int(occurrence), int(generation)
	r.Created, r.Updated = wall(created), wall(updated)
	if applied.Valid {
		r.AppliedAt = wall(applied.Int64)
	}
	r.Pruned = !task.Valid
	r.Request = request
	if err := d.resolve(ctx, r, namespace, operation, terms); err != nil {
		return 0, nil, fmt.Errorf("row %d: %w", n, err)
	}
	if dueWall != 0 {
		if r.Due, err = d.instant(ctx, instantJSON{Wall: dueWall, Tick: due, Line: dueLine}); err != nil {
			return 0, nil, fmt.Errorf("row %d: %w", n, err)
		}
	}
	if err := d.lists(ctx, r, attempts.String, look.String, evidence.String, aliases.String, resultInfo.String, body); err != nil {
		return 0, nil, fmt.Errorf("row %d is damaged: %w", n, err)
	}
	if !r.Sound() {
		return 0, nil, fmt.Errorf("row %d is damaged: its attempts do not lead to the state %d", n, state)
	}
	return n, r, nil
}

// resolve reads the interned strings.
func (d decoder) resolve(ctx context.Context, r *nonbis.Record, namespace, operation, terms int64) (err error) {
	if r.Namespace, err = d.text(ctx, namespace); err != nil {
		return err
	}
	if r.Operation, err = d.text(ctx, operation); err != nil {
		return err
	}
	text, err := d.text(ctx, terms)
	if err != nil {
		return err
	}
	r.Terms, err = nonbis.ParseTerms(text)
	return err
}

// lists reads the JSON columns.
func (d decoder) lists(ctx context.Context, r *nonbis.Record, attempts, look, evidence, aliases, resultInfo string, body []byte) error {
	if err := d.attempts(ctx, r, attempts); err != nil {
		return err
	}
	if look != "" {
		var j lookJSON
		if err := json.Unmarshal([]byte(look), &j); err != nil {
			return err
		}
		r.Look = nonbis.Look{Token: j.Token, Count: j.Count, Absent: j.Absent}
		for _, f := range []struct {
			from *instantJSON
			to   *nonbis.Instant
		}{{j.Started, &r.Look.Started}, {j.Until, &r.Look.Until}, {j.Last, &r.Look.Last}} {
			if f.from == nil {
				continue
			}
			var err error
			if *f.to, err = d.instant(ctx, *f.from); err != nil {
				return err
			}
		}
	}
	if evidence != "" {
		if err := json.Unmarshal([]byte(evidence), &r.Evidence); err != nil {
			return err
		}
	}
	if aliases != "" {
		if err := json.Unmarshal([]byte(aliases), &r.Aliases); err != nil {
			return err
		}
	}
	if resultInfo != "" {
		var j outputJSON
		if err := json.Unmarshal([]byte(resultInfo), &j); err != nil {
			return err
		}
		if j.Empty {
			body = []byte{}
		}
		r.Result = nonbis.NewOutput(body, len(body))
		r.Result.Attempt, r.Result.Replayable = j.Attempt, j.Replayable
		if body == nil {
			r.Result.Size = j.Size
			copy(r.Result.Digest[:], j.Digest)
		}
	}
	return nil
}

func (d decoder) attempts(ctx context.Context, r *nonbis.Record, s string) error {
	if s == "" {
		return nil
	}
	var list []attemptJSON
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return err
	}
	for _, j := range list {
		a := nonbis.AttemptRecord{
			Number: j.Number, Fence: j.Fence, Generation: j.Generation, Token: j.Token, Outcome: nonbis.Outcome(j.Outcome),
			Sent: j.Sent, Reported: nonbis.Outcome(j.Reported), Deadline: j.Deadline, Credential: j.Credential,
		}
		if j.Own {
			a.Digest = r.Fingerprint
		} else if len(j.Digest) == sha256.Size {
			a.Digest = [sha256.Size]byte(j.Digest)
		}
		var err error
		if a.Started, err = d.instant(ctx, j.Started); err != nil {
			return err
		}
		if j.Ended != nil {
			if a.Ended, err = d.instant(ctx, *j.Ended); err != nil {
				return err
			}
		}
		if j.Owner != nil {
			a.Owner = *j.Owner
		} else if j.Process != 0 {
			text, err := d.text(ctx, j.Process)
			if err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(text), &a.Owner); err != nil {
				return err
			}
		}
		r.Attempts = append(r.Attempts, a)
	}
	return nil
}

func (d decoder) instant(ctx context.Context, j instantJSON) (nonbis.Instant, error) {
	line, err := d.text(ctx, j.Line)
	return nonbis.Instant{Wall: wall(j.Wall), Tick: time.Duration(j.Tick), Timeline: line}, err
}

func wall(ns int64) time.Time { return time.Unix(0, ns).UTC() }
