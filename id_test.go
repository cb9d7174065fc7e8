package nonbis_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/nonbis/nonbis"
)

// What follows is docs/id.md once more, by other hands. It shares no code with
// the package.

func tuple(parts ...string) (b []byte) {
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return b
}

func sum(b ...[]byte) string {
	s := sha256.Sum256(bytes.Join(b, nil))
	return string(s[:])
}

func base32Of(s string) string {
	return strings.ToLower(strings.TrimRight(base32.StdEncoding.EncodeToString([]byte(s)), "="))
}

// named is what an id is derived from.
type named struct {
	namespace, task, operation, kind, digest, repeat string
	occurrence                                       int
}

func (n named) id() string {
	return sum(tuple("nonbis id 1", "effect", n.namespace, n.task, n.operation, n.kind, n.digest, n.repeat, strconv.Itoa(n.occurrence)))
}

func (n named) base() string {
	return sum(tuple("nonbis id 1", "base", n.namespace, n.task, n.operation, n.kind, n.digest))
}

func providerKey(id string, generation int) string {
	return "nbk_" + base32Of(sum(tuple("nonbis provider key 1", id, strconv.Itoa(generation)))[:20])
}

// table returns the rows of the table of docs/id.md that follows the mark.
func table(t *testing.T, mark string) (rows [][]string) {
	t.Helper()
	doc, err := os.ReadFile("docs/id.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(doc), "<!-- "+mark+" -->\n")
	if !found {
		t.Fatalf("docs/id.md has no table of %s", mark)
	}
	for line := range strings.Lines(after) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows[2:] // without the heading
}

var quoted = regexp.MustCompile("`([^`]*)`")

func TestTheVectorsOfTheDocumentation(t *testing.T) {
	empty := func(s string) string { return strings.ReplaceAll(s, "·", "") }
	rows := table(t, "vectors")
	if len(rows) < 10 {
		t.Fatalf("only %d vectors", len(rows))
	}
	seen := map[string]string{}
	for _, c := range rows {
		e := nonbis.Effect{Task: empty(c[1]), Operation: c[2], Repeat: empty(c[5])}
		media, body, _ := strings.Cut(strings.TrimSuffix(c[3], "`"), "`")
		if media = strings.TrimSpace(media); media == "" {
			e.Payload = jsontext.Value(body)
		} else {
			e.Payload = nonbis.Raw{MediaType: media, Bytes: []byte(body)}
		}
		if key, ok := strings.CutPrefix(c[4], "key "); ok {
			e.Key = key
		} else {
			for _, p := range quoted.FindAllStringSubmatch(c[4], -1) {
				e.Identity = append(e.Identity, strings.Trim(p[1], `"`))
			}
		}
		name, payload, err := e.Describe(c[0])
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		name.Occurrence, _ = strconv.Atoi(c[6])
		generation, _ := strconv.Atoi(c[7])
		got := []string{"`" + name.ID().String() + "`", "`" + name.Base().String() + "`", "`" + name.ID().ProviderKey(generation) + "`"}
		if !slices.Equal(got, c[8:]) {
			t.Errorf("%v\n got %v\nwant %v", c[:8], got, c[8:])
		}

		// By other hands.
		n := named{c[0], e.Task, e.Operation, "0", sum(tuple("nonbis payload 1", "application/json"), payload.Bytes()), e.Repeat, name.Occurrence}
		switch {
		case e.Key != "":
			n.kind, n.digest = "2", sum(tuple(e.Key))
		case media != "":
			n.digest = sum(tuple("nonbis payload 1", "text/csv; charset=UTF-8"), payload.Bytes())
		case len(e.Identity) > 0 && !slices.Contains(e.Identity, "/customer"): // no document has it
			n.kind, n.digest = "1", sum(tuple(fieldsByHand(t, payload.Bytes(), e.Identity)...))
		}
		own := []string{"`nb_" + base32Of(n.id()) + "`", "`nb_" + base32Of(n.base()) + "`", "`" + providerKey(n.id(), generation) + "`"}
		if !slices.Equal(own, c[8:]) {
			t.Errorf("by other hands: %v\n got %v\nwant %v", c[:8], own, c[8:])
		}
		what := strings.Join(append(c[:3:3], c[4:7]...), " ")
		if before, ok := seen[c[8]]; ok && before != what {
			t.Errorf("two effects have the id %s: %s, %s", c[8], before, what)
		}
		seen[c[8]] = what
	}
}

// fieldsByHand knows the few documents of the vectors.
func fieldsByHand(t *testing.T, canonical []byte, pointers []string) (fields []string) {
	t.Helper()
	for _, p := range slices.Compact(slices.Sorted(slices.Values(pointers))) {
		value, ok := map[string]string{"/currency": `"eur"`, "/é": `"\n"`, "/a~1b/~0/1": "20.5", "": string(canonical)}[p]
		if p == "/order" {
			value, ok = `"4711"`, true
			if bytes.Contains(canonical, []byte(`"order":null`)) {
				value = "null"
			}
		}
		if !ok {
			t.Fatalf("what does %s find?", p)
		}
		fields = append(fields, p, value)
	}
	return fields
}

func drawNamed() *rapid.Generator[named] {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "1", "\x00", "default", "ab"}), rapid.String())
	return rapid.Custom(func(t *rapid.T) named {
		return named{
			namespace: text.Draw(t, "namespace"), task: text.Draw(t, "task"), operation: text.Draw(t, "operation"),
			kind:       strconv.Itoa(rapid.IntRange(0, 255).Draw(t, "kind")),
			digest:     string(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest")),
			repeat:     text.Draw(t, "repeat"),
			occurrence: rapid.IntMin(1).Draw(t, "occurrence"),
		}
	})
}

