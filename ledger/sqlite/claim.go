package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/nonbis/nonbis"
)

// Claim implements [nonbis.Ledger]. Its intents are part of one group commit, but
// for the first ones that are answered by what this process knows to be applied.
func (l *Ledger) Claim(ctx context.Context, intents []nonbis.Intent) ([]nonbis.Claim, error) {
	claims := make([]nonbis.Claim, len(intents))
	drafts := make([]*draft, len(intents))
	replayed := 0
	for i := range intents {
		if replayed == i { // later ones may be about what an earlier one changes
			var ok bool
			if claims[i], ok = l.replay(ctx, &intents[i]); ok {
				replayed++
				continue
			}
		}
		if standsAlone(&intents[i]) {
			drafts[i], _ = draftClaim(encoder{names: l.names}, &intents[i], l.clock()) // nil when a name is new
		}
	}
	if replayed == len(intents) {
		return claims, nil
	}
	err := l.submit(ctx, func(ctx context.Context, w *writer) error {
		for i := replayed; i < len(intents); i++ {
			var err error
			if claims[i], err = w.claim(ctx, intents[i], drafts[i]); err != nil {
				return err
			}
		}
		// failpoint: claim-in-transaction
		return nil
	})
	if err != nil {
		return nil, err // the writer may still hold the drafts
	}
	// failpoint: claim-committed
	for i := replayed; i < len(intents); i++ {
		drafts[i].free()
		claims[i].Record = claims[i].Record.Clone() // it is remembered
	}
	return claims, nil
}

func (w *writer) claim(ctx context.Context, in nonbis.Intent, d *draft) (nonbis.Claim, error) {
	suspect, err := w.ledger.epoch.suspected(ctx, w.conn)
	if err != nil {
		return nonbis.Claim{}, err
	}
	if standsAlone(&in) && !suspect {
		if !d.usable(w.began) {
			if d, err = draftClaim(w.encoder(ctx), &in, w.ledger.clock()); err != nil {
				return nonbis.Claim{}, err
			}
		}
		// Most effects are new: one statement tells, and makes it so.
		switch r, err := w.insert(ctx, d.row.Record, d.args); {
		case err == nil:
			return nonbis.Claim{Verdict: d.verdict, Record: r.Record}, w.wrote(ctx, r)
		case !errors.Is(err, errExists):
			return nonbis.Claim{}, err
		}
		// Most of the others are over: nothing will change, whatever its siblings do.
		known, err := w.get(ctx, d.row.ID)
		if err != nil {
			return nonbis.Claim{}, err
		}
		if known.Record != nil && known.State == nonbis.StateApplied {
			w.written = append(w.written, known) // as it was
			_, verdict := in.Decide(known.Record, d.at, suspect)
			return nonbis.Claim{Verdict: verdict, Record: known.Record}, nil
		}
	}
	return w.claimKnown(ctx, in, w.ledger.clock(), suspect)
}

// claimKnown is for an effect that may have a record, an alias, or siblings.
func (w *writer) claimKnown(ctx context.Context, in nonbis.Intent, now nonbis.Instant, suspect bool) (nonbis.Claim, error) {
	family, err := w.family(ctx, in.Name)
	if err != nil {
		return nonbis.Claim{}, err
	}
	in.Occurrence = in.NextOccurrence(last(family, in.Repeat), now)
	known, taken, err := w.find(ctx, in)
	if err != nil {
		return nonbis.Claim{}, err
	}
	if taken {
		in.Key = ""
	}
	next, verdict := in.Decide(known.Record, now, suspect)
	if next != nil {
		if known.Record != nil && known.Base != in.Base() { // reached by an alias
			if family, err = w.family(ctx, known.Name); err != nil {
				return nonbis.Claim{}, err
			}
		}
		for _, sibling := range family {
			if sibling.ID != next.ID && sibling.State.Open() {
				return nonbis.Claim{Verdict: nonbis.Blocked, Record: sibling}, nil
			}
		}
	}
	next = in.AddAlias(known.Record, next, verdict, now)
	if next == nil {
		return nonbis.Claim{Verdict: verdict, Record: known.Record}, nil
	}
	if known.Record == nil {
		var args *values
		if args, err = w.encoder(ctx).inserted(next); err == nil {
			known, err = w.insert(ctx, next, args)
		}
	} else {
		err = w.update(ctx, known, next)
	}
	if err != nil {
		return nonbis.Claim{}, err
	}
	return nonbis.Claim{Verdict: verdict, Record: next}, w.wrote(ctx, row{known.n, next})
}

// last is the latest occurrence under this repeat.
func last(family []*nonbis.Record, repeat string) (last *nonbis.Record) {
	for _, r := range family {
		if r.Repeat == repeat && (last == nil || r.Occurrence > last.Occurrence) {
			last = r
		}
	}
	return last
}

// family are all repeats and occurrences of what is named.
func (w *writer) family(ctx context.Context, name nonbis.Name) ([]*nonbis.Record, error) {
	family, err := w.variants(ctx, name.Base())
	if err != nil {
		return nil, err
	}
	name.Repeat, name.Occurrence = "", 1 // the original
	r, err := w.get(ctx, name.ID())
	if err != nil || r.Record == nil || slices.ContainsFunc(family, func(v *nonbis.Record) bool { return v.ID == r.ID }) {
		return family, err
	}
	return append(family, r.Record), nil
}

// variants are the records of a base that effects_variants knows.
func (w *writer) variants(ctx context.Context, base nonbis.ID) (records []*nonbis.Record, err error) {
	rows, err := w.conn.QueryContext(ctx, selectColumns+"WHERE base = ? AND (repeat IS NOT NULL OR scope IN (1, 2))", base[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		_, r, err := w.decoder().scan(ctx, rows)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

// find is the record that the intent is about: the one that its key names, or
// the one of its id. taken says that the key names another effect than this one.
func (w *writer) find(ctx context.Context, in nonbis.Intent) (r row, taken bool, err error) {
	own, err := w.get(ctx, in.Name.ID())
	if err != nil || in.Key == "" {
		return own, false, err
	}
	var n int64
	err = w.conn.QueryRowContext(ctx, "SELECT effect FROM aliases WHERE digest = ?", aliasDigest(in.Namespace, in.Operation, in.Key)).Scan(&n)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return own, false, nil
	case err != nil || n == own.n:
		return own, false, err
	case own.Record != nil && own.State != nonbis.StateNotApplied:
		return own, true, nil // what the effect itself has come to outranks its other name
	}
	_, named, err := w.decoder().scan(ctx, w.conn.QueryRowContext(ctx, selectColumns+"WHERE n = ?", n))
	return row{n, named}, false, err
}
