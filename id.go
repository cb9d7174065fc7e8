package nonbis

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"
)

// ID names an effect: the SHA-256 of what makes it that effect and no other.
// Its text form is "nb_" and 52 characters of lower-case base32. docs/id.md
// has the derivation and test vectors; it never changes for published ids.
type ID [sha256.Size]byte

const (
	idPrefix  = "nb_"
	idVersion = "nonbis id 1"
)

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String returns the full text form, 55 characters.
func (id ID) String() string { return idPrefix + idEncoding.EncodeToString(id[:]) }

// IsZero reports whether id is unset.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText implements [encoding.TextMarshaler].
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseID].
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID(string(b))
	return err
}

// ParseID reads the full text form. It returns ErrInvalid for anything else,
// a prefix too: prefixes are looked up with [Ledger.List].
func ParseID(s string) (ID, error) {
	var id ID
	text, ok := strings.CutPrefix(s, idPrefix)
	if ok && len(text) == idEncoding.EncodedLen(len(id)) {
		// Decoding and encoding again refuses the unused bits of the last character.
		if _, err := idEncoding.Decode(id[:], []byte(text)); err == nil && id.String() == s {
			return id, nil
		}
	}
	return ID{}, Errorf(ErrInvalid, "%q is not an effect id: want %s and %d characters of a-z and 2-7",
		shorten(s, 80), idPrefix, idEncoding.EncodedLen(len(id)))
}

// IDRange returns the lowest and the highest id whose text form starts with
// prefix ("nb_" may be left out). It returns ErrInvalid when there is none.
func IDRange(prefix string) (low, high ID, err error) {
	text := strings.TrimPrefix(prefix, idPrefix)
	full := idEncoding.EncodedLen(len(low))
	if text == "" || len(text) > full || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return low, high, Errorf(ErrInvalid, "%q is not the beginning of an effect id", shorten(prefix, 80))
	}
	if len(text) == full {
		id, err := ParseID(idPrefix + text)
		return id, id, err
	}
	fill := func(c string) (id ID) {
		// The last character carries one bit: 'a' or 'q'. Decode drops the others.
		_, _ = idEncoding.Decode(id[:], []byte(text+strings.Repeat(c, full-len(text))))
		return id
	}
	return fill("a"), fill("7"), nil
}

// Identity is the digest of what distinguishes an effect from others of the
// same task and operation, with the way in which it was chosen.
type Identity struct {
	Kind   IdentityKind
	Digest [sha256.Size]byte
}

// IdentityKind tells what an [Identity] is a digest of.
type IdentityKind uint8

// The kinds of identity. Their values are stored; new ones go to the end.
const (
	IdentityPayload IdentityKind = iota // the whole payload
	IdentityFields                      // the fields that were named
	IdentityKey                         // the caller's key, given without a task
)

// Name is everything an id is derived from.
type Name struct {
	Namespace, Task, Operation string
	Identity                   Identity
	Repeat                     string
	Occurrence                 int // counted from 1
}

// ID derives the effect's id.
func (n Name) ID() ID {
	return n.digest("effect", n.Repeat, strconv.Itoa(n.Occurrence))
}

// Base derives the id that all repeats and occurrences have in common.
func (n Name) Base() ID { return n.digest("base") }

func (n Name) digest(what string, more ...string) ID {
	b := make([]byte, 0, 512)
	b = appendTuple(b, idVersion, what, n.Namespace, n.Task, n.Operation, strconv.Itoa(int(n.Identity.Kind)), string(n.Identity.Digest[:]))
	return sha256.Sum256(appendTuple(b, more...))
}

// appendTuple appends each part behind its length, so that no two different
// tuples are the same bytes.
func appendTuple(b []byte, parts ...string) []byte {
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(p))), p...)
	}
	return b
}

// ProviderKey is the idempotency key that is sent to the provider: the same for
// every attempt of one generation. 36 characters of a-z, 2-7 and '_', so that
// it fits every provider's limit; contracts may encode it further.
func (id ID) ProviderKey(generation int) string {
	sum := sha256.Sum256(appendTuple(nil, "nonbis provider key 1", string(id[:]), strconv.Itoa(generation)))
	return "nbk_" + idEncoding.EncodeToString(sum[:20])
}

// shorten cuts s for use in a message.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