func (n named) name() nonbis.Name {
	kind, _ := strconv.Atoi(n.kind)
	name := nonbis.Name{
		Namespace: n.namespace, Task: n.task, Operation: n.operation,
		Identity: nonbis.Identity{Kind: nonbis.IdentityKind(kind)}, Repeat: n.repeat, Occurrence: n.occurrence,
	}
	copy(name.Identity.Digest[:], n.digest)
	return name
}

func TestAnIDIsDerivedAsDocumented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNamed().Draw(t, "name")
		id, base := n.name().ID(), n.name().Base()
		if string(id[:]) != n.id() || string(base[:]) != n.base() || id == base {
			t.Fatalf("id %s, base %s", id, base)
		}
		g := rapid.IntRange(0, 1000).Draw(t, "generation")
		if key := id.ProviderKey(g); key != providerKey(n.id(), g) || len(key) != 36 || key == id.ProviderKey(g+1) {
			t.Fatalf("provider key %s", key)
		}
		other := drawNamed().Draw(t, "other")
		if (n == other) != (id == other.name().ID()) {
			t.Fatalf("%+v and %+v", n, other)
		}
		other = n
		other.repeat, other.occurrence = n.repeat+"x", n.occurrence+1
		if other.name().Base() != base || other.name().ID() == id {
			t.Fatal("a repeat has another base")
		}
	})
}

