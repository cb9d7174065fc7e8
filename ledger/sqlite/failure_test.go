package sqlite_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// spoil changes a closed ledger behind its back.
func spoil(tb testing.TB, path string, statements ...string) {
	tb.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		tb.Fatal(err)
	}
	for _, s := range append(statements, "PRAGMA wal_checkpoint(TRUNCATE)") {
		if _, err = db.Exec(s); err != nil {
			break
		}
	}
	if err := errors.Join(err, db.Close()); err != nil {
		tb.Fatal(err)
	}
}

// claimOf claims a new effect of this name.
func claimOf(tb testing.TB, l *sqlite.Ledger, task string) error {
	tb.Helper()
	name, payload, err := nonbis.Effect{Task: task, Operation: "test.pay", Payload: 1}.Describe("default")
	if err != nil {
		tb.Fatal(err)
	}
	_, err = l.Claim(tb.Context(), []nonbis.Intent{{Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(), Lease: 1 << 40, Send: true}})
	return err
}

// After damage was met, what this process believes of the file is worth nothing,
// also when the file looks sound again.
func TestNothingIsWrittenAfterDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, path, nil)
	for _, task := range []string{"a", "b", "c"} {
		if err := claimOf(t, l, task); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l = open(t, path)
	broken := append([]byte(nil), sound...)
	for i := 4096; i < len(broken); i++ {
		broken[i] = 0xff
	}
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := claimOf(t, l, "over damage"); !errors.Is(err, nonbis.ErrUnavailable) {
		t.Fatalf("over damage: %v", err)
	}
	if err := os.WriteFile(path, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := claimOf(t, open(t, path), "by another process"); err != nil {
		t.Fatal(err)
	}
	if err := claimOf(t, l, "afterwards"); !errors.Is(err, nonbis.ErrUnavailable) {
		t.Errorf("afterwards: %v", err)
	}
}

// What stands beside the ledger tells whether it is the one that it was.
func TestALedgerInAnothersPlaceIsSuspect(t *testing.T) {
	made := func() (path string) {
		path = filepath.Join(t.TempDir(), "ledger.db")
		l := openAt(t, path, nil)
		if err := errors.Join(claimOf(t, l, "t"), l.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	suspicion := func(path string) string {
		e, err := open(t, path).Epoch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return e.Suspect
	}
	same, copied, other := made(), made(), made()
	if why := suspicion(same); why != "" {
		t.Errorf("one that nobody touched: %s", why)
	}
	if err := os.Remove(copied + ".epoch"); err != nil {
		t.Fatal(err)
	}
	if why := suspicion(copied); !strings.Contains(why, "is missing") {
		t.Errorf("a copy without the file beside it: %q", why)
	}
	if err := os.Rename(made(), other); err != nil {
		t.Fatal(err)
	}
	if why := suspicion(other); !strings.Contains(why, "another ledger") {
		t.Errorf("another in its place: %q", why)
	}
}

// A ledger whose file was replaced would write to what nobody finds any more.
func TestAReplacedFileIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, path)
	if err := claimOf(t, l, "before"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := claimOf(t, l, "after"); !errors.Is(err, nonbis.ErrUnavailable) {
		t.Error(err)
	}
}
