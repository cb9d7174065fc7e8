package power

import (
	"math/rand/v2"
	"slices"
)

// Rot is a way in which files go bad although they were synced.
type Rot struct {
	Name string
	rot  func(*rand.Rand, []content) []content // of the files with the suffix; it may change them
	of   string                                // suffix
}

// Rots are what a disk, a file system or a careless hand does to one file.
var Rots = []Rot{
	{"a bit of the ledger flipped", flip, ".db"},
	{"a sector of the ledger zeroed", zero, ".db"},
	{"the ledger cut short", cut, ".db"},
	{"a bit of the log flipped", flip, "-wal"},
	{"a sector of the log zeroed", zero, "-wal"},
	{"the log cut short", cut, "-wal"},
	{"the log deleted", remove, "-wal"},
	{"a bit of the epoch flipped", flip, ".epoch"},
	{"the epoch deleted", remove, ".epoch"},
}

// Of makes a damaged copy of an image. It reports false when there is nothing to
// be damaged.
func (r Rot) Of(m *Image, random *rand.Rand) (damaged *Image, ok bool) {
	damaged = &Image{}
	for _, c := range m.files {
		one := []content{{c.name, slices.Clone(c.data)}}
		if n := len(c.name) - len(r.of); n >= 0 && c.name[n:] == r.of && len(c.data) > 0 {
			one, ok = r.rot(random, one), true
		}
		damaged.files = append(damaged.files, one...)
	}
	return damaged, ok
}

func flip(random *rand.Rand, files []content) []content {
	at := random.IntN(8 * len(files[0].data))
	files[0].data[at/8] ^= 1 << (at % 8)
	return files
}

func zero(random *rand.Rand, files []content) []content {
	at := random.IntN(len(files[0].data)) / Sector * Sector
	clear(files[0].data[at:min(at+Sector, len(files[0].data))])
	return files
}

func cut(random *rand.Rand, files []content) []content {
	files[0].data = files[0].data[:random.IntN(len(files[0].data))]
	return files
}

func remove(*rand.Rand, []content) []content { return nil }
