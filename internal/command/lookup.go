//go:build unix

package command

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// pathWhenUnset is where a program is looked for without a PATH, as in execvp.
const pathWhenUnset = "/usr/bin:/bin"

// lookUp finds the file to execute for program, in the PATH of env rather than
// in that of this process.
//
// An empty or relative element of PATH counts, as it does for shells: the
// wrapped command must be the same one as without the wrapper. That is why
// this is not [os/exec.LookPath], which answers with ErrDot.
func lookUp(program string, env []string) (string, *NotStartedError) {
	if strings.Contains(program, "/") {
		return program, nil // execve decides
	}
	if program == "" {
		return "", notFound(program, errNoCommand)
	}
	forbidden := false
	for dir := range strings.SplitSeq(pathOf(env), ":") {
		if dir == "" {
			dir = "."
		}
		// Not filepath.Join: it would turn "./x" into "x".
		file := dir + string(filepath.Separator) + program
		info, err := os.Stat(file)
		if err != nil || info.IsDir() {
			continue
		}
		if unix.Faccessat(unix.AT_FDCWD, file, unix.X_OK, unix.AT_EACCESS) == nil {
			return file, nil
		}
		forbidden = true
	}
	if forbidden {
		return "", cannotExecute(program, syscall.EACCES)
	}
	return "", notFound(program, errNotInPath)
}

func pathOf(env []string) string {
	path := pathWhenUnset
	for _, variable := range env {
		if value, ok := strings.CutPrefix(variable, "PATH="); ok {
			path = value // the last one counts, as in exec.Cmd
		}
	}
	return path
}
