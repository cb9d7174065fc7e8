package cli

import (
	"testing"

	"github.com/nonbis/nonbis"
)

func TestOnlyWhatASuspicionHoldsIsReleased(t *testing.T) {
	forgotten := nonbis.AttemptRecord{Sent: true, Outcome: nonbis.OutcomeUnknown}
	owned := func(o nonbis.Outcome) nonbis.AttemptRecord {
		return nonbis.AttemptRecord{Sent: true, Outcome: o, Owner: nonbis.Owner{PID: 1}, Token: nonbis.NewToken()}
	}
	for _, test := range []struct {
		name     string
		attempts []nonbis.AttemptRecord
		want     bool
	}{
		{"nobody ever claimed it", []nonbis.AttemptRecord{forgotten}, true},
		{"an attempt before is proved not to have happened", []nonbis.AttemptRecord{owned(nonbis.OutcomeNotApplied), forgotten}, true},
		{"of an attempt before nobody knows", []nonbis.AttemptRecord{owned(nonbis.OutcomeUnknown), forgotten}, false},
		{"an attempt goes on", []nonbis.AttemptRecord{forgotten, owned(nonbis.OutcomePending)}, false},
		{"an attempt was applied", []nonbis.AttemptRecord{owned(nonbis.OutcomeApplied), forgotten}, false},
		{"an attempt of its own", []nonbis.AttemptRecord{owned(nonbis.OutcomeUnknown)}, false},
		{"none", nil, false},
	} {
		if got := onlyForgotten(&nonbis.Record{Attempts: test.attempts}); got != test.want {
			t.Errorf("%s: released %v, want %v", test.name, got, test.want)
		}
	}
}
