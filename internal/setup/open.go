package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// Options say how a ledger is opened.
type Options struct {
	Create     bool                                  // make the ledger when there is none; without it that is a *MissingError
	Brief      bool                                  // for a few calls; see [sqlite.Options]
	Clock      nonbis.Clock                          // nil: the machine's
	Logger     *slog.Logger                          // nil: none
	FileSystem func(path string) (FileSystem, error) // nil: [FileSystemOf]
	Warn       func(line string)                     // is told what is risky about the place; nil: nobody
}

// MissingError says that there is no ledger at Path yet, which is no fault of
// anybody who only looks.
type MissingError struct{ Path string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("there is no ledger at %s yet: the first nonbis run makes it", e.Path)
}

// Unwrap gives the error a kind.
func (e *MissingError) Unwrap() error { return nonbis.ErrNotFound }

// Open opens the ledger, after a look at the file system below it. The folder of
// the default ledger is made (mode 0700); the folder of any other must be there.
// Errors are of kind ErrUnavailable, or a [MissingError].
func (l Location) Open(ctx context.Context, o Options) (nonbis.Ledger, error) {
	if o.FileSystem == nil {
		o.FileSystem = FileSystemOf
	}
	if err := l.check(o); err != nil {
		return nil, err
	}
	if l.Default {
		if err := os.MkdirAll(filepath.Dir(l.Path), 0o700); err != nil {
			return nil, nonbis.Errorf(nonbis.ErrUnavailable, "the folder of the default ledger cannot be made: %w; name another ledger with --ledger FILE", err)
		}
	}
	return sqlite.Open(ctx, l.Path, &sqlite.Options{Clock: o.Clock, Logger: o.Logger, Brief: o.Brief})
}

// check refuses a place where a ledger cannot be, or would be lost by surprise.
func (l Location) check(o Options) error {
	there, err := l.existing(o.Create)
	if err != nil {
		return err
	}
	kind, err := o.FileSystem(there)
	if err != nil {
		return nonbis.Errorf(nonbis.ErrUnavailable, "ledger %s: %w", l.Path, err)
	}
	switch {
	case kind == Disk:
	case kind == Network:
		return nonbis.Errorf(nonbis.ErrUnavailable, "ledger %s: it lies on %s, %s: name a file on a disk of this machine with --ledger FILE", l.Path, kind, kind.danger())
	case l.Default:
		return nonbis.Errorf(nonbis.ErrUnavailable, "the default ledger %s lies on %s, %s: name a file that lasts with --ledger FILE or NONBIS_LEDGER", l.Path, kind, kind.danger())
	case o.Warn != nil:
		o.Warn(fmt.Sprintf("the ledger %s lies on %s, %s", l.Path, kind, kind.danger()))
	}
	return nil
}

// existing is the ledger itself, or what it would be made in.
func (l Location) existing(create bool) (string, error) {
	_, err := os.Stat(l.Path)
	switch {
	case err == nil:
		return l.Path, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", nonbis.Errorf(nonbis.ErrUnavailable, "ledger: %w", err)
	case !create:
		return "", &MissingError{l.Path}
	}
	dir := filepath.Dir(l.Path)
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return "", nonbis.Errorf(nonbis.ErrUnavailable, "ledger %s: %s is not a folder", l.Path, dir)
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", nonbis.Errorf(nonbis.ErrUnavailable, "ledger: %w", err)
		case !l.Default:
			return "", nonbis.Errorf(nonbis.ErrUnavailable, "ledger %s: the folder %s does not exist: make it first", l.Path, dir)
		}
		dir = filepath.Dir(dir)
	}
}
