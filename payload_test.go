package nonbis_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nonbis/nonbis"
)

// canonical is the canonical form of a document, or "" when it is refused.
func canonical(t *testing.T, document string) string {
	t.Helper()
	return canonicalOf(t, jsontext.Value(document))
}

// canonicalOf is that of a Go value.
func canonicalOf(t *testing.T, v any) string {
	t.Helper()
	p, err := nonbis.NewPayload(v)
	if err != nil && (!errors.Is(err, nonbis.ErrInvalid) || p.Bytes() != nil || len(err.Error()) > 300) {
		t.Fatalf("%.80v is refused as %.500v, with %q", v, err, p.Bytes())
	}
	return string(p.Bytes())
}

func TestTheCanonicalFormsOfTheDocumentation(t *testing.T) {
	for _, c := range table(t, "canonical") {
		document, want := strings.Trim(c[0], "`"), strings.Trim(c[1], "`")
		if got := canonical(t, document); got != want {
			t.Errorf("%s\n got %s\nwant %s", document, got, want)
		}
	}
}

// A number has one form, with all its digits. Each line is a form and other
// ways to write it.
func TestNumbers(t *testing.T) {
	const nine = "999999999999999999999999999999" // thirty of them
	seen := map[string]bool{}
	for line := range strings.Lines(`
		0 -0 0.0 -0.0 0e0 0e5 -0e-5 0e999999 0.000e-10
		1 1.0 1e0 10e-1 0.1e1 1E0 1e+0 1E-0 1.000000000000000000000000 100e-2
		-1 -1.0 -10e-1
		9007199254740991
		9007199254740992 9007199254740992.0
		9007199254740993 9007199254740993.00 900719925474099.3e1
		18446744073709551615 1844674407370955161.5e1
		18446744073709551616
		-9223372036854775808
		9.` + nine[1:] + `e+29 ` + nine + ` ` + nine + `.0 0.` + nine + `e30
		9.` + nine[1:] + `1e+29 ` + nine + `.1
		100000000000000000000 1e20 1E+20 100000000000000000000.0
		123456789012345678901 123456789012345678901.0
		1e+21 1e21 1000000000000000000000 10e20
		1e+22 1e22
		1.23e+22 123e20
		1.7976931348623157e+308 17976931348623157e292
		5e-324
		1e-400 0.1e-399 10e-401
		1e-999999
		1e-1000001 0.1e-1000000
		0.1 0.10 1e-1 10e-2
		0.1000000000000000055511151231257827
		0.000001 1e-6
		1e-7 0.0000001
		1.5e-7 15e-8
		0.00015 1.5e-4
		4.5 4.50
		0.002 2e-3
		1e-27 0.000000000000000000000000001
		333333333.3333333
		333333333.33333329
		295147905179352830000 2.9514790517935283e20
		9.999999999999997e+22
		999999999999999700000
		-0.0000033333333333333333
		123456.78 123456780e-3
		123456789.000001
	`) {
		for spelling := range strings.FieldsSeq(line) {
			want := strings.Fields(line)[0]
			if got := canonical(t, spelling); got != want {
				t.Errorf("%s is written %s, want %s", spelling, got, want)
			}
			if got := canonical(t, "["+spelling+",{\"1e5\":"+spelling+"}]"); got != "["+want+",{\"1e5\":"+want+"}]" {
				t.Errorf("within a document %s is written %s", spelling, got)
			}
		}
		if f := strings.Fields(line); len(f) > 0 {
			if seen[f[0]] {
				t.Errorf("%s is there twice", f[0])
			}
			seen[f[0]] = true
		}
	}
}

func TestNumbersThatAreRefused(t *testing.T) {
	for _, n := range []string{
		"1e400", "-1e999", "1e309", "-1.8e308", "1" + strings.Repeat("0", 309), "1e999999999999999999999", "1e-1000002", "0.1e-1000001", "1e-2000000", "1e-999999999999999999999",
		"01", "-01", "+1", ".5", "5.", "1e", "1e+", "-", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1.2.3", "１",
	} {
		for _, document := range []string{n, "[" + n + "]", `{"a":` + n + `}`} {
			if got := canonical(t, document); got != "" {
				t.Errorf("%.40s is written %.40s", document, got)
			}
		}
	}
}

// The samples of RFC 8785, appendix B, whose decimal is the shortest of its
// float: there both forms are the same.
func TestNumbersOfRFC8785(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0", 0x8000000000000000: "0", 0x0000000000000001: "5e-324", 0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308", 0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992", 0xc340000000000000: "-9007199254740992", 0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22", 0x44b52d02c7e14af6: "1e+23", 0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000", 0x444b1ae4d6e2ef4f: "999999999999999900000", 0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7", 0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332", 0x41b3de4355555554: "333333333.33333325", 0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334", 0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333", 0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		if got := canonicalOf(t, math.Float64frombits(bits)); got != want {
			t.Errorf("%016x is written %s, want %s", bits, got, want)
		}
	}
}

