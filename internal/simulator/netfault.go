package simulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// NetFault is what a [Proxy] lets go wrong between a caller and its provider.
type NetFault string

const (
	NetNone             NetFault = ""
	NetLostReply        NetFault = "lost-reply"         // the upstream has answered; the caller gets not a byte
	NetLostRequest      NetFault = "lost-request"       // nothing is sent; the caller gets not a byte
	NetCutReply         NetFault = "cut-reply"          // the upstream has answered; the caller gets a part of it
	NetLate             NetFault = "late"               // the caller gets not a byte; the request is delivered later
	NetErrorAfterCommit NetFault = "error-after-commit" // the upstream has answered; the caller gets a 500
	NetTooMany          NetFault = "too-many"           // nothing is sent; the caller gets a 429 with Retry-After
	NetConflict         NetFault = "conflict"           // nothing is sent; the caller gets a 409
)

// NetFaults returns every fault but none.
func NetFaults() []NetFault {
	return []NetFault{
		NetLostReply, NetLostRequest, NetCutReply, NetLate, NetErrorAfterCommit, NetTooMany, NetConflict,
	}
}

// NetFaultNames are the names of [NetFaults], for people.
func NetFaultNames() string {
	var names []string
	for _, f := range NetFaults() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// ParseNetFault reads the name of a fault.
func ParseNetFault(name string) (NetFault, error) {
	for _, f := range NetFaults() {
		if name == string(f) {
			return f, nil
		}
	}
	return NetNone, fmt.Errorf("%.80q is not a fault: want one of %s", name, NetFaultNames())
}

// fate is what becomes of one request.
type fate struct {
	fault NetFault
	cut   uint64 // where a reply is cut, once its length is known
}

// draw decides the fate of the nth request that faults may befall. It follows from
// the seed and n alone, whatever was drawn before.
func draw(seed, n uint64, rate float64, faults []NetFault) fate {
	r := rand.New(rand.NewPCG(seed, n)) //nolint:gosec // it must be repeatable, not secret
	hit, which, cut := r.Float64() < rate, r.Uint64(), r.Uint64()
	if !hit || len(faults) == 0 {
		return fate{}
	}
	return fate{faults[which%uint64(len(faults))], cut}
}
