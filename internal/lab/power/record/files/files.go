// Package files stands in for package os in a build that is recorded: it does
// the same, and writes down what changes files. It has as much of os as the ledger
// uses, so that a call which nobody records does not compile.
package files

import (
	"io/fs"
	"os"

	"github.com/nonbis/nonbis/internal/lab/power/record"
)

// What changes nothing is what it is in package os.
type (
	FileInfo = os.FileInfo
	FileMode = os.FileMode
)

const (
	O_RDONLY = os.O_RDONLY //nolint:revive // as in package os
	O_RDWR   = os.O_RDWR   //nolint:revive // as in package os
	O_CREATE = os.O_CREATE //nolint:revive // as in package os
	O_EXCL   = os.O_EXCL   //nolint:revive // as in package os
)

func ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }
func SameFile(a, b fs.FileInfo) bool       { return os.SameFile(a, b) }
func Stat(name string) (FileInfo, error)   { return os.Stat(name) }

// File is an open file.
type File struct {
	file   *os.File
	number int
	folder bool
}

func opened(f *os.File, err error) (*File, error) {
	if err != nil {
		return nil, err
	}
	if record.Here.IsFolder(f.Name()) {
		return &File{f, record.Untracked, true}, nil
	}
	return &File{f, record.Here.Opened(f.Name()), false}, nil
}

func OpenFile(name string, flag int, perm FileMode) (*File, error) {
	defer record.Here.Turn()()
	return opened(os.OpenFile(name, flag, perm))
}

func Open(name string) (*File, error) { return OpenFile(name, os.O_RDONLY, 0) }

func CreateTemp(dir, pattern string) (*File, error) {
	defer record.Here.Turn()()
	return opened(os.CreateTemp(dir, pattern))
}

func Link(from, to string) error {
	defer record.Here.Turn()()
	err := os.Link(from, to)
	if err == nil {
		record.Here.Linked(record.Link, from, to)
	}
	return err
}

func Rename(from, to string) error {
	defer record.Here.Turn()()
	err := os.Rename(from, to)
	if err == nil {
		record.Here.Linked(record.Rename, from, to)
	}
	return err
}

func Remove(name string) error {
	defer record.Here.Turn()()
	err := os.Remove(name)
	if err == nil {
		record.Here.Removed(name)
	}
	return err
}

func (f *File) Name() string { return f.file.Name() }
func (f *File) Fd() uintptr  { return f.file.Fd() }
func (f *File) Close() error { return f.file.Close() }

// Write is for files that are written from the beginning.
func (f *File) Write(b []byte) (int, error) {
	defer record.Here.Turn()()
	at, err := f.file.Seek(0, 1)
	if err != nil {
		return 0, err
	}
	n, err := f.file.Write(b)
	record.Here.Did(record.Write, f.number, at, b[:n])
	return n, err
}

func (f *File) WriteAt(b []byte, offset int64) (int, error) {
	defer record.Here.Turn()()
	n, err := f.file.WriteAt(b, offset)
	record.Here.Did(record.Write, f.number, offset, b[:n])
	return n, err
}

func (f *File) Sync() error {
	defer record.Here.Turn()()
	err := f.file.Sync()
	switch {
	case err != nil:
	case f.folder:
		record.Here.FolderSynced()
	default:
		record.Here.Did(record.Sync, f.number, 0, nil)
	}
	return err
}