func TestDocuments(t *testing.T) {
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	tests := []struct{ name, document, want string }{
		{"white space", " { \"a\" :\t[ ]\r\n} ", `{"a":[]}`},
		{"literals", `[true,false,null]`, `[true,false,null]`},
		{"members are sorted", `{"b":1,"a":{"d":1,"c":2},"":0,"aa":3,"B":4}`, `{"":0,"B":4,"a":{"c":2,"d":1},"aa":3,"b":1}`},
		{"by UTF-16, where a pair comes before U+FB33", `{"\ufb33":1,"\ud83d\ude00":2}`, "{\"\U0001f600\":2,\"\ufb33\":1}"},
		{"names too are brought into one form", `{"\u0062":1,"a":2}`, `{"a":2,"b":1}`},
		{"elements are not sorted", `[2,1]`, `[2,1]`},
		{"what HTML would escape is not", "\"\\u003c>&'\\/\u2028\u2029\"", "\"<>&'/\u2028\u2029\""},
		{"what must be escaped is", `"\u0000\u0008\u0009\u000A\u000b\u000c\u000d\u001F\u0022\u005c\u007f"`, "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\\x7f\""},
		{"a pair is one character", `"\uD83D\uDE00"`, "\"\U0001f600\""},
		{"a character of two forms stays two", "\"\u00e9e\u0301\"", "\"\u00e9e\u0301\""},
		{"digits in strings stay", `{"1.0":"1.0 \" 1e0"}`, `{"1.0":"1.0 \" 1e0"}`},
		{"a string that ends in a backslash", `["\\",1.0,"\\\"",2.0]`, `["\\",1,"\\\"",2]`},
		{"a U+FFFD that was meant", `"\ufffd"`, "\"\ufffd\""},
		{"deep nesting", deep, deep},

		{"too deep nesting", strings.Repeat("[", 20000) + strings.Repeat("]", 20000), ""},
		{"nothing", "", ""},
		{"only space", " ", ""},
		{"a name twice", `{"a":1,"a":1}`, ""},
		{"a name twice, once escaped", `{"a":1,"\u0061":2}`, ""},
		{"a name twice, deep down", `[{"x":{"\u00e9":1,"é":1}}]`, ""},
		{"the empty name twice", `{"":1,"":2}`, ""},
		{"invalid UTF-8", "\"\xff\"", ""},
		{"invalid UTF-8 in a name", "{\"\xc3\":1}", ""},
		{"an overlong form", "\"\xc0\xaf\"", ""},
		{"a surrogate in UTF-8", "\"\xed\xa0\x80\"", ""},
		{"a lone high surrogate", `"\ud800"`, ""},
		{"a lone low surrogate", `"\udc00x"`, ""},
		{"surrogates the wrong way round", `"\udc00\ud800"`, ""},
		{"a byte order mark", "\ufeff1", ""},
		{"a second document", "1 2", ""},
		{"trailing text", "{} x", ""},
		{"a trailing NUL", "1\x00", ""},
		{"a trailing comma", "[1,]", ""},
		{"a comment", "1//", ""},
		{"a control character", "\"\n\"", ""},
		{"single quotes", `'a'`, ""},
		{"half a document", `{"a":`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := canonical(t, tt.document); got != tt.want {
				t.Errorf("got %.80q, want %.80q", got, tt.want)
			}
		})
	}
}

// loud is a value that speaks for itself.
type loud string

func (l loud) MarshalJSON() ([]byte, error) {
	if l == "" {
		return nil, errors.New("nothing to say")
	}
	return []byte(l), nil
}

