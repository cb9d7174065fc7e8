package cli

import (
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nonbis/nonbis/internal/setup"
)

// Streams is all that a command has of its process.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // NAME=VALUE, as from os.Environ

	// FileSystem replaces setup.FileSystemOf in tests, whose folders may lie anywhere.
	FileSystem func(path string) (setup.FileSystem, error)
}

// getenv looks up a variable; "" when it is unset.
func (s Streams) getenv(name string) string {
	for _, entry := range s.Environ {
		if n, value, _ := strings.Cut(entry, "="); n == name {
			return value
		}
	}
	return ""
}

// isTerminal reports whether stream, one of the three, is a terminal.
func isTerminal(stream any) bool {
	_, ok := terminalSize(stream)
	return ok
}

// terminalSize is the width in columns, 0 when the terminal does not say.
func terminalSize(stream any) (columns int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 0, false
	}
	// Whatever answers this question is a terminal.
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	return int(size.Col), true
}

// colored reports whether stdout is to be coloured: https://no-color.org, and
// terminals that cannot.
func (s Streams) colored() bool {
	return isTerminal(s.Stdout) && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
}
