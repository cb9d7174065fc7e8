package main

// check is one way of trying to break the promise.
type check struct {
	name    string
	what    string // for the page
	args    []string
	scale   int  // LAB_SCALE of one unit of -scale
	fixed   bool // the scale does not matter
	minutes int  // the most that one unit may take
}

// checks, the quickest first: who has broken something is told soon.
var checks = []check{
	{
		name: "rules", what: "every pair of states, every event in every state, both ledgers beside the model", fixed: true, minutes: 5,
		args: []string{"test", ".", "./ledger/...", "-rapid.checks=200"},
	},
	{
		name: "histories", what: "concurrent histories that some order must explain", scale: 2100, minutes: 6,
		args: []string{"test", "./ledger/memory", "-run", "^TestLedger$/^linearizable$"},
	},
	{
		name: "simulation", what: "days of three processes under crashes, pauses, clock jumps and hostile providers, in virtual time", scale: 10, minutes: 5,
		args: []string{"test", "./internal/lab/simulation"},
	},
	{
		name: "crashes", what: "real processes: every failpoint, every write and sync call, SIGKILL at random", scale: 3, minutes: 6,
		args: []string{"test", "./internal/lab/crash"},
	},
	{
		name: "runners", what: "nonbis run, killed at random under eight runners", fixed: true, minutes: 5,
		args: []string{"test", "./internal/storm", "-args", "-kills", "1000"},
	},
	{
		name: "power", what: "states of a disk that forgets what was not synced", scale: 8, minutes: 8,
		args: []string{"test", "./internal/lab/power"},
	},
	{
		name: "zoo", what: "seeded bugs: each rule broken on purpose, and caught", fixed: true, minutes: 15,
		args: []string{"test", "-tags", "zoo", "./internal/lab/zoo"},
	},
}
