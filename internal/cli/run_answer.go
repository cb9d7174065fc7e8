package cli

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/command"
)

// run is one call of nonbis run.
type run struct {
	*globals
	session *session
	context context.Context //nolint:containedctx // the call's own, for what it shows
	options runOptions
	args    []string
	input   []byte
	effect  nonbis.Effect
	frees   frees
	signals *command.Signals
	lock    *ownerLock
	status  *statusFile
	child   child
}

// do makes the effect happen once and answers for it: with the exit status, on
// stderr, and in the status file.
func (r *run) do(ctx context.Context) error {
	r.context = ctx
	if r.options.verify != "" {
		r.effect.Terms.Verify = r.verify
	}
	name, _, err := r.effect.Describe(r.session.namespace)
	if err != nil {
		return err
	}
	if err := r.noteOtherArguments(ctx, name.ID()); err != nil {
		return err
	}
	guard := nonbis.New(r.session.ledger, &nonbis.Options{
		Namespace: r.session.namespace, Logger: r.session.logger, Owner: r.lock.owner(),
		Lease: r.options.lease, Deadline: -1, Wait: max(r.options.wait, 1), MaxResult: 4 * command.DefaultKeep,
	})
	waiting, stop := r.untilSignal(ctx)
	progress := r.showWaiting(name.ID())
	res, err := nonbis.Do(waiting, guard, r.effect, r.send)
	// A signal may have ended the call just as the effect was granted: then the
	// send goes on, and its answer is the answer.
	if shutErr := guard.Shutdown(context.WithoutCancel(ctx)); shutErr != nil {
		return shutErr
	}
	stop()
	progress()
	if errors.Is(err, nonbis.ErrInFlight) && r.child.begun.Load() {
		err = r.readBack(ctx, guard, name.ID())
	}
	r.signals.Stop()
	if r.child.process != nil {
		r.child.process.Wait()
	}
	// failpoint: answer-unprinted
	return r.answer(ctx, name.ID(), res, err)
}

// readBack finds out what came of a send whose call had ended.
func (r *run) readBack(ctx context.Context, guard *nonbis.Guard, id nonbis.ID) error {
	rec, err := guard.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case rec.State == nonbis.StateApplied:
		return nil
	case rec.State == nonbis.StateNotApplied:
		return nonbis.ErrNotApplied
	}
	return nonbis.ErrUnknown
}

// answer tells what came of it. The error carries the exit status.
func (r *run) answer(ctx context.Context, id nonbis.ID, res nonbis.Result[command.Result], err error) error {
	switch {
	case r.child.result != nil:
		return r.answerRan(ctx, id, err)
	case r.child.notStarted != nil:
		r.status.write(id, nonbis.OutcomeNotApplied, false, false, nil)
		return &exitError{r.child.notStarted.Status, fmt.Errorf("%w; nothing was run, the same call may run it", r.child.notStarted)}
	case r.child.signal != nil:
		r.status.write(id, nonbis.OutcomeNotApplied, false, false, nil)
		exit := 128
		if s, ok := r.child.signal.(syscall.Signal); ok {
			exit += int(s)
		}
		return &exitError{exit, err}
	case err == nil:
		return r.replay(ctx, id, res.Value, nonbis.OutcomeApplied)
	case errors.Is(err, nonbis.ErrResultGone):
		r.notice("replayed %s: it happened; its output was not kept; nothing was run", r.session.short(ctx, id))
		r.status.write(id, nonbis.OutcomeApplied, false, true, new(0))
		return nil
	case errors.Is(err, nonbis.ErrNotApplied):
		if result, ok := r.sharedRun(ctx, id); ok {
			return r.replay(ctx, id, result, nonbis.OutcomeNotApplied)
		}
	}
	r.status.write(id, outcomeOf(nonbis.KindOf(err)), false, false, nil)
	return r.explain(ctx, id, err)
}

// sharedRun is the run that this call waited for and that did not happen: its
// answer is this call's answer.
func (r *run) sharedRun(ctx context.Context, id nonbis.ID) (result command.Result, ok bool) {
	rec, err := r.session.ledger.Get(ctx, id)
	if err != nil || rec.Result == nil || rec.Result.Body == nil {
		return result, false
	}
	return asRun(rec.Result.Body)
}

// answerRan is for a command that ran in this call.
func (r *run) answerRan(ctx context.Context, id nonbis.ID, err error) error {
	result := *r.child.result
	outcome := nonbis.OutcomeUnknown
	exit, own := exitOf(result)
	switch {
	case err == nil || errors.Is(err, nonbis.ErrResultGone):
		outcome = nonbis.OutcomeApplied
		if result.Exit != 0 {
			r.note("%s, and yet it happened: %s was verified", ending(result), r.session.short(ctx, id))
		}
	case errors.Is(err, nonbis.ErrNotApplied):
		outcome = nonbis.OutcomeNotApplied
		r.note("%s: it did not happen; the same call may run it again", ending(result))
	case !r.recorded(ctx, id):
		r.lock.keep()
		r.notice("%s, but this run could not be recorded: %v", ending(result), err)
		r.notice("do not run it again before you know whether it happened: nonbis show%s %s", r.sameLedger(), id)
		exit = nonbis.ErrUnknown.Meaning().Exit
	case errors.Is(err, nonbis.ErrDisputed):
		short := r.session.short(ctx, id)
		r.notice("%s; findings about %s contradict each other: nonbis show%s %s", ending(result), short, r.sameLedger(), short)
	default:
		short := r.session.short(ctx, id)
		r.notice("%s: cannot tell whether it happened; held as %s", ending(result), short)
		r.howToSettle(short)
	}
	r.status.write(id, outcome, true, false, own)
	if exit == reserved {
		r.notice("the command's own status was %d, which is reserved here: this is exit %d", result.Exit, reserved)
	}
	if exit == 0 {
		return nil
	}
	return &exitError{status: exit}
}

