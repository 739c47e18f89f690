package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/rundir"
)

// RefusedWork is what strategies refused of a workload. The same request may be refused
// by several, each for a reason of its own, so counts are by strategy.
type RefusedWork struct {
	Min, Max  uint64 // bytes asked for
	One       bool   // all refused one request, the same
	LeastFree uint64 // at any refused while enough was free
	Window    rundir.WindowRefusals
	Rounded   bool // whoever refused what fits into a hole of its window grants powers of two
	By        []RefusedBy
}

// RefusedBy is what strategies refused that refused as much for the same reasons.
type RefusedBy struct {
	Strategies []int
	rundir.Refusals
}

// RefusedOn collects the refusals of the strategies; those that refused nothing are in
// none of it.
func RefusedOn(w *rundir.Workload, present []int) RefusedWork {
	var all RefusedWork
	for _, s := range present {
		p := w.Placement(s)
		if p == nil || p.Refusals.N == 0 {
			continue
		}
		f := p.Refusals
		if len(all.By) == 0 || f.Min < all.Min {
			all.Min = f.Min
		}
		all.Max = max(all.Max, f.Max)
		all.One = f.N == 1 && (len(all.By) == 0 || all.One && all.By[0].Which == f.Which)
		if f.Roomy > 0 && (all.LeastFree == 0 || f.LeastFree < all.LeastFree) {
			all.LeastFree = f.LeastFree
		}
		if f.Window.Fits > 0 {
			all.Rounded = p.Able.Powers && (all.Rounded || all.Window.Fits == 0)
		}
		all.Window.Merge(f.Window)
		i := slices.IndexFunc(all.By, func(b RefusedBy) bool { return b.counts() == (RefusedBy{Refusals: f}).counts() })
		if i < 0 {
			i, all.By = len(all.By), append(all.By, RefusedBy{Refusals: f})
		}
		all.By[i].Strategies = append(all.By[i].Strategies, s)
	}
	return all
}

// counts are the refusals by reason.
func (b RefusedBy) counts() [6]int {
	return [6]int{b.Invalid, b.TooBig, b.Beyond, b.Windowed, b.Roomy, b.UsedUp}
}

// Told are the refusals that tell one strategy from another: all but those of requests that
// are invalid to it. What a trace asks for that one interface has and another has not says
// nothing about either.
func Told(f rundir.Refusals) int { return f.N - f.Invalid }

// Untold are those of some strategies that served less than those that served most, and
// that only by requests invalid to them: they refuse no more of the others. What is not
// known is not of them.
func Untold(w *rundir.Workload, present []int) []int {
	most := math.Inf(-1)
	for _, s := range present {
		most = max(most, w.Served(s))
	}
	var out []int
	for _, s := range present {
		if p := w.Placement(s); p != nil && w.Served(s) < most && slices.ContainsFunc(present, func(o int) bool {
			q := w.Placement(o)
			return q != nil && w.Served(o) == most && Told(p.Refusals) <= Told(q.Refusals)
		}) {
			out = append(out, s)
		}
	}
	return out
}

// Only reports whether all refusals of all strategies are those that count counts.
func (r RefusedWork) Only(count func(rundir.Refusals) int) bool {
	return !slices.ContainsFunc(r.By, func(b RefusedBy) bool { return count(b.Refusals) != b.N })
}

// Who are the strategies that refused something.
func (r RefusedWork) Who() []int {
	var out []int
	for _, b := range r.By {
		out = append(out, b.Strategies...)
	}
	slices.Sort(out)
	return out
}
