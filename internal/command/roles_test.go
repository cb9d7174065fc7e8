//go:build unix

package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// roles are what children do. Each returns the exit status.
func roles() map[string]func(args []string) int {
	return map[string]func([]string) int{
		"say":         say,
		"environment": environment,
		"copy":        copyInput,
		"flood":       flood,
		"kill":        killItself,
		"mute":        mute,
		"descriptors": descriptors,
		"leave":       leave,
		"linger":      linger,
		"signals":     reportSignals,
		"host":        host,
		"cramped":     cramped,
		"early":       early,
		"no-hangup":   noHangup,
		"broken-pipe": brokenPipe,
		"memory":      memory,
		"non-block":   nonBlock,
	}
}

// say OUT ERR STATUS
func say(args []string) int {
	io.WriteString(os.Stdout, args[0])
	io.WriteString(os.Stderr, args[1])
	status, _ := strconv.Atoi(args[2])
	return status
}

// environment prints its environment, one variable a line.
func environment([]string) int {
	for _, variable := range os.Environ() {
		fmt.Println(variable)
	}
	return 0
}

// copyInput says that it is there and copies its input to its output.
func copyInput([]string) int {
	fmt.Println("here")
	io.Copy(os.Stdout, os.Stdin)
	return 0
}

// flood SIZE writes so many bytes.
func flood(args []string) int {
	size, _ := strconv.Atoi(args[0])
	block := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	for size > 0 {
		n, err := os.Stdout.Write(block[:min(size, len(block))])
		if err != nil {
			return 1
		}
		size -= n
	}
	return 0
}

// killItself SIGNAL
func killItself(args []string) int {
	n, _ := strconv.Atoi(args[0])
	signal.Reset(syscall.Signal(n))
	syscall.Kill(os.Getpid(), syscall.Signal(n))
	select {}
}

// mute closes its outputs, waits for the end of its input and exits with 3.
func mute([]string) int {
	os.Stdout.Close()
	os.Stderr.Close()
	io.Copy(io.Discard, os.Stdin)
	return 3
}

// descriptors prints openDescriptors as JSON.
func descriptors([]string) int {
	must(json.NewEncoder(os.Stdout).Encode(openDescriptors()))
	return 0
}

// openDescriptors returns which descriptors from 3 to 255 this process was
// given, and what can be read from them.
func openDescriptors() map[int]string {
	syscall.ForkLock.Lock() // not between an open and its close-on-exec
	defer syscall.ForkLock.Unlock()
	open := map[int]string{}
	for fd := 3; fd < 256; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue // closed, or opened by this process itself
		}
		content := make([]byte, 64)
		n, _ := unix.Pread(fd, content, 0)
		open[fd] = string(content[:max(n, 0)])
	}
	return open
}

// leave [FILE] leaves a descendant that lingers.
func leave(args []string) int {
	c := exec.Command(os.Args[0], append([]string{"linger"}, args...)...)
	c.Stdin = os.Stdin
	if len(args) > 0 {
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
	}
	must(c.Start())
	fmt.Println("left")
	return 0
}

// linger [FILE] waits for the end of its input. Then it writes to its output,
// and creates FILE when that went well.
func linger(args []string) int {
	io.Copy(io.Discard, os.Stdin)
	if _, err := fmt.Println("still here"); err != nil {
		return 1
	}
	if len(args) > 0 {
		must(os.WriteFile(args[0], nil, 0o600))
	}
	return 0
}

// reportSignals DESCRIPTOR writes there a line for each signal it gets, and ends
// with SIGTERM.
func reportSignals(args []string) int {
	number, _ := strconv.Atoi(args[0])
	out := os.NewFile(uintptr(number), "report")
	caught := make(chan os.Signal, 16)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGTERM)
	fmt.Fprintln(out, "ready")
	for sig := range caught {
		fmt.Fprintln(out, unix.SignalName(sig.(syscall.Signal)))
		if sig == syscall.SIGTERM {
			break
		}
	}
	return 0
}
