package ledgertest

import (
	"slices"
	"strings"

	"github.com/nonbis/nonbis"
)

// idRanges tests that an effect is found by the beginning of its id, and only by
// that.
func idRanges(l *lab) {
	var all []*nonbis.Record // the newest first
	for range 40 {
		all = append(all, l.granted(l.intent()))
	}
	slices.Reverse(all)
	l.run("by every beginning of it", func(l *lab) {
		for _, r := range all[:5] {
			text := r.ID.String()
			for n := len("nb_") + 1; n <= len(text); n++ {
				l.wantPrefix(all, text[:n])
			}
		}
	})
	l.run("by every single letter", func(l *lab) {
		for _, letter := range "abcdefghijklmnopqrstuvwxyz234567" {
			l.wantPrefix(all, "nb_"+string(letter))
		}
	})
	l.run("not by the beginning of a neighbour's", func(l *lab) {
		for i := range all[0].ID {
			for _, change := range []byte{1, 0x80, 0xff} {
				id := all[0].ID
				id[i] ^= change
				l.wantPrefix(all, id.String())
			}
		}
	})
	l.run("the whole range of ids", func(l *lab) {
		var high nonbis.ID
		for i := range high {
			high[i] = 0xff
		}
		l.wantList(nonbis.Query{High: high}, all)
		l.wantList(nonbis.Query{High: high, Limit: 7}, all)
	})
}

// wantPrefix checks which effects the beginning of an id selects.
func (l *lab) wantPrefix(all []*nonbis.Record, prefix string) {
	l.t.Helper()
	low, high, err := nonbis.IDRange(prefix)
	if err != nil {
		l.t.Fatal(err)
	}
	want := slices.DeleteFunc(slices.Clone(all), func(r *nonbis.Record) bool { return !strings.HasPrefix(r.ID.String(), prefix) })
	l.wantList(nonbis.Query{Low: low, High: high}, want)
}