// recorded reports whether what came of the command is in the ledger.
func (r *run) recorded(ctx context.Context, id nonbis.ID) bool {
	rec, err := r.session.ledger.Get(ctx, id)
	return err == nil && rec.State != nonbis.StateSending
}

func (r *run) howToSettle(short string) {
	r.note("find out whether it happened, then: nonbis resolve%s %s applied   (or not-applied, to let it run again)", r.sameLedger(), short)
}

// reserved is the exit status that stands for one which means something else here.
const reserved = 116

// exitOf is the status that this process ends with, and the command's true one.
func exitOf(result command.Result) (exit int, own *int) {
	switch e := result.Exit; {
	case e < 0:
		return nonbis.ErrUnknown.Meaning().Exit, nil
	case result.Signal == "" && (e >= 116 && e <= 119 || e >= 125 && e <= 127):
		return reserved, &e
	default:
		return e, &e
	}
}

// replay answers with a run that is recorded.
func (r *run) replay(ctx context.Context, id nonbis.ID, result command.Result, outcome nonbis.Outcome) error {
	what := "it ran"
	if rec, err := r.session.ledger.Get(ctx, id); err == nil {
		what = "it ran " + ago(now(), rec.Updated)
	}
	r.note("replayed %s: %s; nothing was run", r.session.short(ctx, id), what)
	for _, s := range []struct {
		name   string
		to     interface{ Write([]byte) (int, error) }
		stream command.Stream
	}{{"stdout", r.Stdout, result.Stdout}, {"stderr", r.Stderr, result.Stderr}} {
		if !s.stream.Complete() {
			r.notice("its %s was too large to keep: %d bytes, sha256 %s", s.name, s.stream.Size, s.stream.SHA256)
			continue
		}
		if _, err := s.to.Write(s.stream.Data); err != nil {
			return &exitError{1, fmt.Errorf("the recorded %s of %s could not be written: %w", s.name, id, err)}
		}
	}
	exit, own := exitOf(result)
	r.status.write(id, outcome, false, true, own)
	if exit == 0 {
		return nil
	}
	return &exitError{status: exit}
}

// explain adds to an error what to do about it.
func (r *run) explain(ctx context.Context, id nonbis.ID, err error) error {
	kind := nonbis.KindOf(err)
	if e, ok := errors.AsType[*nonbis.Error](err); ok && !e.ID.IsZero() {
		id = e.ID
	}
	short := r.session.short(ctx, id)
	switch kind { //nolint:exhaustive // the others speak for themselves
	case nonbis.ErrUnknown, nonbis.ErrDisputed:
		r.notice("%s; nothing was run", r.whyUnknown(ctx, id, short))
		r.note("look: nonbis show%s %s", r.sameLedger(), short)
		r.howToSettle(short)
		return &exitError{status: kind.Meaning().Exit}
	case nonbis.ErrInFlight:
		return &exitError{kind.Meaning().Exit, fmt.Errorf("another run of %s is still in flight; nothing was run; the same call later gets its answer", short)}
	case nonbis.ErrMismatch:
		return &exitError{kind.Meaning().Exit, fmt.Errorf("%w; see nonbis show%s %s; for another effect use another --key or name a --repeat", err, r.sameLedger(), short)}
	}
	return err
}

// note is a notice that --quiet leaves out.
func (r *run) note(format string, args ...any) {
	if !r.options.quiet {
		r.notice(format, args...)
	}
}

// whyUnknown says what stands in the way of an effect, from its last evidence.
func (r *run) whyUnknown(ctx context.Context, id nonbis.ID, short string) string {
	rec, err := r.session.ledger.Get(ctx, id)
	if err != nil || len(rec.Evidence) == 0 {
		return short + " may have happened"
	}
	last := rec.Evidence[len(rec.Evidence)-1]
	why := fmt.Sprintf("%s (%s)", cut(last.Note, 200), ago(now(), last.At))
	switch {
	case rec.State == nonbis.StateDisputed:
		return fmt.Sprintf("findings about %s contradict each other: %s", short, why)
	case rec.Hold != "":
		return fmt.Sprintf("%s may have happened: %s; it is held, since %s", short, why, rec.Hold)
	}
	return fmt.Sprintf("%s may have happened: %s; it is asked for again in %s", short, why, max(0, rec.Due.Wall.Sub(now())).Round(time.Second))
}
