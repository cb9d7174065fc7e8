package power

import (
	"slices"

	"github.com/nonbis/nonbis/internal/lab/power/record"
)

// Sector is what a disk writes whole or not at all.
const Sector = 512

// Disk is a folder of files, with what a loss of power may take from it. The zero
// value is an empty folder.
type Disk struct {
	files   []file
	names   []name // durable, by age
	renamed []naming
}

// file has what is durable of it, and the changes since.
type file struct {
	durable []byte
	changes []change
}

// change is a write of data, or without data a truncation.
type change struct {
	offset int64
	data   []byte
}

type name struct {
	name string
	file int
}

// naming is a change of the folder: one name goes, another comes; either may be "".
type naming struct {
	gone, come string
	file       int
}

// Apply does one operation.
func (d *Disk) Apply(o record.Operation) {
	switch o.Kind {
	case record.Create:
		d.files = append(d.files, file{})
		d.renamed = append(d.renamed, naming{come: o.Name, file: o.File})
	case record.Write, record.Truncate:
		f := &d.files[o.File]
		f.changes = append(f.changes, change{o.Offset, o.Data})
	case record.Sync:
		f := &d.files[o.File]
		for _, c := range f.changes {
			f.durable = c.apply(f.durable)
		}
		f.changes = nil
	case record.SyncFolder:
		for _, n := range d.renamed {
			d.names = n.apply(d.names)
		}
		d.renamed = nil
	case record.Link:
		d.renamed = append(d.renamed, naming{come: o.To, file: o.File})
	case record.Rename:
		d.renamed = append(d.renamed, naming{gone: o.Name, come: o.To, file: o.File})
	case record.Remove:
		d.renamed = append(d.renamed, naming{gone: o.Name})
	case record.Acknowledge, record.Accepting, record.Accepted: // nothing that a disk sees
	}
}

// Unsynced reports whether a crash could take anything now.
func (d *Disk) Unsynced() bool {
	return len(d.renamed) > 0 || slices.ContainsFunc(d.files, func(f file) bool { return len(f.changes) > 0 })
}

func (c change) truncates() bool { return c.data == nil }

func (c change) apply(b []byte) []byte {
	if c.truncates() {
		return resize(b, c.offset)
	}
	b = resize(b, max(int64(len(b)), c.offset+int64(len(c.data))))
	copy(b[c.offset:], c.data)
	return b
}

// resize fills with zeros.
func resize(b []byte, size int64) []byte {
	if n := int64(len(b)); n < size {
		b = slices.Grow(b, int(size-n))[:size]
		clear(b[n:])
	}
	return b[:size]
}

func (n naming) apply(names []name) []name {
	names = slices.DeleteFunc(names, func(o name) bool { return o.name == n.gone || o.name == n.come })
	if n.come != "" {
		names = append(names, name{n.come, n.file})
	}
	return names
}
