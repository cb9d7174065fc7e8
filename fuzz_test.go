package nonbis_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nonbis/nonbis"
)

// decode reads one document without the canonical-JSON package. ok is false for
// what the standard library refuses, and for names that occur twice. Numbers
// become *big.Rat; a number that is too long for that stays json.Number.
func decode(document []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	if v, ok = decodeValue(d); !ok {
		return nil, false
	}
	_, err := d.Token()
	return v, errors.Is(err, io.EOF) && json.Valid(document) && utf8.Valid(document)
}

func decodeValue(d *json.Decoder) (v any, ok bool) {
	t, err := d.Token()
	if err != nil {
		return nil, false
	}
	switch t := t.(type) {
	case json.Number:
		return rational(t), true
	case json.Delim:
		if t == '[' {
			list := []any{}
			for d.More() {
				e, ok := decodeValue(d)
				if !ok {
					return nil, false
				}
				list = append(list, e)
			}
			_, err = d.Token()
			return list, err == nil
		}
		object := map[string]any{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, false
			}
			text, isText := name.(string)
			if _, twice := object[text]; twice || !isText {
				return nil, false
			}
			if object[text], ok = decodeValue(d); !ok {
				return nil, false
			}
		}
		_, err = d.Token()
		return object, err == nil
	}
	return t, true
}

// rational is the exact value of a number whose exponent is not too large to
// write it out.
func rational(n json.Number) any {
	_, exponent, _ := strings.Cut(strings.ToLower(string(n)), "e")
	if e, err := strconv.Atoi(exponent); exponent != "" && (err != nil || e > 2000 || e < -2000) {
		return n
	}
	r, _ := new(big.Rat).SetString(string(n))
	return r
}

// unsure reports whether a value has numbers that were not read exactly, or a
// character that the standard library also puts for a lone surrogate.
func unsure(v any) bool {
	switch v := v.(type) {
	case json.Number:
		return true
	case string:
		return strings.ContainsRune(v, utf8.RuneError)
	case []any:
		return slices.ContainsFunc(v, unsure)
	case map[string]any:
		for name, e := range v {
			if unsure(name) || unsure(e) {
				return true
			}
		}
	}
	return false
}

// beyond reports whether a number is out of a float64's range.
func beyond(v any) bool {
	switch v := v.(type) {
	case *big.Rat:
		f, _ := v.Float64()
		return f > 1.7976931348623157e308 || f < -1.7976931348623157e308
	case []any:
		return slices.ContainsFunc(v, beyond)
	case map[string]any:
		for _, e := range v {
			if beyond(e) {
				return true
			}
		}
	}
	return false
}

