package report

import "math"

// present are those of n strategies that have times on the workload.
func present(w *workload, n int) []int {
	var out []int
	for s := range n {
		if c := w.cell(benchTime, unitOp, s); c != nil && c.sum.Center > 0 {
			out = append(out, s)
		}
	}
	return out
}

// SameWork reports whether two strategies granted the same requests. The
// traces tell which were refused; without them, equal shares must do. What is
// not known is not the same, and to grant none is no work.
func SameWork(w *workload, a, b int) bool {
	if w.served(a) == 0 {
		return false
	}
	pa, pb := w.placement(a), w.placement(b)
	if pa != nil && pb != nil {
		return pa.requests == pb.requests && pa.refusals.n == pb.refusals.n && pa.refusals.which == pb.refusals.which
	}
	return w.served(a) == w.served(b) // NaN is not
}

// contenders are those of the strategies that did the most work: the same
// work. It is empty when those that served the same share refused different
// requests, when they all served nothing, or when nobody knows.
func contenders(w *workload, present []int) []int {
	most := math.Inf(-1)
	for _, s := range present {
		most = max(most, w.served(s))
	}
	var out []int
	for _, s := range present {
		if w.served(s) != most {
			continue
		}
		if len(out) > 0 && !SameWork(w, out[0], s) {
			return nil
		}
		out = append(out, s)
	}
	return out
}
