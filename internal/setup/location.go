package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Location is where a ledger is.
type Location struct {
	Path    string // of the SQLite file, absolute
	Default bool   // nobody named it
}

// Getenv looks up an environment variable; "" when it is unset.
type Getenv func(name string) string

// Locate finds the ledger: what was given by a flag, else NONBIS_LEDGER, else
// the default in the user's data folder. It looks at no file but the home
// folder, and makes nothing. Errors are one line and say what to write instead.
func Locate(given string, getenv Getenv) (Location, error) {
	url := given
	if url == "" {
		url = getenv("NONBIS_LEDGER")
	}
	if url == "" {
		path, err := defaultPath(getenv)
		return Location{Path: path, Default: true}, err
	}
	path, err := pathOf(url)
	if err != nil {
		return Location{}, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return Location{}, fmt.Errorf("ledger %q: %w", url, err)
	}
	return Location{Path: path}, nil
}

// pathOf reads a ledger URL.
func pathOf(url string) (string, error) {
	if strings.ContainsRune(url, 0) {
		return "", fmt.Errorf("ledger %q: a path has no zero byte", url)
	}
	scheme, rest, _ := strings.Cut(url, ":")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		// The URL may hold a password, so it is not repeated.
		return "", fmt.Errorf("PostgreSQL ledgers are not built into this version: name a path, or sqlite:PATH")
	case scheme == "sqlite" && strings.HasPrefix(rest, "//") && !strings.HasPrefix(rest, "///"):
		return "", fmt.Errorf("ledger %q: write sqlite:PATH; after // a host would follow, and SQLite has none", url)
	case scheme == "sqlite":
		url = rest
	case scheme == "file" || strings.HasPrefix(rest, "//"):
		return "", fmt.Errorf("there is no kind of ledger %q: name a path, or sqlite:PATH", scheme+":")
	}
	switch url {
	case "":
		return "", fmt.Errorf("the ledger has no path: name a file, as in --ledger ./nonbis.db")
	case ":memory:":
		return "", fmt.Errorf("a ledger in memory would forget what was sent: name a file, as in --ledger ./nonbis.db")
	}
	return url, nil
}

// defaultPath follows the XDG base directories: a folder that is not absolute
// counts as unset.
func defaultPath(getenv Getenv) (string, error) {
	if data := getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "nonbis", "ledger.db"), nil
	}
	home := getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", fmt.Errorf("there is no home folder for a default ledger: name one with --ledger FILE or NONBIS_LEDGER")
	}
	if info, err := os.Stat(home); err != nil || !info.IsDir() {
		return "", fmt.Errorf("the home folder %q does not exist, so there is no default ledger: name one with --ledger FILE or NONBIS_LEDGER", home)
	}
	return filepath.Join(home, ".local", "share", "nonbis", "ledger.db"), nil
}

// Beside is the path of a file that belongs to the ledger and stands beside it:
// the ledger's own name with an extension. It follows a symbolic link to where
// the ledger is.
func (l Location) Beside(extension string) string {
	if path, err := filepath.EvalSymlinks(l.Path); err == nil {
		return path + extension
	}
	return l.Path + extension
}
