package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/nonbis/nonbis"
)

// epoch is rule 13: the ledger's identity and its latest change stand in the
// file and beside it. The number beside is written after each commit and not
// synced: after a power loss it may lag behind the ledger, which proves nothing,
// but it is never ahead, unless the ledger has lost commits.
type epoch struct {
	beside  *os.File
	suspect atomic.Bool
}

// The file beside is one line of fixed length: the number is written in place.
const (
	epochSuffix = ".epoch"
	epochFormat = "nonbis-epoch 1 %32s %020d\n"
	seqOffset   = 48
)

// openEpoch compares what stands in the ledger with what stands beside it.
func openEpoch(ctx context.Context, db *sql.DB, path string) (*epoch, error) {
	path += epochSuffix
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	// Under the write lock the ledger stands still, and what stands beside it has
	// been seen in it. The file is made before the first change can be.
	besideID, besideSeq, besideErr := readBeside(path)
	id, suspect, err := readMeta(ctx, tx)
	if err != nil {
		return nil, err
	}
	var seq int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM history").Scan(&seq); err != nil {
		return nil, err
	}
	missing := errors.Is(besideErr, fs.ErrNotExist)
	fresh := id == ""
	if fresh {
		if id = newEpochID(); besideErr == nil && besideSeq == 0 {
			id = besideID // of an opening that did not get as far as its commit
		}
		if err := writeMeta(ctx, tx, "epoch", id); err != nil {
			return nil, err
		}
	}
	if suspect == "" {
		switch {
		case missing && !fresh && seq > 0:
			suspect = fmt.Sprintf("the file %s is missing: this may be a copy of another ledger", path)
		case missing:
		case besideErr != nil:
			suspect = fmt.Sprintf("the file %s is damaged: %v", path, besideErr)
		case fresh && besideID != id:
			suspect = fmt.Sprintf("the ledger is new, but %s speaks of an older one that is gone", path)
		case besideID != id:
			suspect = fmt.Sprintf("it is another ledger than the one that %s speaks of", path)
		case besideSeq > seq:
			suspect = fmt.Sprintf("it is older than it was: it has %d changes, and %s has seen %d", seq, path, besideSeq)
		}
		if suspect != "" {
			if err := writeMeta(ctx, tx, "suspect", suspect); err != nil {
				return nil, err
			}
		}
	}
	if missing {
		if err := createBeside(path, id, seq); err != nil {
			return nil, err
		}
	}
	if missing || fresh {
		if err := syncFolder(path); err != nil {
			return nil, err
		}
	}
	// failpoint: epoch-made
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	e := &epoch{}
	e.suspect.Store(suspect != "")
	e.beside, err = os.OpenFile(path, os.O_RDWR, 0)
	return e, err
}

// createBeside makes the file appear complete, or leaves the one that another
// process was faster to make.
func createBeside(path, id string, seq int64) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, epochFormat, id, seq)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func newEpochID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func readBeside(path string) (id string, seq int64, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", 0, err
	}
	if _, err := fmt.Sscanf(string(b), epochFormat, &id, &seq); err != nil {
		return "", 0, fmt.Errorf("it does not hold an epoch: %w", err)
	}
	return id, seq, nil
}

// reached takes down that the ledger has got as far as seq. Failing to do so
// only weakens the check.
func (e *epoch) reached(seq int64) {
	if seq > 0 && !e.suspect.Load() {
		_, _ = e.beside.WriteAt(fmt.Appendf(nil, "%020d", seq), seqOffset)
	}
}

func (e *epoch) close() error { return e.beside.Close() }

// suspected reports whether the ledger may have forgotten effects. Only opening
// it can find that out; while it is so, another process may have it accepted.
func (e *epoch) suspected(ctx context.Context, q querier) (bool, error) {
	if !e.suspect.Load() {
		return false, nil
	}
	_, suspect, err := readMeta(ctx, q)
	if err == nil && suspect == "" {
		e.suspect.Store(false)
	}
	return suspect != "", err
}

func readMeta(ctx context.Context, q querier) (epoch, suspect string, err error) {
	err = q.QueryRowContext(ctx, "SELECT coalesce(max(iif(name = 'epoch', value, NULL)), ''), coalesce(max(iif(name = 'suspect', value, NULL)), '') FROM meta").Scan(&epoch, &suspect)
	return epoch, suspect, err
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func writeMeta(ctx context.Context, x execer, name, value string) error {
	_, err := x.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

// Epoch implements [nonbis.Ledger].
func (l *Ledger) Epoch(ctx context.Context) (e nonbis.Epoch, err error) {
	err = l.reading(ctx, func(conn *sql.Conn, _ decoder) (err error) {
		e.ID, e.Suspect, err = readMeta(ctx, conn)
		return err
	})
	return e, err
}

// Accept implements [nonbis.Ledger].
func (l *Ledger) Accept(ctx context.Context) error {
	id := newEpochID()
	var seq int64
	err := l.submit(ctx, func(ctx context.Context, w *writer) error {
		if err := w.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM history").Scan(&seq); err != nil {
			return err
		}
		if _, err := w.conn.ExecContext(ctx, "DELETE FROM meta WHERE name = 'suspect'"); err != nil {
			return err
		}
		return writeMeta(ctx, w.conn, "epoch", id)
	})
	if err != nil {
		return err
	}
	// failpoint: accept-committed
	return l.epoch.begin(id, seq)
}

// begin writes the new epoch beside the ledger.
func (e *epoch) begin(id string, seq int64) error {
	_, err := e.beside.WriteAt(fmt.Appendf(nil, epochFormat, id, seq), 0)
	e.suspect.Store(false)
	return errors.Join(err, e.beside.Sync())
}
