package rundir

import (
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestLookGoesOn: a value that nobody knows, or that is no number, hides none behind it.
func TestLookGoesOn(t *testing.T) {
	for _, before := range []string{"", "5 apples/table ", "NaN ns/table ", "16 ns/table "} {
		c := newChecker()
		text := "BenchmarkSGTable/strategy=s/workload=w/builder=counted-2 1 " + before + "0.5 segs/table\n"
		eachLine("run.bench", []byte(text), newWarnings(""), c.look, func(line) {})
		found := c.found[pairName{"w", "s"}]
		if len(found) != 1 || found[0].Unit != schema.SegsPerTable || found[0].Said != 0.5 {
			t.Errorf("%q in front: %+v", before, found)
		}
	}
}
