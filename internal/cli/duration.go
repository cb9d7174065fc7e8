package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseAge reads a duration in Go's form with days and weeks besides: 30d, 2w,
// 1d12h. A day has 24 hours.
func parseAge(text string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a duration: want one like 30d, 2w or 12h", cut(text, 80))
	var sum time.Duration
	rest := text
	for rest != "" {
		end := strings.IndexAny(rest, "dw")
		if end < 0 {
			d, err := time.ParseDuration(rest)
			if err != nil || d < 0 || d > math.MaxInt64-sum {
				return 0, bad
			}
			return sum + d, nil
		}
		unit := 24 * time.Hour
		if rest[end] == 'w' {
			unit *= 7
		}
		n, err := strconv.ParseUint(rest[:end], 10, 32)
		if err != nil || time.Duration(n) > (math.MaxInt64-sum)/unit {
			return 0, bad
		}
		sum += time.Duration(n) * unit
		rest = rest[end+1:]
	}
	if text == "" {
		return 0, bad
	}
	return sum, nil
}
