package power

import (
	"os"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/effort"
)

// One run is recorded, and what a loss of power or rot can make of it is opened.
// LAB_SCALE says how much more is tried than by default (24: 50,000 states), LAB_SEED
// what crashes leave. Two runs are never quite the same: to repeat one, keep its
// recording with -artifacts and name the file in LAB_RECORDING.
func TestPower(t *testing.T) {
	t.Parallel()
	seed, _ := effort.Seed(t, 1)
	scale := effort.Scale(t)
	from := os.Getenv("LAB_RECORDING")
	if from == "" {
		folder := t.TempDir()
		from = run(t, build(t, unchanged), folder)
		t.Run("the recording misses nothing", func(t *testing.T) { complete(t, load(t, from), folder) })
	}
	r := load(t, from)
	t.Run("what was acknowledged survives", func(t *testing.T) {
		got := explore(t, r, seed, 2*scale, thin)
		t.Logf("lab: power-loss states=%d distinct=%d operations=%d acknowledged=%d lost=%d corrupt=%d seed=%d",
			got.states, got.distinct, got.operations, got.acknowledged, got.problems[lost]+got.problems[again], got.problems[corrupt], seed)
		if len(got.problems) > 0 {
			t.Errorf("found %s", got)
		}
	})
	t.Run("rot is noticed", func(t *testing.T) { rots(t, r, seed, max(4, 8*scale/thin)) })
}
