package judge

import (
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Samples are the fewest and the most samples of the time of an operation that a
// strategy has on a workload; 0 is one that was not measured.
func Samples(workloads []*rundir.Workload, strategies int) (lo, hi int) {
	first := true
	for _, w := range workloads {
		for s := range strategies {
			n := 0
			if c := w.Cell(schema.AllocFree, schema.NsPerOp, s); c != nil {
				n = len(c.Sample.Values)
			}
			if first {
				lo, first = n, false
			}
			lo, hi = min(lo, n), max(hi, n)
		}
	}
	return lo, hi
}
