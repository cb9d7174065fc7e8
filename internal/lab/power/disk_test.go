package power

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/power/record"
)

// possible are all images that crashes leave after these operations, as text.
func possible(operations ...record.Operation) map[string]bool {
	var d Disk
	for _, o := range operations {
		d.Apply(o)
	}
	found := map[string]bool{}
	var m Image
	for i := range 3000 {
		f := Some(1, len(operations), i)
		switch i {
		case 0:
			f = Nothing
		case 1:
			f = Everything
		}
		d.Crash(f, &m)
		var text []string
		for _, c := range m.files {
			sectors := ""
			for s := range slices.Chunk(c.data, Sector) {
				sectors += string(max('.', s[0]))
			}
			text = append(text, c.name+"="+sectors)
		}
		found[strings.Join(text, " ")] = true
	}
	return found
}

func TestTheDiskForgetsWhatIsNotSynced(t *testing.T) {
	full := func(text string) (data []byte) {
		for _, c := range text {
			data = append(data, slices.Repeat([]byte{byte(c)}, Sector)...)
		}
		return data
	}
	create := record.Operation{Kind: record.Create, Name: "a"}
	write := func(sector int64, text string) record.Operation {
		return record.Operation{Kind: record.Write, Offset: sector * Sector, Data: full(text)}
	}
	sync := record.Operation{Kind: record.Sync}
	folder := record.Operation{Kind: record.SyncFolder}
	tests := []struct {
		name       string
		operations []record.Operation
		want       string // all that is possible, by |
	}{
		{"all is there after both syncs", []record.Operation{create, write(0, "xy"), sync, folder}, "a=xy"},
		{"a synced file may lack its name", []record.Operation{create, write(0, "x"), sync}, "|a=x"},
		{"a name may lack its file's content", []record.Operation{create, folder, write(0, "x")}, "a=|a=.|a=x"},
		{"a write is torn between any two sectors", []record.Operation{create, folder, write(0, "..."), sync, write(0, "xyz")}, "a=...|a=x..|a=.y.|a=..z|a=xy.|a=x.z|a=.yz|a=xyz"},
		{"writes are reordered", []record.Operation{create, folder, write(0, ".."), sync, write(0, "x"), write(1, "y")}, "a=..|a=x.|a=.y|a=xy"},
		{"a write over another may be lost", []record.Operation{create, folder, write(0, "."), sync, write(0, "x"), write(0, "y")}, "a=.|a=x|a=y"},
		{"a truncation may be lost", []record.Operation{create, folder, write(0, "xy"), sync, {Kind: record.Truncate, Offset: Sector}}, "a=xy|a=x"},
		{"a removed file may come back as it was", []record.Operation{create, write(0, "x"), sync, folder, {Kind: record.Remove, Name: "a"}}, "|a=x"},
		{"a file that followed another may be gone again", []record.Operation{
			create, write(0, "x"), sync, folder, {Kind: record.Remove, Name: "a"}, {Kind: record.Create, File: 1, Name: "a"},
		}, "|a=x|a="},
		{"a rename is one change", []record.Operation{create, write(0, "x"), sync, folder, {Kind: record.Rename, Name: "a", To: "b"}}, "a=x|b=x"},
		{"a link and the end of the first name are two", []record.Operation{
			create, write(0, "x"), sync, folder, {Kind: record.Link, Name: "a", To: "b"}, {Kind: record.Remove, Name: "a"},
		}, "a=x|b=x|a=x b=x|"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := possible(test.operations...)
			for w := range strings.SplitSeq(test.want, "|") {
				if !got[w] {
					t.Errorf("%q is possible and was not found", w)
				}
				delete(got, w)
			}
			if len(got) > 0 {
				t.Errorf("impossible images: %s", fmt.Sprint(got))
			}
		})
	}
}

func TestAnImageReusesNoContentTwice(t *testing.T) {
	var d Disk
	for _, o := range []record.Operation{
		{Kind: record.Create, Name: "a"},
		{Kind: record.Write, Data: []byte("first")},
		{Kind: record.Link, Name: "a", To: "b"},
		{Kind: record.Create, File: 1, Name: "c"},
		{Kind: record.Write, File: 1, Data: []byte("other")},
	} {
		d.Apply(o)
	}
	var m Image
	for range 3 {
		d.Crash(Everything, &m)
		for _, c := range m.files {
			if want := map[string]string{"a": "first", "b": "first", "c": "other"}[c.name]; string(c.data) != want {
				t.Errorf("%s has %q, want %q", c.name, c.data, want)
			}
		}
	}
}
