// Package judge says what a run shows: which differences are called, what to take
// on each workload, how cost grows, where strategies change places. Its results are
// values. It knows no wording: it imports nothing that makes text.
//
// A new rule for the verdict of a workload is a function in a file of its own and a
// line in rules.
package judge

import (
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Run is what sections are made from: a run as it was read and judged.
type Run struct {
	*rundir.Run
	Times    *Times
	Verdicts []Verdict // of the workloads, in their order
}

// New judges a run.
func New(r *rundir.Run) Run {
	t := compare(r.Workloads, len(r.Strategies))
	return Run{r, t, t.verdicts(r.Workloads)}
}
