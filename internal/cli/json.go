package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// writeJSON writes v as one line. What a terminal would obey or hide is written
// as a \u escape, which says the same to every reader of JSON.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(safeJSON(b.Bytes()))
	return err
}

// safeJSON escapes unsafe characters of a JSON text on one line: outside of
// strings there are none but the line's end.
func safeJSON(line []byte) []byte {
	out := make([]byte, 0, len(line))
	for len(line) > 0 {
		c, size := utf8.DecodeRune(line)
		switch {
		case c == '\n' || !unsafeRune(c):
			out = append(out, line[:size]...)
		case c >= 0x10000:
			high, low := utf16.EncodeRune(c)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, c)
		}
		line = line[size:]
	}
	return out
}