func TestGoValues(t *testing.T) {
	type inner struct {
		B int     `json:"b"`
		A *string `json:"a,omitempty"`
	}
	text := "x"
	tests := []struct {
		name  string
		value any
		want  string // "" when it is refused
	}{
		{"nil", nil, `null`},
		{"a nil pointer", (*inner)(nil), `null`},
		{"a nil pointer to what speaks for itself", (*time.Time)(nil), `null`},
		{"a struct", struct {
			Z inner
			Y []inner `json:"y"`
			x int
		}{inner{1, &text}, []inner{{2, nil}}, 3}, `{"Z":{"a":"x","b":1},"y":[{"b":2}]}`},
		{"a map", map[string]any{"b": 1, "a": []string{"<"}}, `{"a":["<"],"b":1}`},
		{"a map of numbers", map[int]bool{10: true, 9: false}, `{"10":true,"9":false}`},
		{"the largest integers", []any{uint64(math.MaxUint64), int64(math.MinInt64)}, `[18446744073709551615,-9223372036854775808]`},
		{"an integer of any size", new(big.Int).Lsh(big.NewInt(1), 100), `1.267650600228229401496703205376e+30`},
		{"floats", []any{1.0, float32(0.1), 1e21, 1e-7, math.Copysign(0, -1), math.MaxFloat64}, `[1,0.1,1e+21,1e-7,0,1.7976931348623157e+308]`},
		{"numbers as text", []any{json.Number("5"), json.Number("1.50"), json.Number("")}, `[5,1.5,0]`},
		{"bytes", []byte("hi?"), `"aGk/"`},
		{"a time", time.Date(2026, 11, 24, 12, 0, 0, 5000, time.UTC), `"2026-11-24T12:00:00.000005Z"`},
		{"raw JSON", jsontext.Value(`{"b":1.0,"a":9007199254740993}`), `{"a":9007199254740993,"b":1}`},
		{"raw JSON of the standard library", json.RawMessage(`{"b":1.0,"a":9007199254740993}`), `{"a":9007199254740993,"b":1}`},
		{"raw JSON within", map[string]any{"x": json.RawMessage(`1e2`), "y": jsontext.Value(`0.1000000000000000055511151231257827`)}, `{"x":100,"y":0.1000000000000000055511151231257827}`},
		{"a marshaler", loud(`{ "n": 10000000000000000000001 }`), `{"n":1.0000000000000000000001e+22}`},
		{"a marshaler within", []any{loud(`10000000000000000000001.0`)}, `[1.0000000000000000000001e+22]`},
		{"a string with a NUL", "\x00<", `"\u0000<"`},

		{"not a number", math.NaN(), ""},
		{"text that is no number", json.Number("5x"), ""},
		{"a document for a number", []any{json.Number(`{"a":1}`)}, ""},
		{"a string for a number", json.Number(`"5"`), ""},
		{"null for a number", json.Number("null"), ""},
		{"a number with a space", json.Number(" 5"), ""},
		{"infinity", math.Inf(-1), ""},
		{"not a number within", map[string]float64{"a": math.NaN()}, ""},
		{"a string that is not UTF-8", "a\xff", ""},
		{"a name that is not UTF-8", map[string]int{"\xff": 1}, ""},
		{"a channel", make(chan int), ""},
		{"a function", func() {}, ""},
		{"a channel within", struct{ C chan int }{make(chan int)}, ""},
		{"a complex number", 1i, ""},
		{"raw JSON that is broken", json.RawMessage(`{`), ""},
		{"raw JSON with a name twice", json.RawMessage(`{"a":1,"a":2}`), ""},
		{"raw JSON within, with a name twice", []any{json.RawMessage(`{"a":1,"a":2}`)}, ""},
		{"raw JSON out of range", json.RawMessage(`1e999`), ""},
		{"a marshaler that fails", loud(""), ""},
		{"a marshaler that lies", loud("nope"), ""},
		{"a marshaler that says too much", loud("1 2"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := canonicalOf(t, tt.value); got != tt.want {
				t.Errorf("got %.120q, want %.120q", got, tt.want)
			}
		})
	}
}

func TestRawPayloads(t *testing.T) {
	raw := func(media, body string) nonbis.Payload {
		t.Helper()
		p, err := nonbis.NewPayload(nonbis.Raw{MediaType: media, Bytes: []byte(body)})
		if err != nil {
			t.Fatalf("%s: %v", media, err)
		}
		return p
	}
	const body = "a=1&b=2"
	same := raw("text/plain; charset=utf-8; format=flowed", body)
	for _, media := range []string{"Text/Plain;CHARSET=utf-8;Format=flowed", `text/plain; format="flowed"; charset="utf-8"`, " text/plain ;format=flowed ; charset=utf-8 "} {
		if raw(media, body).Fingerprint() != same.Fingerprint() {
			t.Errorf("%s is another type", media)
		}
	}
	for _, other := range []nonbis.Payload{
		raw("text/plain", body), raw("text/plain; charset=UTF-8; format=flowed", body), raw("text/html; charset=utf-8; format=flowed", body),
		raw("text/plain; charset=utf-8; format=fixed", body), raw("text/plain; charset=utf-8; format=flowed", body+" "),
	} {
		if other.Fingerprint() == same.Fingerprint() {
			t.Errorf("%q is the same payload", other.Bytes())
		}
	}
	if got := string(raw("application/octet-stream", "\xff 1.0 ").Bytes()); got != "\xff 1.0 " {
		t.Errorf("the bytes became %q", got)
	}
	if raw("text/plain", "").Fingerprint() == raw("text/html", "").Fingerprint() {
		t.Error("nothing of one type is nothing of another")
	}
	for _, media := range []string{"", ";", "text/", "text/plain; charset", "text/plain; a=1; a=2", "te xt/plain", "text/plain; charset=\"", "text/plain; *0=x", "application/json", "Application/JSON; charset=utf-8"} {
		if _, err := nonbis.NewPayload(nonbis.Raw{MediaType: media}); !errors.Is(err, nonbis.ErrInvalid) {
			t.Errorf("%q: %v", media, err)
		}
	}
}

func TestAPayloadOfJSONIsNotOneOfItsText(t *testing.T) {
	parsed, err := nonbis.NewPayload(jsontext.Value(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, media := range []string{"text/plain", "application/vnd.api+json"} {
		text, err := nonbis.NewPayload(nonbis.Raw{MediaType: media, Bytes: parsed.Bytes()})
		if err != nil || text.Fingerprint() == parsed.Fingerprint() {
			t.Errorf("%s: %v", media, err)
		}
	}
	quoted, err := nonbis.NewPayload([]byte(`{"a":1}`)) // Go's bytes are a string in base64
	if err != nil || quoted.Fingerprint() == parsed.Fingerprint() {
		t.Errorf("bytes: %v", err)
	}
}
