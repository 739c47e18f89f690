package schema

import "math"

// SameWork are those of n strategies that did the same work in a replay of a workload: all
// that granted the largest share of the requests, if it is the same requests. The others
// did less work and are compared with them in nothing, because an allocator that refuses
// looks fast. It is the rule of who is compared, for those who write a file and those who
// read it.
//
// served is the share of requests that a strategy granted, in percent; NaN if nobody knows,
// and then nobody knows who did the same work. same reports whether two strategies that
// granted the same share granted the same requests, and any at all. Without that for those
// that granted most, no two did the same work, and the result is empty.
func SameWork(n int, served func(i int) float64, same func(i, j int) bool) []int {
	most := math.Inf(-1)
	for i := range n {
		if math.IsNaN(served(i)) {
			return nil
		}
		most = max(most, served(i))
	}
	var out []int
	for i := range n {
		if served(i) != most {
			continue
		}
		if len(out) > 0 && !same(out[0], i) {
			return nil
		}
		out = append(out, i)
	}
	return out
}
