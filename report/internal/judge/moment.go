package judge

import (
	"maps"
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Standing is the state of every strategy at one moment of a workload.
type Standing struct {
	Op    int
	AtEnd bool                  // it is the last moment that all have
	Of    map[int]rundir.Moment // by strategy; those without a series are missing
}

// Any is the sample of one of the strategies: all were taken at the same moment.
func (st Standing) Any() rundir.Moment {
	first := slices.Min(slices.Collect(maps.Keys(st.Of)))
	return st.Of[first]
}

// Telling is the moment that a heading compares strategies at: the last that all of them
// have or, where one has freed everything by then, the one at which most is live. ok is
// false if they have none in common at which something is live.
func Telling(names list.Names, w *rundir.Workload) (st Standing, ok bool) {
	common := standings(names, w)
	if len(common) == 0 {
		return st, false
	}
	region := math.Inf(1)
	if p := w.AnyPlacement(); p != nil {
		region = float64(p.Region.Managed())
	}
	st = common[len(common)-1]
	st.AtEnd = true
	if !st.anyEmpty(region) {
		return st, true
	}
	least := math.Inf(1)
	for _, c := range common {
		if free := c.free(); free < least {
			least, st = free, c
		}
	}
	return st, least < region*float64(len(st.Of))
}

// standings are the moments that all series have, by operation.
func standings(names list.Names, w *rundir.Workload) []Standing {
	var out []Standing
	series := 0
	byOp := make(map[int]int) // index in out
	for s := range names {
		moments := w.Series(s)
		if len(moments) == 0 {
			continue
		}
		for _, m := range moments {
			if series == 0 {
				byOp[m.Op] = len(out)
				out = append(out, Standing{Op: m.Op, Of: map[int]rundir.Moment{s: m}})
			} else if i, ok := byOp[m.Op]; ok {
				out[i].Of[s] = m
			}
		}
		series++
	}
	all := out[:0]
	for _, st := range out {
		if len(st.Of) == series {
			all = append(all, st)
		}
	}
	return all
}

// anyEmpty reports whether a strategy has everything free.
func (st Standing) anyEmpty(region float64) bool {
	for _, m := range st.Of {
		if m.Free >= region {
			return true
		}
	}
	return false
}

// free is what is free with all strategies together, in bytes.
func (st Standing) free() float64 {
	sum := 0.0
	for _, m := range st.Of {
		sum += m.Free
	}
	return sum
}
