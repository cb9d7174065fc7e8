package simulator

import (
	"cmp"
	"maps"
	"slices"
)

// Summary is what a [Proxy] has seen and done.
type Summary struct {
	Received uint64           // whole requests
	Reached  uint64           // those that the upstream got whole, as far as this side can see
	Faults   map[NetFault]int // that happened, by kind
	Repeats  []Repeat         // what came more than once, in the order of its first coming
}

// Repeat is a request that came more than once: with the same method, path, query
// and body, by a method that faults befall.
type Repeat struct {
	Method   string `json:"method"`
	Path     string `json:"path"`
	Same     string `json:"same"`
	Received int    `json:"received"`
	Reached  int    `json:"reached_upstream"` // more than 1: as many effects, unless the upstream knows better

	first uint64
}

// count is what a proxy counts; its lock guards it.
type count struct {
	received, exposed, reached uint64
	faults                     map[NetFault]int
	same                       map[string]*Repeat
}

// again counts a request among those that are the same.
func (c *count) again(e Entry) *Repeat {
	r := c.same[e.Same]
	if r == nil {
		r = &Repeat{Method: e.Method, Path: e.Path, Same: e.Same, first: e.Request}
		c.same[e.Same] = r
	}
	r.Received++
	return r
}

func (c *count) summary() Summary {
	s := Summary{Received: c.received, Reached: c.reached, Faults: maps.Clone(c.faults)}
	for _, r := range c.same {
		if r.Received > 1 {
			s.Repeats = append(s.Repeats, *r)
		}
	}
	slices.SortFunc(s.Repeats, func(a, b Repeat) int { return cmp.Compare(a.first, b.first) })
	return s
}
