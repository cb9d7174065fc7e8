package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// safe makes text from elsewhere harmless to show: what a terminal would obey
// (control characters, escape sequences), what reorders or hides text (bidi
// controls, zero-width and blank characters) and what is no UTF-8 is written as
// an escape. Everything a reader can see stays as it is.
func safe(text string) string {
	if strings.IndexFunc(text, unsafeRune) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		c, size := utf8.DecodeRuneInString(text)
		first := text[0]
		text = text[size:]
		switch {
		case c == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, first)
		case !unsafeRune(c):
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < 0x80:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	return b.String()
}

// unsafeRune reports whether c is not simply a visible character or a space.
// unicode.IsPrint leaves out controls, formats (bidi, zero width), separators
// and private use; the rest are letters and marks that show nothing.
func unsafeRune(c rune) bool {
	switch c {
	case utf8.RuneError: // also what stands for a broken byte
		return true
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0:
		return true
	}
	return !unicode.IsPrint(c) || (c >= 0xe0100 && c <= 0xe01ef)
}

// safeLines makes a text of several lines harmless, and says how many lines it
// has. Only the last most of them are returned.
func safeLines(text string, most int) (lines []string, total int) {
	text = strings.TrimSuffix(text, "\n")
	if text == "" {
		return nil, 0
	}
	all := strings.Split(text, "\n")
	for _, line := range all[max(0, len(all)-most):] {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")
		lines = append(lines, cut(safe(line), maxLine))
	}
	return lines, len(all)
}

// maxLine is how many characters of one line of a result are shown.
const maxLine = 500

// cut shortens text to most characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end, n := 0, 0 // of the last character that fits before the mark
	for i := range text {
		if n == most-1 {
			end = i
		}
		if n++; n > most {
			return text[:end] + "…"
		}
	}
	return text
}
