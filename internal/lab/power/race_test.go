//go:build race

package power

// thin makes crashes rarer: the race detector slows SQLite down ten times.
const thin = 16
