package simulator

import "time"

// Personality says how a provider treats what it is sent and asked. It is data:
// the zero value is a provider that applies everything at once, ignores keys and
// finds everything.
type Personality struct {
	Name string

	// Keys says what a request's key is good for.
	Keys Keys
	// Window is how long the answer to a key is remembered, from the key's first use;
	// afterwards the same key is a new request. Zero: for ever.
	Window time.Duration
	// Concurrent says what a request gets whose key is being worked on.
	Concurrent Concurrent
	// ReplaysErrors makes a refusal or a server error the remembered answer of its
	// key. Otherwise only success is remembered, also where a server error hid it.
	ReplaysErrors bool

	// Latency is the longest that an ordinary answer takes.
	Latency time.Duration
	// LateFrom and LateTo are how long after its arrival a late request takes effect.
	LateFrom, LateTo time.Duration
	// Stale is for how long a look-up does not list what was applied.
	Stale time.Duration
	// ListsTwice makes a look-up list every hit two times.
	ListsTwice bool
	// LookMisses is the rate of look-ups that list nothing although there is something,
	// as from a copy that lags; at most once for each effect.
	LookMisses float64
	// LookFails is the rate of look-ups that fail.
	LookFails float64

	// Rates are how often each fault happens, between 0 and 1. Together they are at
	// most 1; the rest is answered well.
	Rates map[Fault]float64
}

// Keys is what a request's key is good for.
type Keys uint8

// What keys are good for.
const (
	KeysIgnored  Keys = iota // every request takes effect
	KeysHonoured             // within the window a repeated key gets the first answer
)

// Concurrent is what a request gets whose key is being worked on.
type Concurrent uint8

// What concurrent requests with one key get.
const (
	ConcurrentConflict Concurrent = iota // 409, and nothing happens
	ConcurrentBoth                       // both take effect: such keys are no protection
)

// Fault is something that goes wrong with one request.
type Fault string

// The faults of a request.
const (
	FaultLost        Fault = "lost"         // it never takes effect; no answer
	FaultDropped     Fault = "dropped"      // it takes effect; the answer is lost
	FaultLate        Fault = "late"         // it takes effect when its sender has gone; no answer
	FaultErrorAfter  Fault = "error-after"  // it takes effect; the answer is 500
	FaultErrorBefore Fault = "error-before" // it never takes effect; the answer is 500
	FaultLimited     Fault = "limited"      // it never takes effect; the answer is 429, whatever its key
	FaultRefused     Fault = "refused"      // it never takes effect; the answer is a documented 422
	FaultNotOK       Fault = "not-ok"       // it never takes effect; the answer is 200 with ok: false
)

// Faults are all faults of a request, in the order in which they are drawn.
func Faults() []Fault {
	return []Fault{FaultLost, FaultDropped, FaultLate, FaultErrorAfter, FaultErrorBefore, FaultLimited, FaultRefused, FaultNotOK}
}

// fault turns a number between 0 and 1 into what goes wrong; "" is nothing.
func (p *Personality) fault(drawn float64) Fault {
	for _, f := range Faults() {
		if drawn -= p.Rates[f]; drawn < 0 {
			return f
		}
	}
	return ""
}
