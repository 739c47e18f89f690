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

// sameRequests reports whether two strategies granted the same requests. The
// traces tell which were refused; without them, equal shares must do. What is
// not known is not the same, and to grant none is no work.
func sameRequests(w *rundir.Workload, a, b int) bool {
	if w.Served(a) == 0 {
		return false
	}
	pa, pb := w.Placement(a), w.Placement(b)
	if pa != nil && pb != nil {
		return pa.Requests == pb.Requests && pa.Refusals.N == pb.Refusals.N && pa.Refusals.Which == pb.Refusals.Which
	}
	return w.Served(a) == w.Served(b) // NaN is not
}

// Contenders are those of n strategies that did the most work: the same work. The
// others did less and are compared in nothing but that. It is empty when those that
// served the same share refused different requests, when they all served nothing,
// when one of them does not say what it served, or when the files contradict each
// other.
func Contenders(w *rundir.Workload, n int) []int {
	present := Present(w, n)
	if len(Contradictions(w, n)) > 0 {
		return nil
	}
	most := math.Inf(-1)
	for _, s := range present {
		if math.IsNaN(w.Served(s)) {
			return nil
		}
		most = max(most, w.Served(s))
	}
	var out []int
	for _, s := range present {
		if w.Served(s) != most {
			continue
		}
		if len(out) > 0 && !sameRequests(w, out[0], s) {
			return nil
		}
		out = append(out, s)
	}
	return out
}
