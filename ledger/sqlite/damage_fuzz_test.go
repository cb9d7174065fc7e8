package sqlite_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/ledger/sqlite"
)

// damaged is a small ledger and what stands beside it, as texts.
type damaged struct {
	ledger, epoch []byte
	intents       []nonbis.Intent
}

// small makes a ledger of a few effects: applied, unknown and in flight.
func small(tb testing.TB) (d damaged) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "ledger.db")
	l := openAt(tb, path, nil)
	for i, outcome := range []nonbis.Outcome{nonbis.OutcomeApplied, nonbis.OutcomeUnknown, nonbis.OutcomePending} {
		name, payload, err := nonbis.Effect{Task: "t", Operation: "test.pay", Payload: i}.Describe("default")
		if err != nil {
			tb.Fatal(err)
		}
		in := nonbis.Intent{Name: name, Fingerprint: payload.Fingerprint(), Token: nonbis.NewToken(), Lease: 1 << 40, Send: true}
		claims, err := l.Claim(tb.Context(), []nonbis.Intent{in})
		if err != nil {
			tb.Fatal(err)
		}
		a := claims[0].Record.Latest()
		if outcome != nonbis.OutcomePending {
			t := nonbis.Transition{ID: name.ID(), Event: nonbis.EventReport, Fence: a.Fence, Token: a.Token, Outcome: outcome, Result: nonbis.NewOutput([]byte(`"done"`), 99)}
			if done, err := l.Advance(tb.Context(), []nonbis.Transition{t}); err != nil || done[0].Err != nil {
				tb.Fatal(err, done)
			}
		}
		in.Token = nonbis.NewToken()
		d.intents = append(d.intents, in)
	}
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	var err error
	if d.ledger, err = os.ReadFile(path); err != nil {
		tb.Fatal(err)
	}
	if d.epoch, err = os.ReadFile(path + ".epoch"); err != nil {
		tb.Fatal(err)
	}
	return d
}

// put writes the ledger, with some bytes changed, into a folder of its own. Each
// change is two bytes of where and one of what.
func (d damaged) put(tb testing.TB, changes []byte, cut uint16) (path string) {
	tb.Helper()
	file := append([]byte(nil), d.ledger...)
	for ; len(changes) >= 3; changes = changes[3:] {
		file[int(binary.BigEndian.Uint16(changes))%len(file)] = changes[2]
	}
	path = filepath.Join(tb.TempDir(), "ledger.db")
	for name, text := range map[string][]byte{path: file[:len(file)-int(cut)%len(file)], path + ".epoch": d.epoch} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return path
}

// FuzzDamagedFile opens a ledger of which some bytes were changed. It works or it
// says what is wrong, and what it shows as applied, unknown or in flight it does
// not grant.
func FuzzDamagedFile(f *testing.F) {
	d := small(f)
	f.Add([]byte{}, uint16(0))
	f.Add([]byte{0, 0, 'X'}, uint16(0))
	f.Add([]byte{0x10, 0x08, 0xff, 0x20, 0x03, 0x07}, uint16(0))
	f.Add([]byte{}, uint16(5000))
	f.Add([]byte{}, uint16(1))
	f.Fuzz(func(t *testing.T, changes []byte, cut uint16) {
		ctx := context.Background()
		l, err := sqlite.Open(ctx, d.put(t, changes, cut), nil)
		check := func(err error) bool {
			if err != nil && nonbis.KindOf(err) == 0 {
				t.Errorf("an error without a kind: %v", err)
			}
			return err == nil
		}
		if !check(err) {
			return
		}
		defer func() { _ = l.Close() }()
		_, err = l.Verify(ctx)
		check(err)
		_, err = l.List(ctx, nonbis.Query{})
		check(err)
		_, err = l.History(ctx, nonbis.HistoryQuery{})
		check(err)
		for _, in := range d.intents {
			r, err := l.Get(ctx, in.Name.ID())
			if !check(err) {
				continue
			}
			claims, err := l.Claim(ctx, []nonbis.Intent{in})
			if check(err) && claims[0].Verdict == nonbis.Granted && (r.State == nonbis.StateApplied || r.State == nonbis.StateUnknown || r.State == nonbis.StateSending) {
				t.Errorf("what is %s was granted", r.State)
			}
		}
	})
}

// A record that cannot be read is not none: nothing is sent for it.
func TestARecordThatCannotBeReadIsNotGranted(t *testing.T) {
	d := small(t)
	path := d.put(t, nil, 0)
	spoil(t, path, "UPDATE effects SET attempts = 'x'")
	l := open(t, path)
	for _, in := range d.intents {
		claims, err := l.Claim(t.Context(), []nonbis.Intent{in})
		if !errors.Is(err, nonbis.ErrUnavailable) {
			t.Errorf("claims %+v, error %v", claims, err)
		}
	}
}
