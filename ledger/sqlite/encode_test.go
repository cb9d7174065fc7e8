package sqlite

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis"
)

func TestAttemptsAreWrittenAsTheyAreRead(t *testing.T) {
	full := attemptJSON{
		Number: 2, Fence: 3, Generation: 1, Token: nonbis.NewToken(), Process: 7, Owner: &nonbis.Owner{PID: 4711, Lock: "/a \"b\""},
		Outcome: 3, Sent: true, Reported: 1, Started: instantJSON{Wall: -1, Tick: 2, Line: 3}, Deadline: time.Minute,
		Ended: &instantJSON{Wall: 4}, Digest: []byte{1, 2}, Own: true, Credential: []byte("c"),
	}
	for _, list := range [][]attemptJSON{{}, {{}}, {full}, {full, {Number: 1}}} {
		var got []attemptJSON
		if err := json.Unmarshal([]byte(appendAttempts(nil, list)), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(list, got); diff != "" {
			t.Errorf("-written +read\n%s", diff)
		}
	}
}
