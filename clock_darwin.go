package nonbis

import (
	"encoding/binary"
	"strings"
	"sync"
	"syscall"
	"time"
)

// uptime is the time since boot with sleep: the kernel moves kern.boottime
// along whenever the wall clock is set, so that the difference does not jump.
func uptime() time.Duration {
	s, err := syscall.Sysctl("kern.boottime")
	if err != nil || len(s) < 8 {
		panic("nonbis: kern.boottime cannot be read")
	}
	b := append([]byte(s), make([]byte, 16)...) // Sysctl cuts a trailing NUL
	boot := time.Unix(int64(binary.LittleEndian.Uint64(b)), int64(binary.LittleEndian.Uint32(b[8:]))*1000)
	return time.Since(boot)
}

var bootID = sync.OnceValue(func() string {
	s, _ := syscall.Sysctl("kern.bootsessionuuid")
	s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
	return s[:min(16, len(s))]
})

var machineID = sync.OnceValue(func() string {
	s, _ := syscall.Sysctl("kern.uuid")
	return s
})

var processSpace = sync.OnceValue(func() string { return "" })

// processStart cannot tell when a process began: a pid that is in use counts as
// the same process, which errs on the safe side.
func processStart(int) (start string, zombie bool) { return "", false }
