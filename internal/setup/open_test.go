package setup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nonbis/nonbis"
)

// on is a machine all of whose folders lie on one kind of file system.
func on(kind FileSystem) func(string) (FileSystem, error) {
	return func(string) (FileSystem, error) { return kind, nil }
}

func TestWhereALedgerMayLie(t *testing.T) {
	for _, test := range []struct {
		kind                FileSystem
		byDefault, explicit bool
		warned              bool
	}{
		{Disk, true, true, false},
		{Memory, false, true, true},
		{Overlay, false, true, true},
		{User, false, true, true},
		{Network, false, false, false},
	} {
		for _, isDefault := range []bool{true, false} {
			var warnings []string
			l := Location{Path: filepath.Join(t.TempDir(), "ledger.db"), Default: isDefault}
			ledger, err := l.Open(t.Context(), Options{Create: true, FileSystem: on(test.kind), Warn: func(line string) { warnings = append(warnings, line) }})
			want := test.explicit
			if isDefault {
				want = test.byDefault
			}
			if (err == nil) != want {
				t.Errorf("%v, by default %v: %v", test.kind, isDefault, err)
			}
			if err == nil {
				if err := ledger.Close(); err != nil {
					t.Error(err)
				}
			} else if !errors.Is(err, nonbis.ErrUnavailable) || !strings.Contains(err.Error(), "--ledger") {
				t.Errorf("%v: %v, want one that names --ledger", test.kind, err)
			}
			if warned := len(warnings) == 1; warned != (test.warned && want) {
				t.Errorf("%v, by default %v: warnings %q", test.kind, isDefault, warnings)
			}
		}
	}
}

func TestTheDefaultFolderIsMadeForItsOwnerAlone(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	l, err := Locate("", env("XDG_DATA_HOME="+data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Open(t.Context(), Options{FileSystem: on(Disk)}); !isMissing(err) {
		t.Fatalf("without Create: %v", err)
	}
	if _, err := os.Stat(data); err == nil {
		t.Fatal("looking made a folder")
	}
	ledger, err := l.Open(t.Context(), Options{Create: true, FileSystem: on(Disk)})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	for name, want := range map[string]os.FileMode{"nonbis": 0o700 | os.ModeDir, "nonbis/ledger.db": 0o600} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v %v, want %v", name, info.Mode(), err, want)
		}
	}
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*MissingError](err)
	return ok
}

func TestTheFolderOfANamedLedgerIsNotMade(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"none/l.db": "does not exist: make it first", "file/l.db": "not a directory"} {
		_, err := Location{Path: filepath.Join(dir, name)}.Open(t.Context(), Options{Create: true, FileSystem: on(Disk)})
		if !errors.Is(err, nonbis.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestBesideFollowsALink(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "real.db")
	link := filepath.Join(dir, "link.db")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	resolved, err := filepath.EvalSymlinks(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := (Location{Path: link}).Beside(".operator"); got != resolved+".operator" {
		t.Errorf("beside the link: %s", got)
	}
	if got := (Location{Path: filepath.Join(dir, "none.db")}).Beside(".operator"); got != filepath.Join(dir, "none.db.operator") {
		t.Errorf("beside nothing: %s", got)
	}
}
