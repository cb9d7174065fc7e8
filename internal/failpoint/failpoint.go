//go:build unix

package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// exitStatus is that of the action exit.
const exitStatus = 70

// plan is what the environment asks for.
type plan struct {
	name, action string
	hit          int64 // which one, from 1 on
}

var (
	asked = sync.OnceValue(func() plan { return parse(os.Getenv("NONBIS_FAILPOINT")) })
	hits  atomic.Int64
)

// parse understands NAME=ACTION[:N]; what it does not understand must not pass
// for a run without a failpoint.
func parse(text string) plan {
	if text == "" {
		return plan{}
	}
	name, rest, ok := strings.Cut(text, "=")
	action, count, counted := strings.Cut(rest, ":")
	p := plan{name: name, action: action, hit: 1}
	var err error
	if counted {
		p.hit, err = strconv.ParseInt(count, 10, 64)
	}
	if !ok || err != nil || p.hit < 1 {
		panic(fmt.Sprintf("NONBIS_FAILPOINT %q: want NAME=ACTION[:N]", text))
	}
	return p
}

// Hit acts when the environment asks for it at this point. It returns an error
// only for the action eio.
func Hit(name string) error {
	p := asked()
	if p.name != name || hits.Add(1) != p.hit {
		return nil
	}
	if mark := os.Getenv("NONBIS_FAILPOINT_MARK"); mark != "" {
		if err := os.WriteFile(mark, []byte(name), 0o600); err != nil { //nolint:gosec // the lab says where
			panic(err)
		}
	}
	return act(p)
}

func act(p plan) error {
	switch p.action {
	case "kill":
		end(syscall.Getpid())
	case "group":
		end(0)
	case "linger":
		const lingering = 50 * time.Millisecond
		time.AfterFunc(lingering, func() { end(syscall.Getpid()) })
		select {}
	case "stop":
		return syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	case "exit":
		os.Exit(exitStatus)
	case "panic":
		panic("failpoint " + p.name)
	case "eio":
		return fmt.Errorf("failpoint %s: %w", p.name, syscall.EIO)
	}
	panic(fmt.Sprintf("NONBIS_FAILPOINT: there is no action %q", p.action))
}

// end does not return: the signal may take a moment to come.
func end(pid int) {
	_ = syscall.Kill(pid, syscall.SIGKILL)
	select {}
}
