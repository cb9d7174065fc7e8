package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/nonbis/nonbis"
)

// statusFile is where --status is written: the answer that cannot be mistaken
// for the command's own. A nil one takes nothing.
type statusFile struct {
	file *os.File
	err  error
}

// openStatus opens the file before anything is run, so that a bad name costs
// nothing, and empties it, so that it never has an earlier run's answer.
func openStatus(name string) (*statusFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666) //nolint:gosec // a file of the caller, under its umask
	if err != nil {
		return nil, usagef("--status: %w", err)
	}
	return &statusFile{file: f}, nil
}

// write says what came of it. exit is the command's true status; nil when it did
// not run to its end.
func (s *statusFile) write(id nonbis.ID, outcome nonbis.Outcome, ran, replayed bool, exit *int) {
	if s == nil {
		return
	}
	_ = s.file.Truncate(0) // fails on a pipe, which needs none
	s.err = json.NewEncoder(s.file).Encode(struct {
		ID       nonbis.ID      `json:"id"`
		Outcome  nonbis.Outcome `json:"outcome"`
		Ran      bool           `json:"ran"`
		Replayed bool           `json:"replayed"`
		Exit     *int           `json:"exit"`
	}{id, outcome, ran, replayed, exit})
}

func (s *statusFile) close(err *error) {
	if s == nil {
		return
	}
	if bad := errors.Join(s.err, s.file.Close()); bad != nil && *err == nil {
		*err = &exitError{1, fmt.Errorf("--status: %w", bad)}
	}
}
