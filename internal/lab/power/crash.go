package power

import (
	"cmp"
	"hash/maphash"
	"math/rand/v2"
	"slices"
)

// Image is what is found on the disk after a crash.
type Image struct {
	files []content // by name; two names may have one content
	used  [][]byte  // the contents
	spare [][]byte  // those of an earlier image
}

type content struct {
	name string
	data []byte
}

// Fate decides what a crash leaves of what was not synced.
type Fate struct {
	random *rand.Rand // nil: all or nothing
	all    bool
	keep   float64 // how probably something is kept
}

// What a crash can do: keep nothing that was not synced, keep all, or anything
// in between.
var (
	Nothing    = Fate{}
	Everything = Fate{all: true}
)

// Some is one of the fates in between.
func Some(seed uint64, operation, variant int) Fate {
	r := rand.New(rand.NewPCG(seed, uint64(operation)<<16|uint64(variant))) //nolint:gosec // it must be the same for the same seed
	return Fate{random: r, keep: []float64{0.1, 0.5, 0.9}[r.IntN(3)]}
}

func (f Fate) keeps() bool {
	if f.random == nil {
		return f.all
	}
	return f.random.Float64() < f.keep
}

// Crash makes the image that a loss of power leaves now. It reuses the memory of
// the image before.
func (d *Disk) Crash(f Fate, into *Image) {
	into.spare = append(into.spare, into.used...)
	into.files, into.used = into.files[:0], into.used[:0]
	names := slices.Clone(d.names)
	for _, n := range d.renamed {
		if f.keeps() {
			names = n.apply(names)
		}
	}
	slices.SortFunc(names, func(a, b name) int { return cmp.Compare(a.name, b.name) })
	left := map[int][]byte{}
	for _, n := range names {
		if _, ok := left[n.file]; !ok {
			left[n.file] = d.files[n.file].crash(f, into.buffer())
			into.used = append(into.used, left[n.file])
		}
		into.files = append(into.files, content{n.name, left[n.file]})
	}
}

func (m *Image) buffer() []byte {
	if len(m.spare) == 0 {
		return nil
	}
	b := m.spare[len(m.spare)-1]
	m.spare = m.spare[:len(m.spare)-1]
	return b
}

func (f *file) crash(fate Fate, b []byte) []byte {
	b = append(b[:0], f.durable...)
	for _, c := range f.changes {
		switch {
		case fate.keeps():
			b = c.apply(b)
		case fate.random == nil || c.truncates():
		default:
			b = c.tear(fate, b)
		}
	}
	return b
}

// tear keeps a part of a write, or nothing: mostly nothing, some of its sectors,
// those before one, or only the size that it gave the file.
func (c change) tear(fate Fate, b []byte) []byte {
	how := fate.random.IntN(8)
	if how > 2 {
		return b
	}
	end := c.offset + int64(len(c.data))
	if how == 0 {
		return resize(b, max(int64(len(b)), end))
	}
	until := c.offset + fate.random.Int64N(int64(len(c.data))+1)
	for at := c.offset; at < end; {
		next := min(end, (at/Sector+1)*Sector)
		if (how == 1 && next <= until) || (how == 2 && fate.random.IntN(2) == 0) {
			b = change{at, c.data[at-c.offset : next-c.offset]}.apply(b)
		}
		at = next
	}
	return b
}

var digestSeed = maphash.MakeSeed()

// Digest is the same for the same image, in one process.
func (m *Image) Digest() uint64 {
	var h maphash.Hash
	h.SetSeed(digestSeed)
	for _, c := range m.files {
		_, _ = h.WriteString(c.name)
		maphash.WriteComparable(&h, len(c.data))
		_, _ = h.Write(c.data)
	}
	return h.Sum64()
}
