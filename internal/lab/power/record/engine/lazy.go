package engine

import (
	"sync"

	"modernc.org/libc"           //nolint:depguard // what the driver's functions take
	lib "modernc.org/sqlite/lib" //nolint:depguard // it is the engine that is changed
)

// Lazy lets the SQLite of this process sync nothing, from the next file on that it
// opens: for files that need not outlive the process. Everything else it does as
// before.
func Lazy() error {
	lazily.Do(func() {
		doNotSync = true
		errLazy = Watch()
	})
	return errLazy
}

var (
	lazily    sync.Once
	errLazy   error
	doNotSync bool
)

func pretendSync(*libc.TLS, uintptr, int32) int32 { return lib.SQLITE_OK }
