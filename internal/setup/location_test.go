package setup

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func env(entries ...string) Getenv {
	return func(name string) string {
		for _, e := range entries {
			if n, value, _ := strings.Cut(e, "="); n == name {
				return value
			}
		}
		return ""
	}
}

func TestLocate(t *testing.T) {
	home := t.TempDir()
	t.Chdir(home)
	there := func(name string) Location { return Location{Path: filepath.Join(home, name)} }
	usual := Location{Path: filepath.Join(home, ".local/share/nonbis/ledger.db"), Default: true}
	tests := []struct {
		name, given string
		env         []string
		want        Location
	}{
		{"a path", "x.db", nil, there("x.db")},
		{"an absolute path", "/x/y.db", nil, Location{Path: "/x/y.db"}},
		{"sqlite:", "sqlite:x.db", nil, there("x.db")},
		{"sqlite: with an absolute path", "sqlite:/x.db", nil, Location{Path: "/x.db"}},
		{"sqlite:///", "sqlite:///x.db", nil, Location{Path: "/x.db"}},
		{"a colon in a name", "a:b.db", nil, there("a:b.db")},
		{"the environment", "", []string{"NONBIS_LEDGER=y.db"}, there("y.db")},
		{"the flag before the environment", "x.db", []string{"NONBIS_LEDGER=y.db"}, there("x.db")},
		{"the default", "", []string{"HOME=" + home}, usual},
		{"an empty variable is unset", "", []string{"HOME=" + home, "NONBIS_LEDGER="}, usual},
		{"the data folder", "", []string{"XDG_DATA_HOME=/data"}, Location{Path: "/data/nonbis/ledger.db", Default: true}},
		{"a relative data folder counts for nothing", "", []string{"HOME=" + home, "XDG_DATA_HOME=data"}, usual},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Locate(test.given, env(test.env...))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestLocateRefuses(t *testing.T) {
	for given, want := range map[string]string{
		"postgres://u:secret@h/d":   "PostgreSQL ledgers are not built into this version",
		"postgresql://u:secret@h/d": "PostgreSQL ledgers are not built into this version",
		"postgres:secret":           "PostgreSQL ledgers are not built into this version",
		"sqlite:":                   "the ledger has no path",
		"sqlite://x.db":             "write sqlite:PATH",
		":memory:":                  "a ledger in memory would forget",
		"sqlite::memory:":           "a ledger in memory would forget",
		"file:x.db?mode=memory":     `no kind of ledger "file:"`,
		"mysql://u:secret@h/d":      `no kind of ledger "mysql:"`,
		"a\x00b":                    "a path has no zero byte",
		"":                          "--ledger FILE",
	} {
		_, err := Locate(given, env())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q", given, err, want)
		}
	}
	if _, err := Locate("", env("HOME=/does/not/exist")); err == nil || !strings.Contains(err.Error(), "--ledger FILE") {
		t.Errorf("a home that does not exist: %v", err)
	}
}
