package power

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/power/record"
)

// complete checks that the recording misses nothing: replayed without a crash, it
// must give the files that the run has left.
func complete(t *testing.T, r record.Recording, folder string) {
	t.Helper()
	var d Disk
	kinds := map[record.Kind]int{}
	for _, o := range r.Operations {
		d.Apply(o)
		kinds[o.Kind]++
	}
	var m Image
	d.Crash(Everything, &m)
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != len(m.files) {
		t.Errorf("the folder has %v, the recording %d files", left, len(m.files))
	}
	for _, c := range m.files {
		if b, err := os.ReadFile(filepath.Join(folder, c.name)); err != nil || !bytes.Equal(b, c.data) {
			t.Errorf("%s: %v; has %d bytes, recorded %d", c.name, err, len(b), len(c.data))
		}
	}
	for kind := record.Create; kind <= record.Accepted; kind++ {
		if kinds[kind] == 0 && kind != record.Rename {
			t.Errorf("no operation of kind %d in %v", kind, kinds)
		}
	}
}
