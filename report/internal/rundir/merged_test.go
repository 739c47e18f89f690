package rundir

import (
	"math"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestMerged reads a run merged from shards on two processors: both are known, each once,
// the samples are those of their workloads, and what is missing is a warning.
func TestMerged(t *testing.T) {
	const line = "BenchmarkAllocFree/strategy=a/workload="
	text := "# " + schema.Version + "\n# workloads: x y z\n# missing: shard 3/3, workload z\n# part: 1/3\n# part: 2/3\n" +
		"cpu: One\n" + line + "x 10 5 ns/op\ncpu: Two\n" + line + "y 10 7 ns/op\ncpu: One\n" + line + "x 10 5 ns/op\n"
	r := warned(t, written(t, string(schema.Results), text), "run.bench: merged from shards without all of the run: shard 3/3, workload z")
	if got, want := r.Facts.Values(schema.ConfigCPU), []string{"One", "Two"}; !slices.Equal(got, want) {
		t.Errorf("processors %q, want %q", got, want)
	}
	if got, want := r.Facts.Values(schema.FactPart), []string{"1/3", "2/3"}; !slices.Equal(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}
	if len(r.Workloads) != 2 || r.Workloads[0].Name != "x" {
		t.Fatalf("%d workloads", len(r.Workloads))
	}
	if got := r.Workloads[1].Center(schema.AllocFree, schema.NsPerOp, 0); math.Abs(got-7e-9) > 1e-15 {
		t.Errorf("y took %v", got)
	}
}
