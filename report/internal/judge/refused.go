package judge

import (
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// RefusedWork is what the strategies refused of a workload, all together, and
// which of them gave the reasons that have nothing to do with what is free.
type RefusedWork struct {
	rundir.Refusals
	InvalidTo, TooBigFor []int
	Rounded              bool // whoever refused what fits into a hole of its window grants powers of two
}

// RefusedOn sums up the refusals of the strategies.
func RefusedOn(w *rundir.Workload, present []int) RefusedWork {
	var all RefusedWork
	for _, s := range present {
		p := w.Placement(s)
		if p == nil || p.Refusals.N == 0 {
			continue
		}
		if p.Refusals.Window.Fits > 0 {
			all.Rounded = p.Able.Powers && (all.Rounded || all.Window.Fits == 0)
		}
		merge(&all.Refusals, p.Refusals)
		if p.Refusals.Invalid > 0 {
			all.InvalidTo = append(all.InvalidTo, s)
		}
		if p.Refusals.TooBig > 0 {
			all.TooBigFor = append(all.TooBigFor, s)
		}
	}
	return all
}

// merge adds the counts and the bounds of other refusals, not which they were.
func merge(f *rundir.Refusals, g rundir.Refusals) {
	if f.N == 0 || g.Min < f.Min {
		f.Min = g.Min
	}
	if g.Roomy > 0 && (f.Roomy == 0 || g.LeastFree < f.LeastFree) {
		f.LeastFree = g.LeastFree
	}
	f.Max = max(f.Max, g.Max)
	f.N += g.N
	f.Invalid += g.Invalid
	f.TooBig += g.TooBig
	f.Beyond += g.Beyond
	f.Windowed += g.Windowed
	f.Window.Merge(g.Window)
	f.Roomy += g.Roomy
	f.UsedUp += g.UsedUp
}
