package ledgertest

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/nonbis/nonbis"
)

// What is asked of one effect, and what is answered.
type (
	question struct {
		effect int
		verb   string // claim, report, get
		told   standing
	}
	// standing is all that the register of an effect holds.
	standing struct {
		state nonbis.State
		fence int64
		value string
	}
	answer struct {
		standing
		granted bool
	}
)

// register is an effect as a write-once register: a claim is granted while it is
// free, the holder reports, and once applied it answers its value for ever.
var register = porcupine.Model{
	Init: func() any { return standing{} },
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := map[int][]porcupine.Operation{}
		for _, op := range history {
			effect := op.Input.(question).effect
			parts[effect] = append(parts[effect], op)
		}
		var all [][]porcupine.Operation
		for _, p := range parts {
			all = append(all, p)
		}
		return all
	},
	Step: func(state, input, output any) (bool, any) {
		now, q, a := state.(standing), input.(question), output.(answer)
		switch free := now.state == nonbis.StateNone || now.state == nonbis.StateNotApplied; {
		case q.verb == "claim" && free:
			now = standing{state: nonbis.StateSending, fence: now.fence + 1}
			return a.granted && a.standing == now, now
		case q.verb == "report":
			mine := now.state == nonbis.StateSending && now.fence == q.told.fence
			return mine && a.standing == q.told, q.told
		}
		return !a.granted && a.standing == now, now
	},
	DescribeOperation: func(input, output any) string {
		q, a := input.(question), output.(answer)
		return fmt.Sprintf("%s %v → granted %v, %v", q.verb, q.told, a.granted, a.standing)
	},
	DescribeState: func(state any) string { return fmt.Sprint(state) },
}

// linearizable tests that what many callers are told about few effects could
// have been told one caller at a time.
func linearizable(l *lab) {
	const workers, steps, effects = 8, 12, 4
	rounds := 12 * max(1, l.h.Scale)
	ledgers := []nonbis.Ledger{l.ledger}
	if l.h.Reopen != nil {
		ledgers = append(ledgers, l.other().ledger)
	}
	defer func() {
		if !l.t.Failed() {
			l.t.Logf("lab: histories histories=%d operations=%d", rounds*effects, rounds*workers*steps)
		}
	}()
	for round := range rounds {
		var intents []nonbis.Intent
		for range effects {
			intents = append(intents, l.intent())
		}
		var ticks atomic.Int64
		histories := make([][]porcupine.Operation, workers)
		together(workers, func(i int) {
			w := worker{lab: l.on(ledgers[i%len(ledgers)]), intents: intents, rnd: rand.New(rand.NewPCG(uint64(round), uint64(i)))} //nolint:gosec // it only chooses what to try
			for range steps {
				q := w.ask()
				call := ticks.Add(1)
				a := w.answer(&q)
				histories[i] = append(histories[i], porcupine.Operation{ClientId: i, Input: q, Call: call, Output: a, Return: ticks.Add(1)})
			}
		})
		if l.t.Failed() {
			return
		}
		var all []porcupine.Operation
		for _, h := range histories {
			all = append(all, h...)
		}
		result, info := porcupine.CheckOperationsVerbose(register, all, time.Minute)
		if result != porcupine.Ok {
			page := filepath.Join(l.t.ArtifactDir(), "history.html")
			l.t.Fatalf("round %d: no order explains the answers: %s; drawn in %s with -artifacts (%v)", round, result, page, porcupine.VisualizePath(register, info, page))
		}
	}
}

// worker is one caller with the claims that it holds.
type worker struct {
	*lab
	intents []nonbis.Intent
	rnd     *rand.Rand
	held    []specimen
	count   int
}

// ask chooses what to do next: to report, if a claim is held, in half the cases.
func (w *worker) ask() question {
	q := question{effect: w.rnd.IntN(len(w.intents)), verb: "claim"}
	switch w.rnd.IntN(3) {
	case 0:
		q.verb = "get"
	case 1:
		if len(w.held) > 0 {
			w.count++
			s := w.held[0]
			q = question{verb: "report", told: standing{nonbis.StateNotApplied, s.fence, ""}}
			if w.rnd.IntN(4) == 0 {
				q.told = standing{nonbis.StateApplied, s.fence, fmt.Sprintf("%q", fmt.Sprint(s.Owner.PID, w.count))}
			}
			for i, in := range w.intents {
				if in.Name.ID() == s.r.ID {
					q.effect = i
				}
			}
		}
	}
	return q
}

// answer asks the ledger.
func (w *worker) answer(q *question) (a answer) {
	in := another(w.intents[q.effect])
	switch q.verb {
	case "get":
		r, err := w.ledger.Get(w.t.Context(), in.Name.ID())
		if nonbis.KindOf(err) == nonbis.ErrNotFound {
			return answer{}
		}
		w.check(err)
		return answer{standing: stands(r)}
	case "report":
		s := w.held[0]
		w.held = w.held[1:]
		t := s.report(q.told.state.Outcome(), returning(q.told.value))
		if q.told.value == "" {
			t.Result = nil
		}
		done, err := w.ledger.Advance(w.t.Context(), []nonbis.Transition{t})
		w.check(err)
		w.check(done[0].Err)
		return answer{standing: stands(done[0].Record)}
	}
	claims, err := w.ledger.Claim(w.t.Context(), []nonbis.Intent{in})
	w.check(err)
	a = answer{standing: stands(claims[0].Record), granted: claims[0].Verdict == nonbis.Granted}
	if a.granted {
		w.held = append(w.held, specimen{Intent: in, fence: a.fence, r: claims[0].Record})
	}
	return a
}

// check ends this caller when an error says that no order will explain it.
func (w *worker) check(err error) {
	if err != nil {
		w.t.Error(err)
		runtime.Goexit()
	}
}

// stands is what a record says in the terms of the register.
func stands(r *nonbis.Record) standing {
	s := standing{state: r.State, fence: r.Fence}
	if r.State == nonbis.StateApplied && r.Result != nil {
		s.value = string(r.Result.Body)
	}
	return s
}
