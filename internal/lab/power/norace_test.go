//go:build !race

package power

// thin is for the race detector.
const thin = 1
