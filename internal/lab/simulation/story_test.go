package simulation_test

import (
	"fmt"
	"strings"
	"time"
)

// line is something that happened; it is put into words only when it is wanted.
type line struct {
	at     time.Time
	who    string
	effect string // "": it concerns all
	format string
	args   []any
}

func (w *world) tell(effect string, p *process, format string, args ...any) {
	l := line{at: time.Now(), who: "world", effect: effect, format: format, args: args}
	if p != nil {
		l.who = p.name
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, l)
}

// about is the story of one effect, with what happened to everybody meanwhile.
func (w *world) about(effect string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, wish := range w.wishes {
		if o := wish.operation; wish.id == effect {
			fmt.Fprintf(&b, "terms %+v, verified %v, late by up to %s, options %+v\n", o.promised, o.verified, o.late, w.options)
		}
	}
	var begin, end time.Time
	for _, l := range w.story {
		if l.effect == effect {
			if end = l.at; begin.IsZero() {
				begin = l.at
			}
		}
	}
	for _, l := range w.story {
		if l.effect == effect || (l.effect == "" && !l.at.Before(begin.Add(-time.Hour)) && !l.at.After(end)) {
			fmt.Fprintf(&b, "  %s %-6s %s\n", l.at.Format("02 15:04:05.000000000"), l.who, fmt.Sprintf(l.format, l.args...))
		}
	}
	return b.String()
}
