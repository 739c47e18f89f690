package managed

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// evictions is a workload at a pressure: shares of the bytes asked for, 1 being all of them,
// by strategy; NaN where nothing was counted.
type evictions struct {
	workload            *rundir.Workload
	number              int // of the workload, from 1 on
	pressure            int
	evicted, spared, in []float64
	refused             []float64 // requests
	same                []int     // those that did the same work, of whom alone more or less is said
}

// casesOf are all there are, workload by workload.
func casesOf(names list.Names, workloads []*rundir.Workload, pressures []int) (out []evictions) {
	for i, w := range workloads {
		for _, p := range pressures {
			c := evictions{workload: w, number: i + 1, pressure: p}
			served, any := []float64(nil), false
			for s := range names {
				m, ok := w.Managed[rundir.ManagedKey{Strategy: s, Pressure: p}]
				if !ok {
					nan := math.NaN()
					m = rundir.Managed{Served: nan, Refused: nan, Asked: nan, Evicted: nan, Spared: nan, In: nan}
				} else {
					served = append(served, m.Served)
				}
				any = any || ok
				c.evicted = append(c.evicted, m.Evicted/m.Asked)
				c.spared = append(c.spared, m.Spared/m.Asked)
				c.in = append(c.in, m.In/m.Asked)
				c.refused = append(c.refused, m.Refused)
			}
			c.same = sameWork(c.evicted, served)
			if any {
				out = append(out, c)
			}
		}
	}
	return out
}

// sameWork are the strategies that served the most, by the rule of the schema. Strategies that
// serve the same share under a manager serve the same requests: everything can be evicted, so
// only what is too large or invalid is refused.
func sameWork(evicted, served []float64) (same []int) {
	var counted []int
	for s, v := range evicted {
		if !math.IsNaN(v) {
			counted = append(counted, s)
		}
	}
	if len(counted) != len(served) {
		return nil
	}
	for _, i := range schema.SameWork(len(counted), func(i int) float64 { return served[i] }, func(i, _ int) bool { return served[i] > 0 }) {
		same = append(same, counted[i])
	}
	return same
}

// all reports whether all strategies did the same work, and more than one.
func (c *evictions) all() bool { return len(c.same) > 1 && len(c.same) == len(c.evicted) }

// spread is how far the strategies that did the same work lie apart in what is evicted.
func (c *evictions) spread() float64 {
	lo, hi := math.Inf(1), 0.0
	for _, s := range c.same {
		lo, hi = min(lo, c.evicted[s]), max(hi, c.evicted[s])
	}
	return max(0, hi-lo)
}
