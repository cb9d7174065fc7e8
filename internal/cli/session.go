package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

// session is an open ledger with the guard over it, and the settings it was
// opened with.
type session struct {
	ledger    nonbis.Ledger
	guard     *nonbis.Guard
	location  setup.Location
	namespace string
	logger    *slog.Logger
}

// openOptions say what a command needs of its session.
type openOptions struct {
	create bool           // make the ledger when there is none; else that is a *setup.MissingError
	brief  bool           // for a few calls
	guard  nonbis.Options // the namespace and the logger are filled in
}

// open opens the ledger that the flags and the environment name. The caller
// closes the session. A setting that cannot be understood is a usageError.
func (g *globals) open(ctx context.Context, o openOptions) (*session, error) {
	s, err := g.settings()
	if err != nil {
		return nil, err
	}
	if s.location, err = g.locate(); err != nil {
		return nil, err
	}
	s.ledger, err = s.location.Open(ctx, setup.Options{
		Create: o.create, Brief: o.brief, Clock: o.guard.Clock, Logger: s.logger, FileSystem: g.FileSystem,
		Warn: func(line string) { g.notice("warning: %s", line) },
	})
	if err != nil {
		return nil, err
	}
	o.guard.Namespace, o.guard.Logger = s.namespace, s.logger
	s.guard = nonbis.New(s.ledger, &o.guard)
	return s, nil
}

// settings reads what needs no ledger.
func (g *globals) settings() (*session, error) {
	s := &session{}
	for _, name := range []string{"ledger", "namespace", "config"} {
		// As from --ledger "$UNSET": the default is not what was meant.
		if f := g.flags.Lookup(name); f.Changed && f.Value.String() == "" {
			return nil, usagef("--%s is empty: leave it out for the default", name)
		}
	}
	var err error
	if err = setup.CheckConfig(g.config, g.getenv); err != nil {
		return nil, &usageError{err}
	}
	if s.namespace, err = setup.Namespace(g.namespace, g.getenv); err != nil {
		return nil, &usageError{err}
	}
	if s.logger, err = setup.Logger(g.Stderr, g.logFormat, g.logLevel); err != nil {
		return nil, &usageError{err}
	}
	return s, nil
}

// locate finds the ledger without opening it.
func (g *globals) locate() (setup.Location, error) {
	l, err := setup.Locate(g.ledger, g.getenv)
	if err != nil {
		return l, &usageError{err}
	}
	return l, nil
}

// close closes the ledger, and adds what goes wrong to *err.
func (s *session) close(err *error) { *err = errors.Join(*err, s.ledger.Close()) }

// now is the wall clock, for showing how long ago something was.
func now() time.Time { return nonbis.SystemClock().Wall }
