package rundir

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// The operations that share a crossing are a whole number, the nearest; the default where a
// line does not say, and never less than one.
func TestBatchByHand(t *testing.T) {
	for values, want := range map[string]float64{
		"100 ns/op":                     4096,
		"100 ns/op 37 ns/batched-op":    3, // 2.7
		"100 ns/op 44 ns/batched-op":    2, // 2.3
		"100 ns/op 0.25 ns/batched-op":  400,
		"100 ns/op 1000 ns/batched-op":  1,
		"100 ns/op 66.5 ns/batched-op":  2, // 1.504
		"100 ns/op 0.021 ns/batched-op": 4762,
	} {
		r := readCurves(t, fixture.Pair1(2), "BenchmarkCrossing/strategy=c 10 "+values+"\n")
		if c := r.Curves.Crossing["c"]; c == nil || c.Batch != want {
			t.Errorf("%s: %+v, want batches of %v", values, c, want)
		}
	}
}

// The migrations of a sample are those of one sample, however many there are.
func TestMigrationsOfOneSample(t *testing.T) {
	line := "BenchmarkMigrate/strategy=a/lifetime=counted 400 50 ns/op\n"
	c := readCurves(t, fixture.Pair1(2), line+line+line).Curves.Migrations[LifetimeKey{"a", "counted"}]
	if c == nil || c.Number != 400 || len(c.Op) != 3 {
		t.Errorf("got %+v, want 3 samples of 400", c)
	}
}

// The throughput of a cell is that of its median sample, which it leaves where it is.
func TestPerSecondByHand(t *testing.T) {
	c := &ConcurrentCell{Op: []float64{0.5, 0.125, 0.25}}
	if got := c.PerSecond(); got != 4 || c.Op[0] != 0.5 {
		t.Errorf("%v a second of %v, want 4", got, c.Op)
	}
}