func TestAnIDHasOneText(t *testing.T) {
	full := strings.Repeat("a", 51)
	for _, ok := range []string{"nb_" + full + "a", "nb_" + full + "q", "nb_" + strings.Repeat("7", 51) + "q"} {
		id, err := nonbis.ParseID(ok)
		if err != nil || id.String() != ok {
			t.Errorf("%s reads as %s, %v", ok, id, err)
		}
		var back nonbis.ID
		if b, err := json.Marshal(id); err != nil || json.Unmarshal(b, &back) != nil || back != id || string(b) != `"`+ok+`"` {
			t.Errorf("%s is written as %s and reads as %s", ok, b, back)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "the prefix alone": "nb_", "a shorter one": "nb_" + full, "a longer one": "nb_" + full + "aa",
		"without its prefix": full + "aaaa", "another prefix": "nc_" + full + "a", "two prefixes": "nb_nb_" + full[3:] + "a",
		"upper case": strings.ToUpper("nb_" + full + "a"), "an upper-case prefix": "NB_" + full + "a", "one upper-case letter": "nb_A" + full,
		"padding": "nb_" + full + "a====", "padding in place": "nb_" + full + "=", "an unused bit": "nb_" + full + "b",
		"all unused bits": "nb_" + full + "7", "a digit of no meaning": "nb_1" + full, "a newline within": "nb_" + full[1:] + "\na",
		"a newline behind": "nb_" + full + "a\n", "a space before": " nb_" + full + "a", "a dash": "nb_-" + full,
		"letters that look alike": "nb_\u0430" + full[1:], "a provider key": "nbk_" + strings.Repeat("a", 32), "a novel": strings.Repeat("nb_", 1<<20),
	} {
		id, err := nonbis.ParseID(text)
		if !errors.Is(err, nonbis.ErrInvalid) || !id.IsZero() || len(err.Error()) > 300 {
			t.Errorf("%s: %s, %.300v", name, id, err)
		}
		if err := id.UnmarshalText([]byte(text)); !errors.Is(err, nonbis.ErrInvalid) {
			t.Errorf("%s as text: %v", name, err)
		}
	}
}

func TestAnIDRangeHasTheIDsWithThePrefix(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) (id nonbis.ID) {
		copy(id[:], rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]byte{0, 0xff}), rapid.Byte()), 32, 32).Draw(t, "id"))
		return id
	})
	within := func(low, high, id nonbis.ID) bool {
		return bytes.Compare(low[:], id[:]) <= 0 && bytes.Compare(id[:], high[:]) <= 0
	}
	// step is the next id, or the one before.
	step := func(id nonbis.ID, by byte) (next nonbis.ID, ok bool) {
		for i := len(id) - 1; i >= 0; i-- {
			if id[i] += by; id[i] != map[byte]byte{1: 0, 255: 255}[by] {
				return id, true
			}
		}
		return id, false
	}
	rapid.Check(t, func(t *rapid.T) {
		id, other := draw.Draw(t, "id"), draw.Draw(t, "other")
		for n := 1; n <= 52; n++ {
			prefix := id.String()[:3+n]
			low, high, err := nonbis.IDRange(prefix)
			if err != nil || !within(low, high, id) {
				t.Fatalf("%s: from %s to %s, %v", prefix, low, high, err)
			}
			bareLow, bareHigh, err := nonbis.IDRange(prefix[3:])
			if err != nil || bareLow != low || bareHigh != high {
				t.Fatalf("without nb_: %s, %s, %v", bareLow, bareHigh, err)
			}
			// The ends have the prefix, and what lies beside them has not.
			for _, in := range []nonbis.ID{low, high} {
				if !strings.HasPrefix(in.String(), prefix) {
					t.Fatalf("%s is in the range of %s", in, prefix)
				}
			}
			if before, ok := step(low, 255); ok && strings.HasPrefix(before.String(), prefix) {
				t.Fatalf("%s is not in the range of %s", before, prefix)
			}
			if after, ok := step(high, 1); ok && strings.HasPrefix(after.String(), prefix) {
				t.Fatalf("%s is not in the range of %s", after, prefix)
			}
			if within(low, high, other) != strings.HasPrefix(other.String(), prefix) {
				t.Fatalf("%s and the range of %s", other, prefix)
			}
		}
	})
	for _, bad := range []string{"", "nb_", "NB_a", "nb_A", "nb_1", "nb_a=", "nb_a b", "nb_*", "nb_" + strings.Repeat("a", 51) + "b", "nb_" + strings.Repeat("a", 53), "nb_nb_a", "ä"} {
		if low, high, err := nonbis.IDRange(bad); !errors.Is(err, nonbis.ErrInvalid) {
			t.Errorf("%q: %s, %s, %v", bad, low, high, err)
		}
	}
}
