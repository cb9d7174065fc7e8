package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/nonbis/nonbis"
)

// Options change how a ledger is opened. The zero value is the default.
type Options struct {
	Clock       nonbis.Clock  // default [nonbis.SystemClock]
	BusyTimeout time.Duration // how long to wait for other processes; default 30 s
	Logger      *slog.Logger

	// Brief is for a process that makes a few calls and ends: its reads go through
	// the one connection that writes, in turn with what others write, which saves
	// opening a second one.
	Brief bool
}

// Ledger is a [nonbis.Ledger] in a SQLite file.
type Ledger struct {
	path  string
	file  os.FileInfo // as it was opened
	clock nonbis.Clock
	log   *slog.Logger
	brief bool

	write   *sql.DB
	read    *sql.DB
	names   *names
	open    cache
	applied cache
	epoch   *epoch
	queue   chan *job
	stop    chan struct{} // closed by Close
	stopped chan struct{} // closed when the writer is done

	mu     sync.Mutex
	closed bool
	broken error // why nothing may be written any more
}

var _ nonbis.Ledger = (*Ledger)(nil)

// Open opens the ledger at path, and creates it (mode 0600) when there is
// nothing. Errors are of kind ErrUnavailable and say in one line what is wrong
// with the file and what to do.
func Open(ctx context.Context, path string, o *Options) (*Ledger, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Clock == nil {
		opts.Clock = nonbis.SystemClock
	}
	if opts.BusyTimeout == 0 {
		opts.BusyTimeout = 30 * time.Second
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	opening.Lock()
	defer opening.Unlock()
	path, err := prepareFile(path)
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		path: path, clock: opts.Clock, log: opts.Logger, brief: opts.Brief, names: newNames(),
		open: cache{most: maxOpen}, applied: cache{most: maxApplied},
		queue: make(chan *job, maxGroup), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	l.write = connect(path, opts.BusyTimeout, "")
	l.write.SetMaxOpenConns(1)
	l.read = connect(path, opts.BusyTimeout, "&_pragma=query_only(1)")
	l.read.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	l.read.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	if err := l.patiently(ctx, opts.BusyTimeout, l.prepare); err != nil {
		err = errors.Join(err, l.write.Close(), l.read.Close())
		return nil, unavailable(path, err)
	}
	w, err := l.newWriter(ctx, opts.BusyTimeout)
	if err != nil {
		return nil, unavailable(path, errors.Join(err, l.write.Close(), l.read.Close()))
	}
	go w.run() //nolint:contextcheck // it outlives the call that opens
	return l, nil
}

// opening keeps two ledgers of this process from making one file at the same
// time; see prepareFile.
var opening sync.Mutex

// Path is the absolute path of the ledger's file.
func (l *Ledger) Path() string { return l.path }

// LockDir is the folder for the locks of owners beside a ledger's file; see
// [nonbis.HoldLock].
func LockDir(path string) string { return path + ".locks" }

// prepareFile makes sure that there is a file that can be a ledger. It never opens
// one that is there: closing any descriptor of a file drops all locks that the
// process has on it, those of another Ledger too.
func prepareFile(path string) (abs string, err error) {
	fail := func(format string, args ...any) (string, error) {
		return "", nonbis.Errorf(nonbis.ErrUnavailable, "ledger %s: "+format, append([]any{path}, args...)...)
	}
	if path, err = filepath.Abs(path); err != nil {
		return fail("%w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		return path, errors.Join(f.Sync(), syncFolder(path), f.Close())
	case !errors.Is(err, fs.ErrExist):
		return fail("cannot be made: %w", errors.Unwrap(err))
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved // -wal, .epoch and .locks stand beside the file itself
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fail("%w", errors.Unwrap(err))
	case info.IsDir():
		return fail("is a folder; name a file in it")
	case !info.Mode().IsRegular():
		return fail("is not a regular file")
	}
	if err := syscall.Access(path, writeAccess); err != nil {
		return fail("cannot be opened for writing: %w", err)
	}
	return path, nil
}

// writeAccess is W_OK of access(2).
const writeAccess = 2

// syncFolder makes the name of a new file durable.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return unavailable(path, err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return unavailable(path, err)
	}
	return nil
}

// connect configures connections; the first one is opened by its first use.
func connect(path string, busy time.Duration, more string) *sql.DB {
	u := url.URL{Scheme: "file", Path: path, RawQuery: fmt.Sprintf(
		"_pragma=busy_timeout(%d)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)"+
			"&_pragma=temp_store(memory)&_pragma=cache_size(-8000)&_pragma=wal_autocheckpoint(4000)&_txlock=immediate%s", busy.Milliseconds(), more)}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		panic(err) // the driver is linked in
	}
	return db
}

// patiently repeats what finds the file locked: some of what opening does, such as
// changing to WAL, does not wait by itself.
func (l *Ledger) patiently(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for {
		err := do(ctx)
		if code(err) != busy {
			return err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return err
		}
	}
}

// prepare migrates the schema and checks that commits will be durable.
func (l *Ledger) prepare(ctx context.Context) error {
	if err := checkDurability(ctx, l.write); err != nil {
		return err
	}
	if err := migrate(ctx, l.write); err != nil {
		return err
	}
	var err error
	if l.file, err = os.Stat(l.path); err != nil {
		return err
	}
	l.epoch, err = openEpoch(ctx, l.write, l.path)
	return err
}

// checkDurability reads back what was asked for: a pragma that does not take
// effect says nothing.
func checkDurability(ctx context.Context, db *sql.DB) error {
	var version, journal string
	var sync int
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
		return err
	}
	var a, b, c int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &a, &b, &c); err != nil || a*1_000_000+b*1_000+c < 3_051_003 {
		return fmt.Errorf("SQLite %s may corrupt a WAL: 3.51.3 or later is needed", version)
	}
	if !strings.EqualFold(journal, "wal") || sync < 2 {
		return fmt.Errorf("commits would not be durable here: journal_mode is %s and synchronous is %d, not wal and 2", journal, sync)
	}
	return nil
}

// Close implements [nonbis.Ledger]. The last process that closes the ledger leaves
// all of it in the one file.
func (l *Ledger) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	close(l.stop)
	l.mu.Unlock()
	<-l.stopped
	return errors.Join(l.write.Close(), l.read.Close(), l.epoch.close())
}
