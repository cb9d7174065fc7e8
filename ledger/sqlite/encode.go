package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
	"unsafe"

	"github.com/nonbis/nonbis"
)

// The JSON columns. Short names: a row is written twice for every effect.
type (
	instantJSON struct {
		Wall int64 `json:"w"`           // ns since 1970
		Tick int64 `json:"t"`           // ns
		Line int64 `json:"l,omitempty"` // names.n of the timeline
	}
	attemptJSON struct {
		Number     int           `json:"n"`
		Fence      int64         `json:"f"`
		Generation int           `json:"g,omitempty"`
		Token      nonbis.Token  `json:"t"`
		Process    int64         `json:"p,omitempty"` // names.n of an owner without a lock
		Owner      *nonbis.Owner `json:"o,omitempty"` // an owner with one: it is not seen again
		Outcome    uint8         `json:"x,omitempty"`
		Sent       bool          `json:"s,omitempty"`
		Reported   uint8         `json:"r,omitempty"`
		Started    instantJSON   `json:"a"`
		Deadline   time.Duration `json:"d,omitempty"`
		Ended      *instantJSON  `json:"e,omitempty"`
		Digest     []byte        `json:"h,omitempty"` // unless it is the fingerprint
		Own        bool          `json:"y,omitempty"` // Digest is the fingerprint
		Credential []byte        `json:"c,omitempty"`
	}
	lookJSON struct {
		Token   nonbis.Token `json:"t"`
		Started *instantJSON `json:"s,omitempty"`
		Until   *instantJSON `json:"u,omitempty"`
		Count   int          `json:"n,omitempty"`
		Absent  int          `json:"a,omitempty"`
		Last    *instantJSON `json:"l,omitempty"`
	}
	outputJSON struct {
		Attempt    int    `json:"n,omitempty"`
		Size       int64  `json:"s,omitempty"` // of a body that is not kept
		Digest     []byte `json:"h,omitempty"`
		Replayable bool   `json:"r,omitempty"`
		Empty      bool   `json:"e,omitempty"` // the body is kept, and has no bytes: the driver would make it NULL
	}
)

// The columns by how often they change: never; with a new claim, an alias or a
// tombstone; with every change.
const (
	fixedColumns = "id, id_tail, base, fingerprint, namespace, operation, scope, occurrence, identity_kind, created, repeat, identity"
	rareColumns  = "terms, task, summary, aliases, request"
	hotColumns   = "state, revision, fence, generation, due_line, due, due_wall, updated, applied, attempts, hold, look, evidence, result_info, result"
)

// fixed appends the values of fixedColumns.
func (w *writer) fixed(ctx context.Context, v []any, r *nonbis.Record) ([]any, error) {
	namespace, err := w.intern(ctx, r.Namespace)
	if err != nil {
		return nil, err
	}
	operation, err := w.intern(ctx, r.Operation)
	if err != nil {
		return nil, err
	}
	var repeat, identity any
	if r.Repeat != "" {
		repeat = r.Repeat
	}
	if r.Identity.Digest != r.Fingerprint {
		identity = r.Identity.Digest[:]
	}
	return append(v,
		r.ID[:16], r.ID[16:], r.Base[:], r.Fingerprint[:], namespace, operation, int64(r.Scope), int64(r.Occurrence),
		int64(r.Identity.Kind), r.Created.UnixNano(), repeat, identity), nil
}

// rare appends the values of rareColumns.
func (w *writer) rare(ctx context.Context, v []any, r *nonbis.Record) ([]any, error) {
	terms, err := w.intern(ctx, r.Terms.String())
	if err != nil {
		return nil, err
	}
	var task, summary, aliases, request any
	if !r.Pruned {
		task = r.Task
	}
	if r.Summary != "" {
		summary = r.Summary
	}
	if len(r.Aliases) > 0 {
		aliases = text(r.Aliases)
	}
	if r.Request != nil {
		request = r.Request
	}
	return append(v, terms, task, summary, aliases, request), nil
}

// sameRare reports whether the rare columns need not be written again. Requests
// are compared by where they are: nobody changes one in place.
func sameRare(a, b *nonbis.Record) bool {
	return a.Pruned == b.Pruned && a.Task == b.Task && a.Summary == b.Summary && a.Terms == b.Terms &&
		len(a.Aliases) == len(b.Aliases) && len(a.Request) == len(b.Request) && unsafe.SliceData(a.Request) == unsafe.SliceData(b.Request)
}

// hot appends the values of hotColumns.
func (w *writer) hot(ctx context.Context, v []any, r *nonbis.Record) ([]any, error) {
	dueLine, err := w.intern(ctx, r.Due.Timeline)
	if err != nil {
		return nil, err
	}
	attempts, err := w.attempts(ctx, r)
	if err != nil {
		return nil, err
	}
	look, err := w.look(ctx, r.Look)
	if err != nil {
		return nil, err
	}
	var dueWall int64
	if !r.Due.IsZero() {
		dueWall = r.Due.Wall.UnixNano()
	}
	var applied, hold, evidence, info, body any
	if !r.AppliedAt.IsZero() {
		applied = r.AppliedAt.UnixNano()
	}
	if r.Hold != "" {
		hold = r.Hold
	}
	if len(r.Evidence) > 0 {
		evidence = text(r.Evidence)
	}
	if o := r.Result; o != nil {
		j := outputJSON{Attempt: o.Attempt, Replayable: o.Replayable, Empty: o.Body != nil && len(o.Body) == 0}
		if o.Body != nil {
			body = o.Body
		} else {
			j.Size, j.Digest = o.Size, o.Digest[:]
		}
		info = text(j)
	}
	return append(v,
		int64(r.State), r.Revision, r.Fence, int64(r.Generation), dueLine, int64(r.Due.Tick), dueWall,
		r.Updated.UnixNano(), applied, attempts, hold, look, evidence, info, body), nil
}

