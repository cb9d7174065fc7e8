package sqlite

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis"
)

func TestAttemptsAreReadAsTheyAreWritten(t *testing.T) {
	names := newNames()
	e := encoder{names: names, add: func(text string) (int64, error) {
		n := int64(len(names.numbers) + 1)
		names.add(n, text)
		return n, nil
	}}
	at := nonbis.Instant{Wall: time.Unix(1, 2).UTC(), Tick: 3, Timeline: "boot \"1\""}
	own := [32]byte{1}
	full := nonbis.AttemptRecord{
		Number: 2, Fence: 3, Generation: 1, Token: nonbis.NewToken(), Owner: nonbis.Owner{PID: 4711, Lock: "/a \"b\""},
		Outcome: 3, Sent: true, Reported: 1, Started: at, Deadline: time.Minute, Ended: at.Add(time.Second), Digest: own, Credential: []byte("c"),
	}
	plain := nonbis.AttemptRecord{Number: 1, Fence: 1, Started: at}
	process := full
	process.Owner.Lock, process.Digest = "", [32]byte{2}
	for _, list := range [][]nonbis.AttemptRecord{nil, {plain}, {full}, {plain, full, process}} {
		written, err := e.attempts(&nonbis.Record{Attempts: list, Fingerprint: own})
		if err != nil {
			t.Fatal(err)
		}
		read := nonbis.Record{Fingerprint: own}
		if err := (decoder{names: names}).attempts(t.Context(), &read, written.(string)); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(list, read.Attempts); diff != "" {
			t.Errorf("-written +read\n%s", diff)
		}
	}
}

func TestOnlyTheWriterAddsNames(t *testing.T) {
	e := encoder{names: newNames()}
	if _, err := e.inserted(&nonbis.Record{Name: nonbis.Name{Namespace: "new"}}); !errors.Is(err, errNewName) {
		t.Errorf("got %v, want %v", err, errNewName)
	}
}