func equal(a, b any) bool {
	switch a := a.(type) {
	case *big.Rat:
		b, ok := b.(*big.Rat)
		return ok && a.Cmp(b) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			if other, ok := b[name]; !ok || !equal(v, other) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

// respell writes a value in another way: members in another order, characters
// escaped or not, numbers with other exponents, white space.
func respell(r *rand.Rand, v any) string {
	space := strings.Repeat(" ", r.IntN(2))
	switch v := v.(type) {
	case *big.Rat:
		shift := r.IntN(9) - 4
		scaled := new(big.Rat).Set(v)
		for range max(shift, -shift) {
			if ten := big.NewRat(10, 1); shift > 0 {
				scaled.Mul(scaled, ten)
			} else {
				scaled.Quo(scaled, ten)
			}
		}
		digits, _ := scaled.FloatPrec() // exact: it came from a decimal
		return space + scaled.FloatString(digits+r.IntN(3)) + "e" + strconv.Itoa(-shift) + space
	case string:
		out := `"`
		for _, c := range v {
			switch {
			case c == '"' || c == '\\' || c < 0x20 || (c < 0x10000 && r.IntN(3) == 0):
				hex := strconv.FormatInt(int64(c)+0x10000, 16)[1:]
				out += `\u` + []string{hex, strings.ToUpper(hex)}[r.IntN(2)]
			default:
				out += string(c)
			}
		}
		return out + `"`
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = respell(r, e)
		}
		return "[" + space + strings.Join(parts, ",") + "]" + space
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names) // a seed tells all
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for i, name := range names {
			names[i] = respell(r, name) + space + ":" + respell(r, v[name])
		}
		return "{" + strings.Join(names, ","+space) + space + "}"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func FuzzCanonicalJSON(f *testing.F) {
	for _, s := range [][2]string{
		{`{"b":[1,1.0,10e-1],"a":"\u003c"}`, `{"a":"<","b":[1,1,1]}`},
		{`9007199254740993`, `9007199254740992`},
		{`0.1`, `0.1000000000000000055511151231257827`},
		{`1e21`, `1000000000000000000000`},
		{`-0`, `0`},
		{`1e400`, `1e-400`},
		{`{"a":1,"\u0061":2}`, `{"a":1}`},
		{`{"\ufb33":1,"😀":2}`, `{"\ud83d\ude00":2,"\ufb33":1}`},
		{`"\ud800"`, `"\ufffd"`},
		{"\"\xff\"", "\ufeff1"},
		{`[[[{}]],null,true,false,"\\"]`, `[] x`},
		{`123456789012345678901234567890`, `-1.7976931348623157e308`},
		{`0e999999999`, `0.00000000000000000000000000000000000000001`},
	} {
		f.Add([]byte(s[0]), []byte(s[1]), uint64(1))
	}
	f.Fuzz(func(t *testing.T, a, b []byte, seed uint64) {
		formOf := func(document []byte) ([]byte, any, bool) {
			p, err := nonbis.NewPayload(jsontext.Value(document))
			v, ok := decode(document)
			if err != nil {
				if !errors.Is(err, nonbis.ErrInvalid) {
					t.Fatal(err)
				}
				if ok && !unsure(v) && !beyond(v) && deepest(document) < 1000 {
					t.Fatalf("%q is refused: %v", document, err)
				}
				return nil, nil, false
			}
			if !ok {
				t.Fatalf("%q is accepted as %q", document, p.Bytes())
			}
			return p.Bytes(), v, true
		}
		form, v, ok := formOf(a)
		if !ok {
			return
		}
		if !unsure(v) { // lest a fixed point is asked of exponents of a million digits
			again, w, ok := formOf(form)
			if !ok || !bytes.Equal(again, form) || !equal(v, w) {
				t.Fatalf("%q has the form %q, and that has %q", a, form, again)
			}
			other := respell(rand.New(rand.NewPCG(seed, 0)), v)
			if again, _, ok := formOf([]byte(other)); !ok || !bytes.Equal(again, form) {
				t.Fatalf("%q has the form %q, but spelled %q it has %q", a, form, other, again)
			}
		}
		if otherForm, w, ok := formOf(b); ok && !unsure(v) && !unsure(w) && bytes.Equal(form, otherForm) != equal(v, w) {
			t.Fatalf("%q has the form %q, %q has %q", a, form, b, otherForm)
		}
	})
}

// deepest is a bound of how deep a document is nested.
func deepest(document []byte) int {
	return bytes.Count(document, []byte("[")) + bytes.Count(document, []byte("{"))
}

func FuzzID(f *testing.F) {
	f.Add("default", "t", "run", "", []byte("digest"), uint8(0), 1, uint8(3))
	f.Add("a", "b", "c", "d", []byte{}, uint8(2), 12, uint8(1))
	f.Add("", "effect", "base", "1", []byte("1"), uint8(1), -1, uint8(0))
	f.Add("é", "\x00\x00\x00\x00\x00\x00\x00\x01a", "nb_", "2", []byte{0xff}, uint8(255), 1<<40, uint8(9))
	f.Fuzz(func(t *testing.T, namespace, task, operation, repeat string, digest []byte, kind uint8, occurrence int, at uint8) {
		n := nonbis.Name{Namespace: namespace, Task: task, Operation: operation, Repeat: repeat, Occurrence: occurrence}
		n.Identity.Kind = nonbis.IdentityKind(kind)
		copy(n.Identity.Digest[:], digest)
		others := []nonbis.Name{}
		change := func(do func(*nonbis.Name)) {
			c := n
			do(&c)
			if c != n {
				others = append(others, c)
			}
		}
		change(func(c *nonbis.Name) { c.Namespace += "x" })
		change(func(c *nonbis.Name) { c.Task += "\x00" })
		change(func(c *nonbis.Name) { c.Operation += "1" })
		change(func(c *nonbis.Name) { c.Identity.Kind++ })
		change(func(c *nonbis.Name) { c.Identity.Digest[int(at)%32]++ })
		change(func(c *nonbis.Name) { c.Repeat += "1" })
		change(func(c *nonbis.Name) { c.Occurrence++ })
		// What leaves one part for its neighbour is another name.
		shift := func(from, to *string) {
			i := int(at) % (len(*from) + 1)
			*from, *to = (*from)[:i], (*from)[i:]+*to
		}
		change(func(c *nonbis.Name) { shift(&c.Namespace, &c.Task) })
		change(func(c *nonbis.Name) { shift(&c.Task, &c.Operation) })
		change(func(c *nonbis.Name) { shift(&c.Operation, &c.Repeat) })
		change(func(c *nonbis.Name) { shift(&c.Repeat, &c.Namespace) })
		change(func(c *nonbis.Name) { c.Namespace, c.Task = c.Task, c.Namespace })
		change(func(c *nonbis.Name) { c.Task, c.Operation = c.Operation, c.Task })
		change(func(c *nonbis.Name) { // the digits of the occurrence are next to the repeat
			digits := strconv.Itoa(c.Occurrence)
			c.Repeat += digits[:1]
			c.Occurrence, _ = strconv.Atoi(digits[1:])
		})
		ids, bases := map[nonbis.ID]nonbis.Name{n.ID(): n}, map[nonbis.ID]nonbis.Name{n.Base(): n}
		for _, c := range others {
			if other, ok := ids[c.ID()]; ok && other != c {
				t.Fatalf("%+v and %+v have one id", c, other)
			}
			ids[c.ID()] = c
			c.Repeat, c.Occurrence = n.Repeat, n.Occurrence
			if other, ok := bases[c.Base()]; ok && other != c {
				t.Fatalf("%+v and %+v have one base id", c, other)
			}
			bases[c.Base()] = c
		}
		for base := range bases {
			if _, ok := ids[base]; ok {
				t.Fatalf("%s is a base id and an id", base)
			}
		}
	})
}

var idText = regexp.MustCompile(`\Anb_[a-z2-7]{51}[aq]\z`)

func FuzzParseID(f *testing.F) {
	f.Add("nb_" + strings.Repeat("a", 52))
	f.Add("nb_" + strings.Repeat("7", 51) + "q")
	f.Add("nb_" + strings.Repeat("a", 51) + "b")
	f.Add("NB_" + strings.Repeat("A", 52))
	f.Add("nb_" + strings.Repeat("a", 50) + "\r\n")
	f.Add("nb_")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := nonbis.ParseID(s)
		if (err == nil) != idText.MatchString(s) || (err == nil && id.String() != s) || (err != nil && (!id.IsZero() || !errors.Is(err, nonbis.ErrInvalid))) {
			t.Fatalf("%q reads as %s, %v", s, id, err)
		}
		if low, high, err := nonbis.IDRange(s); err == nil {
			if bytes.Compare(low[:], high[:]) > 0 || !strings.HasPrefix(low.String()[3:], strings.TrimPrefix(s, "nb_")[:min(51, len(strings.TrimPrefix(s, "nb_")))]) {
				t.Fatalf("%q is from %s to %s", s, low, high)
			}
		} else if !errors.Is(err, nonbis.ErrInvalid) {
			t.Fatal(err)
		}
	})
}

