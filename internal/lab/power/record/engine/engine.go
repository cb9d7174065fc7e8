// Package engine writes down what the SQLite of this process does to files: it
// changes the methods of its file system (sqlite3_vfs, sqlite3_io_methods), and two
// system calls by which syncing a folder and removing a file can be seen. All of
// SQLite's own code stays as it is.
package engine

import (
	"errors"
	"sync"

	"modernc.org/libc"           //nolint:depguard // what the driver's functions take
	lib "modernc.org/sqlite/lib" //nolint:depguard // it is the engine that is watched

	"github.com/nonbis/nonbis/internal/lab/power/record"
)

type (
	openFunc     = func(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32
	deleteFunc   = func(tls *libc.TLS, vfs, path uintptr, syncFolder int32) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	writeFunc    = func(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	unlinkFunc   = func(tls *libc.TLS, path uintptr) int32
	openDirFunc  = func(tls *libc.TLS, path, fd uintptr) int32
	setCallFunc  = func(tls *libc.TLS, vfs, name, call uintptr) int32
	getCallFunc  = func(tls *libc.TLS, vfs, name uintptr) uintptr
)

// kind is a kind of file, by how it is locked.
type kind struct{ original, watched lib.Tsqlite3_io_methods }

// opened is an open file.
type opened struct {
	number int
	do     *lib.Tsqlite3_io_methods // what SQLite itself does
}

var (
	original        lib.Tsqlite3_vfs
	originalUnlink  unlinkFunc
	originalOpenDir openDirFunc

	mu      sync.Mutex
	kinds   [4]kind // never moves: SQLite knows addresses in it
	files   = map[uintptr]opened{}
	syncing = record.Untracked // the file whose sync is under way and not yet written down
)

// Watch begins. It must come before the first database is opened.
func Watch() error {
	tls := libc.NewTLS()
	defer tls.Close()
	where := lib.Xsqlite3_vfs_find(tls, 0)
	if where == 0 {
		return errors.New("SQLite has no default file system")
	}
	vfs := at[lib.Tsqlite3_vfs](where)
	original = *vfs
	var err error
	replace := func(call string, with uintptr) (was uintptr) {
		name, e := libc.CString(call)
		if e != nil {
			err = errors.Join(err, e)
			return 0
		}
		defer libc.Xfree(tls, name)
		was = function[getCallFunc](vfs.FxGetSystemCall)(tls, where, name)
		if rc := function[setCallFunc](vfs.FxSetSystemCall)(tls, where, name, with); was == 0 || rc != lib.SQLITE_OK {
			err = errors.Join(err, errors.New("SQLite has no system call "+call))
		}
		return was
	}
	originalUnlink = function[unlinkFunc](replace("unlink", pointer[unlinkFunc](unlink)))
	originalOpenDir = function[openDirFunc](replace("openDirectory", pointer[openDirFunc](openDirectory)))
	vfs.FxOpen, vfs.FxDelete = pointer[openFunc](open), pointer[deleteFunc](remove)
	return err
}

// open lets SQLite open the file and then changes the file's methods.
func open(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32 {
	defer record.Here.Turn()()
	rc := function[openFunc](original.FxOpen)(tls, vfs, path, file, flags, out)
	f := at[lib.Tsqlite3_file](file)
	if rc != lib.SQLITE_OK || path == 0 || f.FpMethods == 0 {
		return rc
	}
	mu.Lock()
	defer mu.Unlock()
	k := watchedKind(*at[lib.Tsqlite3_io_methods](f.FpMethods))
	f.FpMethods = address(&k.watched)
	files[file] = opened{record.Here.Opened(libc.GoString(path)), &k.original}
	return rc
}

// watchedKind is the kind of file that has these methods.
func watchedKind(methods lib.Tsqlite3_io_methods) *kind {
	for i := range kinds {
		k := &kinds[i]
		switch {
		case k.original == methods:
			return k
		case k.original.FiVersion == 0: // free
			k.original, k.watched = methods, methods
			k.watched.FxClose = pointer[closeFunc](closeFile)
			k.watched.FxWrite = pointer[writeFunc](write)
			k.watched.FxTruncate = pointer[truncateFunc](truncate)
			k.watched.FxSync = pointer[syncFunc](syncFile)
			if doNotSync {
				k.watched.FxSync = pointer[syncFunc](pretendSync)
			}
			return k
		}
	}
	panic("SQLite has more kinds of file than there is room for")
}

func known(file uintptr) opened {
	mu.Lock()
	defer mu.Unlock()
	return files[file]
}

func closeFile(tls *libc.TLS, file uintptr) int32 {
	f := known(file)
	mu.Lock()
	delete(files, file)
	mu.Unlock()
	return function[closeFunc](f.do.FxClose)(tls, file)
}

func write(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	defer record.Here.Turn()()
	f := known(file)
	rc := function[writeFunc](f.do.FxWrite)(tls, file, data, n, offset)
	if rc == lib.SQLITE_OK {
		record.Here.Did(record.Write, f.number, offset, buffer(data, n))
	}
	return rc
}

func truncate(tls *libc.TLS, file uintptr, size int64) int32 {
	defer record.Here.Turn()()
	f := known(file)
	rc := function[truncateFunc](f.do.FxTruncate)(tls, file, size)
	if rc == lib.SQLITE_OK {
		record.Here.Did(record.Truncate, f.number, size, nil)
	}
	return rc
}

// syncFile lets SQLite sync a file, and the folder when the file is new.
func syncFile(tls *libc.TLS, file uintptr, flags int32) int32 {
	defer record.Here.Turn()()
	f := known(file)
	syncing = f.number
	rc := function[syncFunc](f.do.FxSync)(tls, file, flags)
	if rc == lib.SQLITE_OK {
		record.Here.Did(record.Sync, syncing, 0, nil)
	}
	syncing = record.Untracked
	return rc
}

// openDirectory is what SQLite calls to sync a folder, and for nothing else: after
// the sync of a new file, and after removing one.
func openDirectory(tls *libc.TLS, path, fd uintptr) int32 {
	rc := originalOpenDir(tls, path, fd)
	if rc == lib.SQLITE_OK {
		record.Here.Did(record.Sync, syncing, 0, nil)
		syncing = record.Untracked
		record.Here.FolderSynced()
	}
	return rc
}

func remove(tls *libc.TLS, vfs, path uintptr, syncFolder int32) int32 {
	defer record.Here.Turn()()
	return function[deleteFunc](original.FxDelete)(tls, vfs, path, syncFolder)
}

func unlink(tls *libc.TLS, path uintptr) int32 {
	rc := originalUnlink(tls, path)
	if rc == 0 {
		record.Here.Removed(libc.GoString(path))
	}
	return rc
}
