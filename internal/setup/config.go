package setup

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// CheckConfig finds the configuration file: what was given by a flag, else
// NONBIS_CONFIG, else config.yaml in the user's configuration folder. This
// version knows no settings, so a file that has any is refused, as an unknown
// setting must be: silence would let a reader believe that it took effect. Only
// the file in the user's folder may be missing.
func CheckConfig(given string, getenv Getenv) error {
	path := given
	if path == "" {
		path = getenv("NONBIS_CONFIG")
	}
	named := path != ""
	if !named {
		folder := getenv("XDG_CONFIG_HOME")
		if home := getenv("HOME"); !filepath.IsAbs(folder) && filepath.IsAbs(home) {
			folder = filepath.Join(home, ".config")
		}
		if !filepath.IsAbs(folder) {
			return nil
		}
		path = filepath.Join(folder, "nonbis", "config.yaml")
	}
	f, err := os.Open(path)
	if err != nil {
		if !named && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("the configuration cannot be read: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if line := strings.TrimSpace(lines.Text()); line != "" && line != "---" && !strings.HasPrefix(line, "#") {
			return fmt.Errorf("%s:%d: this version of nonbis has no settings: use flags, or the environment", path, n)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the configuration %s cannot be read: %w", path, err)
	}
	return nil
}
