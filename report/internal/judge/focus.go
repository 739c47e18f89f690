package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Looks is the number of moments at which the address map looks at a run.
const Looks = 240

// Focus is the workload shown in full: the most interesting one of those that the run was
// given, if it has the traces of any, else of all. nil when there are no traces.
func Focus(names list.Names, workloads []*rundir.Workload) *rundir.Workload {
	var best *rundir.Workload
	bestScore := 0.0
	for _, w := range workloads {
		if w.AnyPlacement() == nil || best != nil && best.Brought && !w.Brought {
			continue
		}
		if score := interest(names, w); best == nil || score > bestScore || w.Brought && !best.Brought {
			best, bestScore = w, score
		}
	}
	return best
}

// MapChoice is which maps of address spaces a page gets: a choice of the reader, nothing
// that was measured. The zero value is every workload within the usual size.
type MapChoice struct {
	None  bool
	Names []string // of workloads; empty: all
	Bytes int      // that the data of the maps may take; 0: the usual size
}

// MapOrder is the workloads that have placements, in the order in which their maps are
// shown: those that the run was given first, then the most telling first, of equals in their
// order.
func MapOrder(names list.Names, workloads []*rundir.Workload) []*rundir.Workload {
	var out []*rundir.Workload
	score := make(map[*rundir.Workload]float64)
	for _, w := range workloads {
		if w.AnyPlacement() != nil {
			out = append(out, w)
			score[w] = interest(names, w)
		}
	}
	slices.SortStableFunc(out, func(a, b *rundir.Workload) int {
		switch {
		case a.Brought != b.Brought:
			if a.Brought {
				return -1
			}
			return 1
		case score[a] > score[b]:
			return -1
		case score[a] < score[b]:
			return 1
		}
		return 0
	})
	return out
}

// interest is how much there is to see in a workload: by how many points the
// broken free memory of the strategies differs, and through how much of the
// run requests were refused by one that had the memory (all of it counts as
// ten points). A controlled workload, in which all strategies are broken
// alike, ranks behind a natural one.
func interest(names list.Names, w *rundir.Workload) float64 {
	lo, hi, refusing := math.Inf(1), 0.0, 0.0
	for s := range names {
		p := w.Placement(s)
		if p == nil {
			continue
		}
		refusing = max(refusing, float64(spreadRefusals(p))/Looks)
		if b := w.MeanBroken(s); !math.IsNaN(b) {
			lo, hi = min(lo, b), max(hi, b)
		}
	}
	if len(names) == 1 || math.IsInf(lo, 0) {
		lo = 0
	}
	return hi - lo + 10*refusing
}

// spreadRefusals counts the frames of the run in which something was refused,
// if fragmentation had to do with it.
func spreadRefusals(p *rundir.Placement) int {
	if p.Refusals.Roomy == 0 || p.Ops == 0 {
		return 0
	}
	seen := make(map[int]bool)
	for _, op := range p.Refusals.At {
		seen[int(op)*Looks/p.Ops] = true
	}
	return len(seen)
}

// LastOp is the last operation of any series of the workload, 0 without one.
func LastOp(names list.Names, w *rundir.Workload) int {
	n := 0
	for s := range names {
		if m := w.Series(s); len(m) > 0 {
			n = max(n, m[len(m)-1].Op)
		}
	}
	return n
}
