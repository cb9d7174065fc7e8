package nonbis_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nonbis/nonbis"
)

func identity(t *testing.T, document string, pointers ...string) nonbis.Identity {
	t.Helper()
	p, err := nonbis.NewPayload(jsontext.Value(document))
	if err != nil {
		t.Fatal(err)
	}
	id, err := p.Identity(pointers)
	if err != nil {
		t.Fatalf("%q: %v", pointers, err)
	}
	return id
}

// What a pointer finds is shown by a document that holds nothing else there.
func TestWhatPointersFind(t *testing.T) {
	const document = `{"a":1.0,"b":{"c":[10,{"d":"x"},[true]],"0":"zero","":"empty","-":5},"n":null,"a/b":2,"m~n":3,"~1":4," ":6,"é":7,"01":8,"x\"y":9,"A":11}`
	tests := []struct {
		pointer, want string // "" when it finds nothing
	}{
		{"/a", "1"},
		{"/A", "11"},
		{"/n", "null"},
		{"/b/c", `[10,{"d":"x"},[true]]`},
		{"/b/c/0", "10"},
		{"/b/c/1", `{"d":"x"}`},
		{"/b/c/1/d", `"x"`},
		{"/b/c/2/0", "true"},
		{"/b/0", `"zero"`},
		{"/b/", `"empty"`},
		{"/b/-", "5"},
		{"/a~1b", "2"},
		{"/m~0n", "3"},
		{"/~01", "4"},
		{"/ ", "6"},
		{"/é", "7"},
		{"/01", "8"},
		{`/x"y`, "9"},

		{"/c", ""},
		{"/", ""},
		{"/a/b", ""},
		{"/a/0", ""},
		{"/n/x", ""},
		{"/b/c/3", ""},
		{"/b/c/-", ""},
		{"/b/c/01", ""},
		{"/b/c/00", ""},
		{"/b/c/-1", ""},
		{"/b/c/+1", ""},
		{"/b/c/1.0", ""},
		{"/b/c/ 1", ""},
		{"/b/c/", ""},
		{"/b/c/18446744073709551616", ""},
		{"/b/c/1/d/0", ""},
		{"/b//c", ""},
		{"/a/", ""},
		{"/%61", ""},
		{`/\u0061`, ""},
		{"/a~1", ""},
		{"/e\u0301", ""},
	}
	whole := identity(t, document)
	if whole.Kind != nonbis.IdentityPayload {
		t.Fatalf("without pointers the kind is %d", whole.Kind)
	}
	for _, tt := range tests {
		got := identity(t, document, tt.pointer)
		want := whole
		if tt.want != "" {
			want.Kind = nonbis.IdentityFields
			copy(want.Digest[:], sum(tuple(tt.pointer, tt.want)))
		}
		if got != want {
			t.Errorf("%s: kind %d, want %d (%s)", tt.pointer, got.Kind, want.Kind, tt.want)
		}
	}
}

func TestThePointerOfNoCharactersFindsTheWholeDocument(t *testing.T) {
	for _, document := range []string{`{"a":1}`, `[]`, `null`, `"x"`, `1`} {
		whole, named := identity(t, document), identity(t, document, "")
		want := nonbis.Identity{Kind: nonbis.IdentityFields}
		copy(want.Digest[:], sum(tuple("", document)))
		if named != want || named == whole {
			t.Errorf("%s: %+v", document, named)
		}
	}
}

func TestTheOrderOfPointersMeansNothing(t *testing.T) {
	const document = `{"a":1,"b":2,"c":3}`
	want := identity(t, document, "/a", "/b")
	for _, pointers := range [][]string{{"/b", "/a"}, {"/a", "/b", "/a"}, {"/b", "/b", "/a", "/a"}} {
		given := append([]string(nil), pointers...)
		if identity(t, document, pointers...) != want {
			t.Errorf("%v differ", pointers)
		}
		for i := range given {
			if given[i] != pointers[i] {
				t.Errorf("the caller's list was sorted: %v", pointers)
			}
		}
	}
	for _, other := range [][]string{{"/a"}, {"/b"}, {"/a", "/c"}, {"/a", "/b", "/c"}, {}} {
		if identity(t, document, other...) == want {
			t.Errorf("%v is the same", other)
		}
	}
	if identity(t, `{"a":2,"b":1}`, "/a", "/b") == identity(t, `{"a":1,"b":2}`, "/a", "/b") {
		t.Error("values may be swapped")
	}
}

func TestIdentityIsByFieldsAndNotByTheRest(t *testing.T) {
	same := identity(t, `{"order":{"id":1,"at":"x"},"text":"hello"}`, "/order")
	if identity(t, `{"text":"other","more":[1],"order":{"at":"\u0078","id":1.0}}`, "/order") != same {
		t.Error("what was not named counts")
	}
	for _, other := range []string{`{"order":{"id":2,"at":"x"}}`, `{"order":{"id":"1","at":"x"}}`, `{"order":{"id":1}}`, `{"order":null}`} {
		if identity(t, other, "/order") == same {
			t.Errorf("%s is the same", other)
		}
	}
}

func TestAMissingFieldMakesThePayloadTheIdentity(t *testing.T) {
	const document = `{"a":1,"b":null}`
	if identity(t, document, "/a", "/missing") != identity(t, document) || identity(t, document, "/missing", "/a") != identity(t, document) {
		t.Error("a field that is not there is left out")
	}
	if got := identity(t, document, "/a", "/b"); got.Kind != nonbis.IdentityFields || got == identity(t, document, "/a") {
		t.Error("null is not there")
	}
	if identity(t, `{"a":1,"b":2}`, "/missing") == identity(t, `{"a":1,"b":3}`, "/missing") {
		t.Error("two payloads without the field are one effect")
	}
	raw, err := nonbis.NewPayload(nonbis.Raw{MediaType: "text/plain", Bytes: []byte(document)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := raw.Identity([]string{"/a"}); err != nil || got != (nonbis.Identity{Digest: raw.Fingerprint()}) {
		t.Errorf("what is not JSON has no fields: %+v, %v", got, err)
	}
}

func TestMalformedPointers(t *testing.T) {
	raw, err := nonbis.NewPayload(nonbis.Raw{MediaType: "text/plain"})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := nonbis.NewPayload(map[string]int{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"a", "a/b", "#/a", "$.a", "/~", "/~2", "/a~", "/a/~a", "/\xff", " /a", strings.Repeat("a", 1<<20)} {
		for _, p := range []nonbis.Payload{raw, doc} {
			for _, pointers := range [][]string{{bad}, {"/a", bad}, {"/missing", bad}} {
				id, err := p.Identity(pointers)
				if !errors.Is(err, nonbis.ErrInvalid) || id != (nonbis.Identity{}) || len(err.Error()) > 300 {
					t.Errorf("%.20q: %+v, %.300v", bad, id, err)
				}
			}
		}
	}
}

func TestDeepDocumentsCanBePointedInto(t *testing.T) {
	const depth = 5000
	document := strings.Repeat(`{"a":[`, depth) + "7" + strings.Repeat("]}", depth)
	want := nonbis.Identity{Kind: nonbis.IdentityFields}
	pointer := strings.Repeat("/a/0", depth)
	copy(want.Digest[:], sum(tuple(pointer, "7")))
	if got := identity(t, document, pointer); got != want {
		t.Errorf("kind %d", got.Kind)
	}
}
