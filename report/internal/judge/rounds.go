package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/changepoint"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Samples are the fewest and the most samples of the time of an operation that a
// strategy has on a workload; 0 is one that was not measured.
func Samples(workloads []*rundir.Workload, strategies int) (lo, hi int) {
	first := true
	for _, w := range workloads {
		for s := range strategies {
			n := 0
			if c := w.OpTime(schema.AllocFree, s); c != nil {
				n = len(c.Sample.Values)
			}
			if first {
				lo, first = n, false
			}
			lo, hi = min(lo, n), max(hi, n)
		}
	}
	return lo, hi
}

// LeastRounds are the fewest rounds over which a drift is looked for.
const LeastRounds = 6

// LeastDrift are the fewest rounds in which a change of the level can be told.
const LeastDrift = changepoint.LeastShift

// leastShift is the least change of the level of times that is told, as a share.
const leastShift = 0.01

// Round is one round of a run: the times of its samples, each divided by the median of its
// cell. All cells together say how fast the machine was then.
type Round struct {
	N           int
	Lo, Mid, Hi float64   // quartiles
	Lost        []float64 // those of samples that were interrupted
}

// Drift is the course of the times over the rounds of a run.
type Drift struct {
	Rounds []Round
	At     int     // the first round, from 0, of another level that chance does not explain; 0 if there is none
	By     float64 // the level from there on by that before, less 1
}

// DriftOf is the course of the times of operations over the rounds of a run, of both lanes
// of all strategies. ok is false of fewer than [LeastRounds].
func (t *Times) DriftOf(workloads []*rundir.Workload) (d Drift, ok bool) {
	var ratios, lost [][]float64 // by round
	for _, w := range workloads {
		for s := range t.strategies {
			if t.Clock.tooShort(w, []int{s}) {
				continue
			}
			for _, bench := range []*schema.Bench{schema.AllocFree, schema.AA} {
				c := w.OpTime(bench, s)
				if c == nil || len(c.InOrder) < LeastRounds {
					continue
				}
				away := w.Away(bench, s)
				for i, v := range c.InOrder {
					if i == len(ratios) {
						ratios, lost = append(ratios, nil), append(lost, nil)
					}
					r := v / c.Center()
					ratios[i] = append(ratios[i], r)
					if away != nil && away[i] {
						lost[i] = append(lost[i], r)
					}
				}
			}
		}
	}
	if len(ratios) < LeastRounds {
		return Drift{}, false
	}
	var middles []float64
	for i, v := range ratios {
		r := Round{N: len(v), Mid: stat.Median(v), Lost: lost[i]} // which sorts them
		r.Lo, r.Hi = v[(len(v)-1)/4], v[len(v)-1-(len(v)-1)/4]
		d.Rounds, middles = append(d.Rounds, r), append(middles, r.Mid)
	}
	at, p := changepoint.Shift(middles)
	if p >= stat.Alpha {
		return d, true
	}
	by := stat.Median(slices.Clone(middles[at:]))/stat.Median(slices.Clone(middles[:at])) - 1
	if math.Abs(by) >= leastShift {
		d.At, d.By = at, by
	}
	return d, true
}
