package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
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

// encoder turns records into values of columns.
type encoder struct {
	names *names
	add   func(text string) (int64, error) // numbers a name that is new; nil for who may not: it is errNewName then
}

// errNewName says that only the writer can encode the record.
var errNewName = errors.New("a name is new")

func (e encoder) intern(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if n, ok := e.names.number(text); ok {
		return n, nil
	}
	if e.add == nil {
		return 0, errNewName
	}
	return e.add(text)
}

// fixed adds the values of fixedColumns.
func (e encoder) fixed(v *values, r *nonbis.Record) error {
	namespace, err := e.intern(r.Namespace)
	if err != nil {
		return err
	}
	operation, err := e.intern(r.Operation)
	if err != nil {
		return err
	}
	var repeat, identity any
	if r.Repeat != "" {
		repeat = r.Repeat
	}
	if r.Identity.Digest != r.Fingerprint {
		identity = r.Identity.Digest[:]
	}
	v.add(r.ID[:16], r.ID[16:], r.Base[:], r.Fingerprint[:], namespace, operation, int64(r.Scope), int64(r.Occurrence),
		int64(r.Identity.Kind), r.Created.UnixNano(), repeat, identity)
	return nil
}

// rare adds the values of rareColumns.
func (e encoder) rare(v *values, r *nonbis.Record) error {
	terms, err := e.intern(r.Terms.String())
	if err != nil {
		return err
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
	v.add(terms, task, summary, aliases, request)
	return nil
}

// sameRare reports whether the rare columns need not be written again. Requests
// are compared by where they are: nobody changes one in place.
func sameRare(a, b *nonbis.Record) bool {
	return a.Pruned == b.Pruned && a.Task == b.Task && a.Summary == b.Summary && a.Terms == b.Terms &&
		len(a.Aliases) == len(b.Aliases) && len(a.Request) == len(b.Request) && unsafe.SliceData(a.Request) == unsafe.SliceData(b.Request)
}

// hot adds the values of hotColumns.
func (e encoder) hot(v *values, r *nonbis.Record) error {
	dueLine, err := e.intern(r.Due.Timeline)
	if err != nil {
		return err
	}
	attempts, err := e.attempts(r)
	if err != nil {
		return err
	}
	look, err := e.look(r.Look)
	if err != nil {
		return err
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
	v.add(int64(r.State), r.Revision, r.Fence, int64(r.Generation), dueLine, int64(r.Due.Tick), dueWall,
		r.Updated.UnixNano(), applied, attempts, hold, look, evidence, info, body)
	return nil
}

// attempts is their column: the JSON of attemptJSON; nil in a tombstone. It is
// written twice for every effect, in a fifth of the time that json.Marshal takes.
func (e encoder) attempts(r *nonbis.Record) (any, error) {
	if r.Pruned {
		return nil, nil
	}
	b := append(make([]byte, 0, 256), '[')
	for i := range r.Attempts {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = e.appendAttempt(b, &r.Attempts[i], r.Fingerprint); err != nil {
			return nil, err
		}
	}
	return string(append(b, ']')), nil
}

func (e encoder) appendAttempt(b []byte, a *nonbis.AttemptRecord, fingerprint [sha256.Size]byte) (_ []byte, err error) {
	b = strconv.AppendInt(append(b, `{"n":`...), int64(a.Number), 10)
	b = strconv.AppendInt(append(b, `,"f":`...), a.Fence, 10)
	b = append(hex.AppendEncode(append(b, `,"t":"`...), a.Token[:]), '"')
	b = appendNonzero(b, `,"g":`, int64(a.Generation))
	if a.Owner.Lock != "" {
		b = append(append(b, `,"o":`...), text(a.Owner)...)
	} else {
		process, err := e.intern(e.names.process(a.Owner))
		if err != nil {
			return nil, err
		}
		b = appendNonzero(b, `,"p":`, process)
	}
	b = appendNonzero(b, `,"x":`, int64(a.Outcome))
	b = appendNonzero(b, `,"r":`, int64(a.Reported))
	b = appendNonzero(b, `,"d":`, int64(a.Deadline))
	if a.Sent {
		b = append(b, `,"s":true`...)
	}
	switch a.Digest {
	case fingerprint:
		b = append(b, `,"y":true`...)
	case [sha256.Size]byte{}:
	default:
		b = append(append(b, `,"h":`...), text(a.Digest[:])...)
	}
	if b, err = e.appendInstant(append(b, `,"a":`...), a.Started); err != nil {
		return nil, err
	}
	if !a.Ended.IsZero() {
		if b, err = e.appendInstant(append(b, `,"e":`...), a.Ended); err != nil {
			return nil, err
		}
	}
	if a.Credential != nil {
		b = append(append(b, `,"c":`...), text(a.Credential)...)
	}
	return append(b, '}'), nil
}

func appendNonzero(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

func (e encoder) appendInstant(b []byte, i nonbis.Instant) ([]byte, error) {
	line, err := e.intern(i.Timeline)
	b = strconv.AppendInt(append(b, `{"w":`...), i.Wall.UnixNano(), 10)
	b = strconv.AppendInt(append(b, `,"t":`...), int64(i.Tick), 10)
	return append(appendNonzero(b, `,"l":`, line), '}'), err
}

func (e encoder) look(look nonbis.Look) (any, error) {
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
		line, err := e.intern(f.from.Timeline)
		if err != nil {
			return nil, err
		}
		*f.to = &instantJSON{Wall: f.from.Wall.UnixNano(), Tick: int64(f.from.Tick), Line: line}
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

// A task_key is the number of a block of rows, above a digest of the task; see
// the index effects_task.
const (
	blockBits = 12 // rows of a block
	taskBits  = 40 // of the digest
)

func taskDigest(namespace, task string) int64 {
	sum := digest(namespace, task)
	return int64(binary.BigEndian.Uint64(sum[:8]) >> (64 - taskBits))
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
