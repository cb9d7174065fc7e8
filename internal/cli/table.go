package cli

import (
	"bytes"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// table lays cells out in columns. Cells must be safe text. On a terminal lines
// are cut at its width.
type table struct {
	buffer bytes.Buffer
	tabs   *tabwriter.Writer
	width  int // of a line; 0: as long as it is
}

func newTable(width int) *table {
	t := &table{width: width}
	t.tabs = tabwriter.NewWriter(&t.buffer, 0, 0, 2, ' ', 0)
	return t
}

func (t *table) row(cells ...string) {
	_, _ = io.WriteString(t.tabs, strings.Join(cells, "\t")+"\n") // to a buffer
}

// flush writes what the rows came to, and empties the table.
func (t *table) flush(w io.Writer, indent string) error {
	_ = t.tabs.Flush() // to a buffer
	for line := range strings.Lines(t.buffer.String()) {
		line = indent + strings.TrimRight(line, " \n")
		if t.width > 0 {
			invisible := utf8.RuneCountInString(line) - utf8.RuneCountInString(plain(line))
			line = cut(line, t.width+invisible)
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	t.buffer.Reset()
	return nil
}
