package cli

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// lockAge is how old a lock file must be before anybody takes it for left behind:
// a new one is not locked for a moment.
const lockAge = time.Hour

// pruneLocks removes the lock files of runs that were killed, once no attempt needs
// them to tell whether its owner lives. What cannot be removed is left.
func (s *session) pruneLocks(ctx context.Context) error {
	dir := sqlite.LockDir(s.location.Beside(""))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		return nil //nolint:nilerr // no run has been here
	}
	open, err := s.ledger.List(ctx, nonbis.Query{States: []nonbis.State{nonbis.StateClaimed, nonbis.StateSending, nonbis.StateUnknown, nonbis.StateDisputed}})
	if err != nil {
		return err
	}
	needed := map[string]bool{}
	for _, r := range open.Records {
		for i := range r.Attempts {
			if a := &r.Attempts[i]; a.Ended.IsZero() {
				needed[a.Owner.Lock] = true
			}
		}
	}
	for _, f := range files {
		owner := nonbis.ThisProcess()
		owner.Lock = filepath.Join(dir, f.Name())
		info, err := f.Info()
		if err != nil || needed[owner.Lock] || now().Sub(info.ModTime()) < lockAge || owner.Fate() != nonbis.FateGone {
			continue
		}
		_ = os.Remove(owner.Lock)
	}
	return nil
}
