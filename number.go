package nonbis

import (
	"bytes"
	"fmt"
	"strconv"
)

// exactNumbers writes every number of a valid JSON document in the form that
// RFC 8785 gives a number, but with all its digits: RFC 8785 rounds to a
// float64 first, and would let two different 64-bit ids share one form. Equal
// numbers (1, 1.0, 10e-1) have one form. A number beyond a float64's range is
// refused, since most receivers would read it as something else.
func exactNumbers(doc []byte) ([]byte, error) {
	out := make([]byte, 0, len(doc))
	for i := 0; i < len(doc); {
		switch c := doc[i]; {
		case c == '"':
			end := i + 1
			for doc[end] != '"' {
				if doc[end] == '\\' {
					end++
				}
				end++
			}
			out = append(out, doc[i:end+1]...)
			i = end + 1
		case c == '-' || (c >= '0' && c <= '9'):
			end := i + 1
			for end < len(doc) && bytes.IndexByte([]byte("0123456789+-.eE"), doc[end]) >= 0 {
				end++
			}
			var err error
			if out, err = appendNumber(out, doc[i:end]); err != nil {
				return nil, err
			}
			i = end
		default:
			out = append(out, c)
			i++
		}
	}
	return out, nil
}

// appendNumber appends the canonical form of a valid JSON number.
func appendNumber(out, literal []byte) ([]byte, error) {
	mantissa, exponent, scaled := bytes.Cut(bytes.ToLower(literal), []byte("e"))
	if !scaled && len(literal) < 16 && bytes.IndexByte(literal, '.') < 0 && string(literal) != "-0" {
		return append(out, literal...), nil // a small integer is canonical as it stands
	}
	if _, err := strconv.ParseFloat(string(literal), 64); err != nil {
		return nil, fmt.Errorf("the number %s is out of range", shorten(string(literal), 40))
	}
	mantissa, negative := bytes.CutPrefix(mantissa, []byte("-"))
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits := append(append([]byte(nil), whole...), fraction...)
	point := len(whole) // the value is 0.digits × 10^point
	if scaled {
		e, err := strconv.Atoi(string(exponent))
		if err != nil || e < -2_000_000 {
			return nil, fmt.Errorf("the number %s is out of range", shorten(string(literal), 40))
		}
		point += e
	}
	trimmed := bytes.TrimLeft(digits, "0")
	point -= len(digits) - len(trimmed)
	digits = bytes.TrimRight(trimmed, "0")
	if len(digits) == 0 {
		return append(out, '0'), nil // -0 too
	}
	if point < -1_000_000 {
		return nil, fmt.Errorf("the number %s is out of range", shorten(string(literal), 40))
	}
	if negative {
		out = append(out, '-')
	}
	return appendDecimal(out, digits, point), nil
}

// appendDecimal lays out 0.digits × 10^point as ECMAScript does.
func appendDecimal(out, digits []byte, point int) []byte {
	zeros := func(n int) []byte { return bytes.Repeat([]byte("0"), n) }
	switch k := len(digits); {
	case k <= point && point <= 21:
		return append(append(out, digits...), zeros(point-k)...)
	case 0 < point && point <= 21:
		return append(append(append(out, digits[:point]...), '.'), digits[point:]...)
	case -6 < point && point <= 0:
		return append(append(append(out, "0."...), zeros(-point)...), digits...)
	default:
		out = append(out, digits[0])
		if k > 1 {
			out = append(append(out, '.'), digits[1:]...)
		}
		return fmt.Appendf(out, "e%+d", point-1)
	}
}
