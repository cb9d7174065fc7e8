package engine

import "unsafe"

// The SQLite of this product is C that was translated to Go: its structs stand at
// addresses that are plain numbers, and a function pointer is the address that a
// Go func value holds. These three are all that has to know it. The translation
// does the same (see __ccgo_fp and __ccgo_ptr there).

// at is what stands at an address.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function is the function that a function pointer points to.
func function[F any](pointer uintptr) F { return *(*F)(unsafe.Pointer(&pointer)) }

// pointer points to a function, which must be one of the package's own: nothing
// here keeps a closure alive.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// address is where a variable of the package stands, which never moves.
func address[T any](variable *T) uintptr { return uintptr(unsafe.Pointer(variable)) }

// buffer is n bytes at an address.
func buffer(address uintptr, n int32) []byte { return unsafe.Slice(at[byte](address), n) }
