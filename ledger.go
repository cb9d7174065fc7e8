package nonbis

import (
	"context"
	"time"
)

// Ledger is the durable memory of effects. Its methods may be called
// concurrently, and several processes may share what it stands on. What a
// method returns without error is durable. An error of kind ErrUnavailable says
// nothing about whether the change was made: read it again, or repeat the call,
// which has the same effect as making it once.
//
// The rules of what may become of a record are [Intent.Decide],
// [Record.Advance], [Record.Beat] and [Record.LeaseLook]; a ledger applies them
// atomically under its own clock. Package ledger/ledgertest is the suite that
// every ledger passes.
type Ledger interface {
	// Claim decides each intent and makes what it grants durable. Intents of one
	// call are independent: each is atomic by itself, in the order given. It checks
	// aliases and siblings in the same transaction.
	Claim(ctx context.Context, intents []Intent) ([]Claim, error)

	// Advance makes each transition durable and returns the record after it, whether
	// or not it changed, with the error of that transition: ErrNotFound, ErrStale,
	// ErrInvalid, ErrRefused, ErrInFlight. Transitions of one call are independent,
	// in the order given.
	Advance(ctx context.Context, transitions []Transition) ([]Advanced, error)

	// Heartbeat prolongs leases. The errors are those of [Record.Beat], one for each
	// beat. A lost heartbeat loses no more than time.
	Heartbeat(ctx context.Context, beats []Beat) ([]error, error)

	// Get returns the record of an effect as last committed, or ErrNotFound.
	Get(ctx context.Context, id ID) (*Record, error)

	// List returns records, the newest first, one page at a time.
	List(ctx context.Context, q Query) (Page, error)

	// Due returns records that time has something to say about, by the ledger's own
	// clock: lapsed claims and sends, and unknown effects that can be looked for. A
	// look is leased to the caller in the same transaction ([Record.Look] has its
	// token); anything else is only reported.
	Due(ctx context.Context, q DueQuery) ([]*Record, error)

	// History returns changes, the oldest first.
	History(ctx context.Context, q HistoryQuery) ([]Change, error)

	// Prune turns final records that have not changed since before into tombstones,
	// and returns how many. Open records are never touched.
	Prune(ctx context.Context, q PruneQuery) (int, error)

	// Epoch tells whether the ledger may have forgotten something.
	Epoch(ctx context.Context) (Epoch, error)

	// Accept is a person's word that the ledger is to be trusted as it is: it begins
	// a new epoch.
	Accept(ctx context.Context) error

	// Close releases everything. What was accepted before is durable.
	Close() error
}

// Advanced is the answer to one [Transition].
type Advanced struct {
	Record *Record // nil when there is no such effect
	Err    error
}

// Beat prolongs the lease of one attempt.
type Beat struct {
	ID    ID
	Fence int64
	Token Token
	Lease time.Duration // from now
}

// Query selects records. Empty fields select all.
type Query struct {
	Namespace string
	Task      string
	Operation string
	States    []State
	Held      bool // only those that wait for a person: held or disputed
	Base      ID
	Low, High ID // an inclusive range of ids, see [IDRange]; both or none
	Limit     int
	After     string // the cursor of the page before
}

// Page is a part of a list.
type Page struct {
	Records []*Record
	Next    string // cursor of the next page; "" on the last
}

// DueQuery selects what is due.
type DueQuery struct {
	Operations []string      // those whose provider the caller can ask
	ID         ID            // only this effect, even when its look is not due yet; zero: all
	Lease      time.Duration // of looks
	Limit      int
}

// HistoryQuery selects changes.
type HistoryQuery struct {
	ID    ID    // zero: of all effects
	After int64 // only later ones
	Limit int
}

// Change is one entry of the history: a state that an effect got into.
type Change struct {
	Seq      int64 // grows with every change, with gaps
	ID       ID
	Revision int64
	State    State
	Fence    int64
	At       time.Time
}

// PruneQuery selects what to prune.
type PruneQuery struct {
	Namespace string
	Before    time.Time
	DryRun    bool // only count
}

// Epoch identifies an unbroken memory.
type Epoch struct {
	ID      string
	Suspect string // why the ledger may have forgotten effects; "" when it has not
}
