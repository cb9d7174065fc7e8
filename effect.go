package nonbis

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Effect describes one thing to be done to the outside world, once.
type Effect struct {
	// Task is the unit of work that the effect belongs to: the same string on every
	// retry ("weekly-report-2026-47"), never an execution or attempt id. It may come
	// from [WithTask] instead.
	Task string
	// Operation is the kind of thing, such as "slack.chat.postMessage". It is
	// permanent once published.
	Operation string
	// Payload is everything that is sent; see [NewPayload].
	Payload any
	// Identity names the fields of the payload (JSON Pointers) that say which effect
	// this is. Without any, or when one is missing, it is the whole payload.
	Identity []string
	// Key is the caller's own idempotency key. Beside a task it is an alias; without
	// one it is the identity.
	Key string
	// Repeat names a deliberate repetition ("second"); it is a name, not a flag: the
	// same name again is the same effect.
	Repeat string
	// Summary is shown to people beside the effect. It is no part of what the
	// effect is, and must hold no secret. At most MaxSummary bytes are kept.
	Summary string
	// Terms overrides what was registered for the operation.
	Terms *Terms
}

// The longest names, in bytes.
const (
	MaxTask      = 512
	MaxOperation = 128
	MaxNamespace = 128
	MaxRepeat    = 128
	MaxKey       = 512
)

// MaxSummary is the most bytes of a summary that are kept.
const MaxSummary = 1024

// MaxPayload is the most bytes of a payload in canonical form, 64 MiB.
const MaxPayload = 64 << 20

type taskKey struct{}

// WithTask returns a context whose effects belong to task unless they name one.
func WithTask(ctx context.Context, task string) context.Context {
	return context.WithValue(ctx, taskKey{}, task)
}

// Describe derives what names the effect and what it sends, without any I/O. It
// returns ErrInvalid when the effect is not well formed.
func (e Effect) Describe(namespace string) (Name, Payload, error) {
	if e.Task == "" && e.Key == "" {
		return Name{}, Payload{}, Errorf(ErrInvalid, "an effect needs a task or a key: set Effect.Task, WithTask, or Effect.Key, to a string that is the same on every retry")
	}
	for _, f := range []struct {
		name, value string
		most        int
		required    bool
	}{
		{"namespace", namespace, MaxNamespace, true},
		{"task", e.Task, MaxTask, false},
		{"operation", e.Operation, MaxOperation, true},
		{"key", e.Key, MaxKey, false},
		{"repeat", e.Repeat, MaxRepeat, false},
	} {
		if err := checkName(f.name, f.value, f.most, f.required); err != nil {
			return Name{}, Payload{}, err
		}
	}
	payload, err := NewPayload(e.Payload)
	if err != nil {
		return Name{}, Payload{}, err
	}
	if n := len(payload.Bytes()); n > MaxPayload {
		return Name{}, Payload{}, Errorf(ErrInvalid, "payload: %d bytes are too many: at most %d", n, MaxPayload)
	}
	identity, err := payload.Identity(e.Identity)
	if err != nil {
		return Name{}, Payload{}, err
	}
	if e.Task == "" {
		identity = identityOf(IdentityKey, e.Key)
	}
	return Name{
		Namespace: namespace, Task: e.Task, Operation: e.Operation,
		Identity: identity, Repeat: e.Repeat, Occurrence: 1,
	}, payload, nil
}

// invisible reports whether c shows nothing, or changes how others are shown.
// unicode.IsPrint knows most; the rest are letters and marks that are blank.
func invisible(c rune) bool {
	switch c {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0:
		return true
	}
	return !unicode.IsPrint(c) || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef)
}

// checkName refuses what would be cut, hidden or shown as something else.
func checkName(field, s string, most int, required bool) error {
	switch {
	case s == "" && required:
		return Errorf(ErrInvalid, "the %s is empty", field)
	case len(s) > most:
		return Errorf(ErrInvalid, "the %s is %d bytes long: at most %d", field, len(s), most)
	case !utf8.ValidString(s):
		return Errorf(ErrInvalid, "the %s is not valid UTF-8", field)
	case strings.ContainsFunc(s, invisible):
		return Errorf(ErrInvalid, "the %s has characters that cannot be seen: %q", field, shorten(s, 80))
	case s != strings.TrimSpace(s):
		return Errorf(ErrInvalid, "the %s begins or ends with a space: %q", field, shorten(s, 80))
	}
	return nil
}
