package judge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Record is an effect as the ledger exports it: a line of nonbis ls --json.
type Record struct {
	ID          string    `json:"id"`
	Base        string    `json:"base_id"`
	Task        string    `json:"task"`
	Operation   string    `json:"operation"`
	State       string    `json:"state"`
	Fence       int64     `json:"fence"`
	Revision    int64     `json:"revision"`
	Fingerprint string    `json:"fingerprint"`
	Protection  string    `json:"protection"`
	Hold        string    `json:"hold"`
	Attempts    []Attempt `json:"attempts"`
	Receipt     struct {
		Pruned bool `json:"pruned"` // a tombstone has no attempts
	} `json:"receipt"`
	Evidence []struct {
		Attempt int    `json:"attempt"`
		Source  string `json:"source"`
		Says    string `json:"says"`
	} `json:"evidence"`
}

// Attempt is one attempt of a [Record].
type Attempt struct {
	Number     int    `json:"number"`
	Fence      int64  `json:"fence"`
	Generation int    `json:"generation"`
	Outcome    string `json:"outcome"`
	Sent       bool   `json:"sent"`
}

// Change is a step of the ledger's history: a line of nonbis tail --json.
type Change struct {
	Seq      int64  `json:"seq"`
	ID       string `json:"id"`
	Revision int64  `json:"revision"`
	State    string `json:"state"`
	Fence    int64  `json:"fence"`
}

// Event is a line of a provider's log. The provider writes it before it answers.
type Event struct {
	At       int64  `json:"at"`   // ns
	What     string `json:"what"` // received: a whole request; applied: it took effect
	Provider string `json:"provider,omitempty"`
	Effect   string `json:"effect"` // the id, by which the sender marks what it sends
	Fence    int64  `json:"fence"`  // of the attempt; 0 where the sender cannot tell
	Key      string `json:"key,omitempty"`
	Body     string `json:"body,omitempty"`  // digest
	Value    string `json:"value,omitempty"` // digest of the answer to what was applied
}

// Call is what one caller was told: a line of a caller's log.
type Call struct {
	Begin   int64  `json:"begin"` // ns
	End     int64  `json:"end"`   // 0: it never got an answer
	Effect  string `json:"effect"`
	Payload string `json:"payload,omitempty"` // digest
	Told    string `json:"told"`              // applied, not-applied, unknown, in-flight, mismatch, disputed, result-gone, unavailable; "" without an answer
	Safe    bool   `json:"new_effect_safe,omitempty"`
	Value   string `json:"value,omitempty"` // digest of what it was given
}

// Case is all that is known of a run that is over: everybody who could still act
// has stopped, every late message has arrived.
type Case struct {
	Records  []Record
	History  []Change
	Provider []Event
	Calls    []Call

	Raw      []byte   // the export as it was read, for canaries
	Canaries []string // secrets that must not appear in Raw
	Settled  bool     // resolvers have had all the time they need: I12 and I13 apply
}

// ReadLines reads one JSON object a line.
func ReadLines[T any](r io.Reader) (lines []T, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if len(s.Bytes()) == 0 {
			continue
		}
		var line T
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			return lines, fmt.Errorf("line %d: %w", len(lines)+1, err)
		}
		lines = append(lines, line)
	}
	return lines, s.Err()
}