// attempts is their column; nil in a tombstone.
func (w *writer) attempts(ctx context.Context, r *nonbis.Record) (any, error) {
	if r.Pruned {
		return nil, nil
	}
	list := make([]attemptJSON, len(r.Attempts))
	for i, a := range r.Attempts {
		j := attemptJSON{
			Number: a.Number, Fence: a.Fence, Generation: a.Generation, Token: a.Token, Outcome: uint8(a.Outcome),
			Sent: a.Sent, Reported: uint8(a.Reported), Deadline: a.Deadline, Credential: a.Credential,
		}
		switch a.Digest {
		case r.Fingerprint:
			j.Own = true
		case [sha256.Size]byte{}:
		default:
			j.Digest = a.Digest[:]
		}
		var err error
		if a.Owner.Lock != "" {
			j.Owner = &a.Owner
		} else if j.Process, err = w.process(ctx, a.Owner); err != nil {
			return nil, err
		}
		started, err := w.instant(ctx, a.Started)
		if err != nil {
			return nil, err
		}
		j.Started = *started
		if !a.Ended.IsZero() {
			if j.Ended, err = w.instant(ctx, a.Ended); err != nil {
				return nil, err
			}
		}
		list[i] = j
	}
	return appendAttempts(nil, list), nil
}

// appendAttempts is what json.Marshal would write, in a fifth of the time: it is
// done twice for every effect.
func appendAttempts(b []byte, list []attemptJSON) string {
	b = append(b, '[')
	for i, j := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"n":`...), int64(j.Number), 10)
		b = strconv.AppendInt(append(b, `,"f":`...), j.Fence, 10)
		b = append(hex.AppendEncode(append(b, `,"t":"`...), j.Token[:]), '"')
		b = appendNonzero(b, `,"g":`, int64(j.Generation))
		b = appendNonzero(b, `,"p":`, j.Process)
		b = appendNonzero(b, `,"x":`, int64(j.Outcome))
		b = appendNonzero(b, `,"r":`, int64(j.Reported))
		b = appendNonzero(b, `,"d":`, int64(j.Deadline))
		if j.Sent {
			b = append(b, `,"s":true`...)
		}
		if j.Own {
			b = append(b, `,"y":true`...)
		}
		b = appendInstant(append(b, `,"a":`...), j.Started)
		if j.Ended != nil {
			b = appendInstant(append(b, `,"e":`...), *j.Ended)
		}
		if j.Owner != nil {
			b = append(append(b, `,"o":`...), text(j.Owner)...)
		}
		if j.Digest != nil {
			b = append(append(b, `,"h":`...), text(j.Digest)...)
		}
		if j.Credential != nil {
			b = append(append(b, `,"c":`...), text(j.Credential)...)
		}
		b = append(b, '}')
	}
	return string(append(b, ']'))
}

func appendNonzero(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

func appendInstant(b []byte, i instantJSON) []byte {
	b = strconv.AppendInt(append(b, `{"w":`...), i.Wall, 10)
	b = strconv.AppendInt(append(b, `,"t":`...), i.Tick, 10)
	return append(appendNonzero(b, `,"l":`, i.Line), '}')
}

// process interns an owner without a lock: a process has the same for all its
// effects.
func (w *writer) process(ctx context.Context, o nonbis.Owner) (int64, error) {
	if o == (nonbis.Owner{}) {
		return 0, nil
	}
	if o != w.lastOwner {
		w.lastOwner, w.lastOwnerText = o, text(o)
	}
	return w.intern(ctx, w.lastOwnerText)
}

func (w *writer) instant(ctx context.Context, i nonbis.Instant) (*instantJSON, error) {
	line, err := w.intern(ctx, i.Timeline)
	return &instantJSON{Wall: i.Wall.UnixNano(), Tick: int64(i.Tick), Line: line}, err
}

func (w *writer) look(ctx context.Context, look nonbis.Look) (any, error) {
	if look == (nonbis.Look{}) {
		return nil, nil
	}
	j := lookJSON{Token: look.Token, Count: look.Count, Absent: look.Absent}
	for _, f := range []struct {
		from nonbis.Instant
		to   **instantJSON
	}{{look.Started, &j.Started}, {look.Until, &j.Until}, {look.Last, &j.Last}} {
		if f.from.IsZero() {
			continue
		}
		var err error
		if *f.to, err = w.instant(ctx, f.from); err != nil {
			return nil, err
		}
	}
	return text(j), nil
}

// text encodes plain data, which cannot fail.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// taskBits are the 44 bits by which effects_task knows a task.
func taskBits(namespace, task string) int64 {
	sum := digest(namespace, task)
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 20)
}

// aliasDigest is what the table aliases knows of a caller's key.
func aliasDigest(namespace, operation, key string) []byte {
	sum := digest(namespace, operation, key)
	return sum[:16]
}

// digest hashes parts behind their lengths.
func digest(parts ...string) [sha256.Size]byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return sha256.Sum256(b)
}
