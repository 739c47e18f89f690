package judge

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Present are those of n strategies that have times on the workload.
func Present(w *rundir.Workload, n int) []int {
	var out []int
	for s := range n {
		if c := w.Cell(schema.AllocFree, schema.NsPerOp, s); c != nil && c.Sum.Center > 0 {
			out = append(out, s)
		}
	}
	return out
}

// SameWork reports whether two strategies granted the same requests. The
// traces tell which were refused; without them, equal shares must do. What is
// not known is not the same, and to grant none is no work.
func SameWork(w *rundir.Workload, a, b int) bool {
	if w.Served(a) == 0 {
		return false
	}
	pa, pb := w.Placement(a), w.Placement(b)
	if pa != nil && pb != nil {
		return pa.Requests == pb.Requests && pa.Refusals.N == pb.Refusals.N && pa.Refusals.Which == pb.Refusals.Which
	}
	return w.Served(a) == w.Served(b) // NaN is not
}

// contenders are those of the strategies that did the most work: the same
// work. It is empty when those that served the same share refused different
// requests, when they all served nothing, or when nobody knows.
func contenders(w *rundir.Workload, present []int) []int {
	most := math.Inf(-1)
	for _, s := range present {
		most = max(most, w.Served(s))
	}
	var out []int
	for _, s := range present {
		if w.Served(s) != most {
			continue
		}
		if len(out) > 0 && !SameWork(w, out[0], s) {
			return nil
		}
		out = append(out, s)
	}
	return out
}
