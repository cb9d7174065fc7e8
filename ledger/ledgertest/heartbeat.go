package ledgertest

import (
	"time"

	"github.com/nonbis/nonbis"
)

// beat prolongs the owner's lease.
func (s specimen) beat() nonbis.Beat {
	return nonbis.Beat{ID: s.r.ID, Fence: s.fence, Token: s.Token, Lease: lease}
}

// beat makes one heartbeat.
func (l *lab) beat(b nonbis.Beat) error {
	l.t.Helper()
	errs, err := l.ledger.Heartbeat(l.t.Context(), []nonbis.Beat{b})
	if err != nil || len(errs) != 1 {
		l.t.Fatalf("heartbeat: %d answers to one beat, error %v", len(errs), err)
	}
	return errs[0]
}

// heartbeats tests who may prolong a lease, and how far.
func heartbeats(l *lab) {
	l.run("a claim is kept for as long as its owner beats", func(l *lab) {
		s := l.bring("claimed", func(in *nonbis.Intent) { in.Deadline = 0 })
		for range 10 {
			l.clock.pass(lease - 1)
			if err := l.beat(s.beat()); err != nil {
				l.t.Fatal(err)
			}
		}
		l.clock.pass(lease - 1)
		l.wantClaim(l.claim(another(s.Intent)), nonbis.Existing, nonbis.StateClaimed)
		l.clock.pass(1)
		l.wantNext(s, another(s.Intent))
	})
	l.run("a send is not lapsed while its owner beats", func(l *lab) {
		s := l.bring("sending")
		l.clock.pass(lease - 1)
		if err := l.beat(s.beat()); err != nil {
			l.t.Fatal(err)
		}
		l.clock.pass(lease - 1)
		l.wantAdvance(l.get(s.r.ID), s.event(nonbis.EventLapse), "!stale")
		l.clock.pass(1)
		l.wantAdvance(l.get(s.r.ID), s.event(nonbis.EventLapse), "unknown")
	})
	l.run("the lease is counted from now, so it may be cut short", func(l *lab) {
		s := l.bring("sending")
		b := s.beat()
		b.Lease = time.Second
		if err := l.beat(b); err != nil {
			l.t.Fatal(err)
		}
		l.clock.pass(time.Second)
		l.wantAdvance(l.get(s.r.ID), s.event(nonbis.EventLapse), "unknown")
	})
	l.run("no heartbeat goes beyond the deadline", func(l *lab) {
		s := l.bring("sending")
		for range 5 {
			l.clock.pass(patience / 5)
			_ = l.beat(s.beat())
		}
		l.wantAdvance(l.get(s.r.ID), s.event(nonbis.EventLapse), "unknown")
	})
	l.run("nor after a restart", func(l *lab) {
		s := l.bring("sending")
		l.clock.reboot()
		l.clock.pass(patience)
		_ = l.beat(s.beat())
		l.wantAdvance(l.get(s.r.ID), s.event(nonbis.EventLapse), "unknown")
	})
	for _, condition := range conditions {
		l.run("who may beat: "+condition, func(l *lab) {
			s := l.bring(condition)
			held := s.r.State == nonbis.StateClaimed || s.r.State == nonbis.StateSending
			beats := []nonbis.Beat{s.beat(), s.beat(), s.beat(), s.beat(), s.beat()}
			beats[0].Fence++
			beats[1].Token = nonbis.NewToken()
			beats[2].Token = nonbis.Token{}
			beats[3].ID = hash("nobody")
			errs, err := l.ledger.Heartbeat(l.t.Context(), beats)
			if err != nil || len(errs) != len(beats) {
				l.t.Fatalf("%d answers, error %v", len(errs), err)
			}
			for i := range 3 {
				l.wantErr(errs[i], nonbis.ErrStale, s.r.ID)
			}
			l.wantErr(errs[3], nonbis.ErrNotFound, beats[3].ID)
			if held && errs[4] != nil {
				l.t.Fatal(errs[4])
			}
			if !held {
				l.wantErr(errs[4], nonbis.ErrStale, s.r.ID)
				l.wantSame(s.r)
			}
		})
	}
	l.run("an owner that was overtaken cannot beat", func(l *lab) {
		s := l.bring("claimed")
		l.clock.pass(lease)
		next := l.start(another(s.Intent))
		l.wantErr(l.beat(s.beat()), nonbis.ErrStale, s.r.ID)
		l.wantSame(next.r)
	})
	l.run("no beat, no answer", func(l *lab) {
		if errs, err := l.ledger.Heartbeat(l.t.Context(), nil); err != nil || len(errs) != 0 {
			l.t.Errorf("%v, error %v", errs, err)
		}
	})
}
