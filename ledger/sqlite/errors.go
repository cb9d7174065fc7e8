package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/nonbis/nonbis"
)

// unavailable wraps what the database said into what a caller can do about it.
func unavailable(path string, err error) error {
	if e, ok := errors.AsType[*nonbis.Error](err); ok {
		return e
	}
	why := err
	switch code(err) {
	case lib.SQLITE_FULL:
		why = fmt.Errorf("the disk is full: make room and try again (%w)", err)
	case lib.SQLITE_BUSY:
		why = fmt.Errorf("another process holds it for too long: try again (%w)", err)
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		why = fmt.Errorf("it cannot be written: check the rights of the file and its folder (%w)", err)
	case lib.SQLITE_CANTOPEN:
		why = fmt.Errorf("it cannot be opened: check the rights of the file and its folder (%w)", err)
	case lib.SQLITE_NOTADB:
		why = fmt.Errorf("it is not a ledger: it is no SQLite file, or it is damaged; name another file, or restore it and run 'nonbis ledger accept' (%w)", err)
	case lib.SQLITE_CORRUPT:
		why = fmt.Errorf("it is damaged: restore it from a copy and run 'nonbis ledger accept' (%w)", err)
	case lib.SQLITE_IOERR:
		why = fmt.Errorf("reading or writing failed, nothing more will be sent: check the disk, then start again (%w)", err)
	}
	return nonbis.Errorf(nonbis.ErrUnavailable, "ledger %s: %w", path, why)
}

const busy = lib.SQLITE_BUSY

// code is SQLite's primary result code, or 0.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// fatal reports whether the file, or what this process believes of it, can no
// longer be trusted: after a failed fsync the kernel may drop what was written
// and say nothing the next time.
func fatal(err error) bool {
	switch code(err) {
	case lib.SQLITE_IOERR, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return true
	}
	return false
}

func notFound(id nonbis.ID) error {
	return &nonbis.Error{Kind: nonbis.ErrNotFound, ID: id, Err: fmt.Errorf("there is no effect %s", id)}
}