// naive looks a pointer up in what the standard library has read.
func naive(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	for step := range strings.SplitSeq(pointer[1:], "/") {
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		switch parent := v.(type) {
		case map[string]any:
			child, ok := parent[step]
			if !ok {
				return nil, false
			}
			v = child
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(parent) || strconv.Itoa(i) != step {
				return nil, false
			}
			v = parent[i]
		default:
			return nil, false
		}
	}
	return v, true
}

var pointerText = regexp.MustCompile(`\A(/([^/~]|~[01])*)*\z`)

func FuzzPointer(f *testing.F) {
	const document = `{"a":[1,{"b":null},[2.50]],"a/b":{"m~n":{"":[]}},"0":"x","é":{"\u0000":1}}`
	for _, p := range []string{"", "/", "/a", "/a/0", "/a/1/b", "/a/2/0", "/a/-", "/a/01", "/a~1b/m~0n/", "/0", "/é/\x00", "a", "/~", "/~2", "/x/y/z", "/a/9999999999999999999999"} {
		f.Add([]byte(document), p, "/a/0")
	}
	f.Add([]byte(`[[[1]]]`), "/0/0/0", "/0")
	f.Add([]byte(`"x"`), "", "/0")
	f.Fuzz(func(t *testing.T, document []byte, a, b string) {
		p, err := nonbis.NewPayload(jsontext.Value(document))
		if err != nil {
			return
		}
		v, ok := decode(document)
		if !ok || unsure(v) {
			return
		}
		got, err := p.Identity([]string{a, b})
		if wellFormed := func(s string) bool { return utf8.ValidString(s) && pointerText.MatchString(s) }; !wellFormed(a) || !wellFormed(b) {
			if !errors.Is(err, nonbis.ErrInvalid) {
				t.Fatalf("%q and %q are pointers: %v", a, b, err)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q and %q are no pointers: %v", a, b, err)
		}
		want := nonbis.Identity{Kind: nonbis.IdentityFields}
		fields := []string{}
		for _, ptr := range slices.Compact(slices.Sorted(slices.Values([]string{a, b}))) {
			value, found := naive(v, ptr)
			if !found {
				want = nonbis.Identity{Kind: nonbis.IdentityPayload, Digest: p.Fingerprint()}
				break
			}
			form, err := nonbis.NewPayload(jsontext.Value(respell(rand.New(rand.NewPCG(1, 1)), value)))
			if err != nil {
				t.Fatal(err)
			}
			fields = append(fields, ptr, string(form.Bytes()))
		}
		if want.Kind == nonbis.IdentityFields {
			copy(want.Digest[:], sum(tuple(fields...)))
		}
		if got != want {
			t.Fatalf("%q in %q: kind %d, want %d with %q", []string{a, b}, document, got.Kind, want.Kind, fields)
		}
	})
}
