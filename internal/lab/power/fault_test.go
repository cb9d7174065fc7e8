package power

import (
	"testing"

	"github.com/nonbis/nonbis/internal/lab/overlay"
)

// faults are what a ledger can do wrong about durability, and what comes of it. One
// build has them all; LAB_FAULT chooses.
var faults = []struct {
	name string
	want string // the kind of problem that shows it
}{
	{"synchronous is normal", lost},
	{"synchronous is off", lost},
	{"it acknowledges before the commit", lost},
	{"the folder is not synced", suspected},
	{"the epoch's file is not synced", suspected},
	{"the epoch is written before the commit", suspected},
}

// faulty builds the faults into the ledger.
func faulty(o *overlay.Overlay) error {
	const chosen = `package sqlite

import "os"

func fault(name string) bool { return os.Getenv("LAB_FAULT") == name }

func syncUnless(name string, f interface{ Sync() error }) error {
	if fault(name) {
		return nil
	}
	return f.Sync()
}

func synchronous() string {
	switch {
	case fault("synchronous is normal"):
		return "normal"
	case fault("synchronous is off"):
		return "off"
	}
	return "full"
}
`
	if err := o.Edit(ledgerFolder+"/fault.go", func([]byte) ([]byte, error) { return []byte(chosen), nil }); err != nil {
		return err
	}
	const commit = `err = w.exec(ctx, "COMMIT")`
	for _, change := range []struct{ file, old, text string }{
		{"open.go", "synchronous(full)", `synchronous("+synchronous()+")`},
		{"open.go", "sync < 2", "sync < 0"}, // it would refuse to start
		{"open.go", "dir.Sync()", `syncUnless("the folder is not synced", dir)`},
		{"epoch.go", "f.Sync(), f.Close()", `syncUnless("the epoch's file is not synced", f), f.Close()`},
		{"writer.go", commit, `if fault("the epoch is written before the commit") {
			w.ledger.epoch.reached(seq)
		}
		if fault("it acknowledges before the commit") {
			for _, j := range *group {
				close(j.done)
				j.done = make(chan struct{})
			}
			time.Sleep(5 * time.Millisecond) // callers hear of it
		}
		` + commit},
	} {
		if err := o.Replace(ledgerFolder+"/"+change.file, change.old, change.text); err != nil {
			return err
		}
	}
	return nil
}

// A test that cannot fail proves nothing.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	program := build(t, faulty)
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			r := load(t, run(t, program, t.TempDir(), "LAB_FAULT="+fault.name))
			got := explore(t, r, 1, 0, 16*thin)
			if got.problems[fault.want] == 0 {
				t.Errorf("want %s, found %s", fault.want, got)
			}
			t.Log(got)
		})
	}
}
