// Package effort reads how much the laboratory is to try: LAB_SCALE, how many times
// as much as usual, and LAB_SEED, which repeats random choices. What is not a number
// fails the test.
package effort

import (
	"os"
	"strconv"
	"testing"
)

// Scale is LAB_SCALE, 1 or more; 1 when it is not set.
func Scale(tb testing.TB) int {
	tb.Helper()
	return int(max(1, number(tb, "LAB_SCALE", 1))) //nolint:gosec // nobody asks for that much
}

// Seed is LAB_SEED; asked says whether it is set. Without it, it is fallback.
func Seed(tb testing.TB, fallback uint64) (seed uint64, asked bool) {
	tb.Helper()
	return number(tb, "LAB_SEED", fallback), os.Getenv("LAB_SEED") != ""
}

func number(tb testing.TB, name string, fallback uint64) uint64 {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		tb.Fatalf("%s=%s: want a number", name, text)
	}
	return n
}
