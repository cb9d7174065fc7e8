package nonbis

import (
	"crypto/sha256"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"mime"
	"sort"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Raw is a payload of another kind than JSON: it is identified by its media type
// and its exact bytes.
type Raw struct {
	MediaType string // as in Content-Type; parameters count
	Bytes     []byte
}

// Payload is what an effect sends, in the one form that all spellings of the
// same content share. Two different contents never have the same form.
type Payload struct {
	mediaType string
	bytes     []byte
}

const mediaJSON = "application/json"

// NewPayload brings v into canonical form. A [Raw] is taken as it is; anything
// else is encoded as JSON (a [jsontext.Value], a [json.RawMessage] and other
// marshalers give their own) and canonicalized: members sorted by name as in
// RFC 8785, numbers exact in the number format of that RFC. It returns
// ErrInvalid for duplicate names, invalid UTF-8, numbers beyond the range of a
// float64, and values that cannot be encoded.
func NewPayload(v any) (Payload, error) {
	if raw, ok := v.(Raw); ok {
		media, params, err := mime.ParseMediaType(raw.MediaType)
		form := mime.FormatMediaType(media, params)
		if err != nil || form == "" {
			return Payload{}, Errorf(ErrInvalid, "payload: %q is not a media type", shorten(raw.MediaType, 80))
		}
		if media == mediaJSON {
			return Payload{}, Errorf(ErrInvalid, "payload: JSON is no Raw payload: give it as a jsontext.Value or a json.RawMessage")
		}
		return Payload{mediaType: form, bytes: raw.Bytes}, nil
	}
	b, err := encode(v)
	if err == nil {
		b, err = canonicalJSON(b)
	}
	if err != nil {
		return Payload{}, Errorf(ErrInvalid, "payload: %w", err)
	}
	return Payload{mediaType: mediaJSON, bytes: b}, nil
}

// encode is strict where encoding/json is not (invalid UTF-8, duplicate names),
// and like it writes a json.Number as a number.
func encode(v any) ([]byte, error) {
	if raw, ok := v.(jsontext.Value); ok {
		return raw.Clone(), nil // canonicalJSON says better what is wrong with it
	}
	return json.Marshal(v, json.WithMarshalers(json.MarshalToFunc(func(e *jsontext.Encoder, n stdjson.Number) error {
		if n == "" {
			n = "0"
		}
		v := jsontext.Value(n)
		if v.Kind() != '0' || !v.IsValid() || strings.ContainsAny(string(n), " \t\r\n") {
			return fmt.Errorf("%q is not a number", shorten(string(n), 40))
		}
		return e.WriteValue(v)
	})))
}

func canonicalJSON(b []byte) ([]byte, error) {
	v := jsontext.Value(b)
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)); err != nil {
		return nil, jsonProblem(err)
	}
	return exactNumbers(v)
}

// jsonProblem says where in the document the problem is, without the prefix of
// the library.
func jsonProblem(err error) error {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("invalid JSON at byte %d: %w", e.ByteOffset, e.Err)
	}
	return err
}

// Bytes is the canonical form. The caller must not change it.
func (p Payload) Bytes() []byte { return p.bytes }

// Fingerprint is the digest of the whole payload.
func (p Payload) Fingerprint() (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(appendTuple(nil, "nonbis payload 1", p.mediaType))
	h.Write(p.bytes)
	h.Sum(sum[:0])
	return sum
}

// Identity is the digest of the fields that the JSON Pointers (RFC 6901) name,
// in any order. It is the whole payload when there are no pointers, when one of
// them finds nothing, or when the payload is not JSON. It returns ErrInvalid
// for a malformed pointer.
func (p Payload) Identity(pointers []string) (Identity, error) {
	fields := make([]string, 0, 2*len(pointers))
	whole := len(pointers) == 0 || p.mediaType != mediaJSON
	sorted := append([]string(nil), pointers...)
	sort.Strings(sorted)
	for i, ptr := range sorted {
		if err := checkPointer(ptr); err != nil {
			return Identity{}, err
		}
		if whole || (i > 0 && ptr == sorted[i-1]) {
			continue
		}
		value, found := lookup(p.bytes, jsontext.Pointer(ptr))
		whole = whole || !found
		fields = append(fields, ptr, string(value))
	}
	if whole {
		return Identity{Kind: IdentityPayload, Digest: p.Fingerprint()}, nil
	}
	return identityOf(IdentityFields, fields...), nil
}

// identityOf digests parts under their kind.
func identityOf(kind IdentityKind, parts ...string) Identity {
	return Identity{Kind: kind, Digest: sha256.Sum256(appendTuple(nil, parts...))}
}

func checkPointer(ptr string) error {
	if !jsontext.Pointer(ptr).IsValid() {
		return Errorf(ErrInvalid, "identity: %q is not a JSON Pointer: want /field or /list/0, with ~0 for ~ and ~1 for /", shorten(ptr, 80))
	}
	return nil
}

// lookup returns the value at ptr in a canonical document.
func lookup(doc []byte, ptr jsontext.Pointer) (jsontext.Value, bool) {
	d := jsontext.NewDecoder(strings.NewReader(string(doc)))
	for token := range ptr.Tokens() {
		if !enter(d, token) {
			return nil, false
		}
	}
	v, err := d.ReadValue()
	return v, err == nil
}

// enter moves d to the member or element of the next value that token names.
func enter(d *jsontext.Decoder, token string) bool {
	begin, err := d.ReadToken()
	if err != nil || (begin.Kind() != '{' && begin.Kind() != '[') {
		return false
	}
	for i := 0; d.PeekKind() != '}' && d.PeekKind() != ']'; i++ {
		name := fmt.Sprint(i)
		if begin.Kind() == '{' {
			t, err := d.ReadToken()
			if err != nil {
				return false
			}
			name = t.String()
		}
		if name == token {
			return true
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}
