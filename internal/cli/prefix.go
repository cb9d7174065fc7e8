package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/nonbis/nonbis"
)

// shownPrefix is how many characters of an id are shown at least, after "nb_":
// among a million effects two share them once in a thousand ledgers.
const shownPrefix = 10

// candidates is how many ids an ambiguous prefix names.
const candidates = 4

// checkID reports whether text can name an effect; it returns a usageError.
func checkID(text string) error {
	if _, _, err := nonbis.IDRange(text); err != nil {
		return &usageError{err}
	}
	return nil
}

// find returns the effect of the namespace that text names: an id, or the
// beginning of one that no other has, with or without "nb_". It has passed checkID.
func (s *session) find(ctx context.Context, text string) (*nonbis.Record, error) {
	if id, err := nonbis.ParseID(text); err == nil {
		return s.guard.Get(ctx, id)
	}
	low, high, err := nonbis.IDRange(text)
	if err != nil {
		return nil, &usageError{err}
	}
	page, err := s.guard.List(ctx, nonbis.Query{Low: low, High: high, Limit: candidates})
	switch {
	case err != nil:
		return nil, err
	case len(page.Records) == 0:
		return nil, nonbis.Errorf(nonbis.ErrNotFound, "no effect of the namespace %s begins with %s", s.namespace, text)
	case len(page.Records) > 1:
		return nil, s.ambiguous(ctx, text, page)
	}
	return page.Records[0], nil
}

func (s *session) ambiguous(ctx context.Context, text string, page nonbis.Page) error {
	names := make([]string, len(page.Records))
	for i, r := range page.Records {
		names[i] = fmt.Sprintf("%s (%s)", s.short(ctx, r.ID), r.State)
	}
	more := ""
	if page.Next != "" {
		more = " and more"
	}
	return nonbis.Errorf(nonbis.ErrInvalid, "%s is the beginning of several ids: %s%s", text, strings.Join(names, ", "), more)
}

// short is the shortest beginning of an id that is long enough to be remembered
// and that no other effect of the namespace has.
func (s *session) short(ctx context.Context, id nonbis.ID) string {
	full := id.String()
	for n := len("nb_") + shownPrefix; n < len(full); n += 2 {
		low, high, err := nonbis.IDRange(full[:n])
		if err != nil {
			break
		}
		page, err := s.ledger.List(ctx, nonbis.Query{Namespace: s.namespace, Low: low, High: high, Limit: 2})
		if err == nil && len(page.Records) < 2 {
			return full[:n]
		}
	}
	return full
}
