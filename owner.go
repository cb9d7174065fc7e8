package nonbis

import "os"

// Owner is who drives an attempt: a process, and with a lock every process that
// inherited it. It is recorded so that others can find out whether it is gone.
type Owner struct {
	Machine string `json:"machine,omitempty"` // lasting id of the machine
	Boot    string `json:"boot,omitempty"`    // the boot it runs in
	Space   string `json:"space,omitempty"`   // pid namespace
	PID     int    `json:"pid,omitempty"`
	Started string `json:"started,omitempty"` // start time of the process, as the system gives it
	Lock    string `json:"lock,omitempty"`    // absolute path of a file that it keeps locked, see [HoldLock]
}

// Fate is what can be seen of an owner.
type Fate uint8

// The fates of an owner.
const (
	FateUnseen Fate = iota // it cannot be seen from here: another machine or container
	FateAlive
	FateGone // it, and every process that inherited its lock, can never act again
)

// ThisProcess is the calling process as an owner, without a lock.
func ThisProcess() Owner {
	start, _ := processStart(os.Getpid())
	return Owner{Machine: machineID(), Boot: bootID(), Space: processSpace(), PID: os.Getpid(), Started: start}
}

// Fate looks for the owner on this machine. Gone is certain; when in doubt the
// answer is unseen. A lock outranks the process: it speaks for children too.
func (o Owner) Fate() Fate {
	switch {
	case o.Boot == "" || bootID() == "":
		return FateUnseen
	case o.Boot != bootID():
		// The same machine in a new boot, or another machine. Clones may share a
		// machine id; a ledger in a file cannot be shared with them (rule 12).
		if o.Machine != "" && o.Machine == machineID() {
			return FateGone
		}
		return FateUnseen
	case o.Lock != "":
		return lockFate(o.Lock)
	case o.Space != processSpace() || o.PID == 0:
		return FateUnseen
	case !processExists(o.PID):
		return FateGone
	}
	start, zombie := processStart(o.PID)
	if zombie || (start != "" && o.Started != "" && start != o.Started) {
		return FateGone
	}
	return FateAlive
}
