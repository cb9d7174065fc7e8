package simulation_test

import (
	"context"
	"sync"
	"time"

	"github.com/nonbis/nonbis"
)

// settling tells resolvers that the ledger has changed, and what is open in it.
type settling struct {
	mu   sync.Mutex
	news chan struct{} // closed at the next change
	open []*nonbis.Record
	read bool // open is as of now
}

func newSettling() *settling { return &settling{news: make(chan struct{})} }

func (s *settling) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

// changed says that something may be due at another time than before.
func (w *world) changed() {
	s := w.settling
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.news)
	s.news = make(chan struct{})
	s.read = false
}

// open are the records that may still change by themselves. Nobody may change them.
func (w *world) open() []*nonbis.Record {
	s := w.settling
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.read {
		p, err := w.ledger.List(context.Background(), nonbis.Query{States: []nonbis.State{nonbis.StateClaimed, nonbis.StateSending, nonbis.StateUnknown}})
		if err != nil {
			panic(err) // it is in memory
		}
		s.open, s.read = p.Records, true
	}
	return s.open
}

// resolve runs the resolver of a process for a second whenever it may have
// something to do, until the process ends.
func (p *process) resolve() {
	r := p.w.chance.of("resolver " + p.name)
	for p.ctx.Err() == nil {
		news := p.w.settling.next()
		if wait, some := p.due(); !some || wait > 0 {
			if !some {
				wait = day
			}
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-news:
			case <-p.ctx.Done():
			}
			timer.Stop()
		}
		// Resolvers are not in step: each comes when its own second is over.
		phase := time.NewTimer(between(r, 0, 2*time.Second))
		select {
		case <-phase.C:
		case <-p.ctx.Done():
			return
		}
		if wait, some := p.due(); some && wait <= 0 {
			ctx, cancel := context.WithTimeout(p.ctx, 1100*time.Millisecond)
			_ = p.guard.Run(ctx)
			cancel()
		}
	}
}

// due is how long the resolver of this process has nothing to do: until time has
// something to say about a record, or an owner can be seen gone.
func (p *process) due() (wait time.Duration, some bool) {
	now := p.w.host.clock()
	for _, r := range p.w.open() {
		for i := range r.Attempts {
			if a := &r.Attempts[i]; a.Ended.IsZero() && p.fate(a.Owner) == nonbis.FateGone {
				return 0, true
			}
		}
		if r.Due.IsZero() {
			continue
		}
		left := r.Due.Tick - now.Tick
		if r.Due.Timeline != now.Timeline {
			left = 0
		}
		if !some || left < wait {
			wait, some = left, true
		}
	}
	return wait, some
}
