package decisions

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/words"
)

// metric is a column of the matrix behind what a driver pays: any difference of its values
// is real, and one of less than 5 % is a tie all the same.
type metric struct {
	long, short, brief string
	scale              float64
	value              func(v *judge.Verdict, s int) float64
	work               bool   // it is the work done, so that those that did less take part, and any difference counts
	higher             bool   // the higher value is better
	replay             string // in which it was counted
	part               int    // of what a driver pays, or -1: a trifle of the total is a tie
	share              bool   // a percentage of memory, of which less than a point is a tie
}

const noPart = -1

// metrics are the columns behind what a driver pays, what decides first.
func metrics(in judge.Run) []metric {
	metadata := func(v *judge.Verdict, s int) float64 {
		return v.Workload.Center(schema.AllocFree, schema.MetadataBytes, s)
	}
	unit, scale := metadataUnit(in, metadata)
	policy := ""
	if all := rundir.Policies(in.Workloads...); len(all) > 0 {
		policy = all[0]
	}
	under := func(value func(rundir.PolicyCell) float64) func(*judge.Verdict, int) float64 {
		return func(v *judge.Verdict, s int) float64 {
			if c, ok := v.Workload.Policy(s, policy); ok {
				return value(c)
			}
			return math.NaN()
		}
	}
	driver := words.Driver(policy)
	return []metric{
		{"Refused, per 1,000", "Refused ‰", "refused ‰", 1, func(v *judge.Verdict, s int) float64 { return words.PerMille(v.Workload, s) }, true, false, judge.Own, noPart, false},
		{"Page-table entries per table (" + driver + ")", "PTEs (" + driver + ")", "PTEs " + driver, 1, under(rundir.PolicyCell.Entries), false, false, policy, cost.PTE, false},
		{"Bytes that entries of 2 MiB map (" + driver + "), %", "2 MiB reach %", "2M reach %", 1, under(func(c rundir.PolicyCell) float64 { return judge.Shares(c)[0] }), false, true, policy, noPart, true},
		{"sg entries per table (" + in.Builder + ")", "sg entries", "sg entries", 1, func(v *judge.Verdict, s int) float64 {
			return v.Workload.Table(in.Builder, schema.SegsPerTable, s).Center()
		}, false, false, judge.Own, noPart, false},
		{"Broken free memory, mean over the run, %", "Broken free, mean %", "broken %", 1, func(v *judge.Verdict, s int) float64 { return v.Workload.MeanBroken(s) }, false, false, judge.Own, noPart, true},
		{"Metadata, " + unit, "Metadata " + unit, "metadata " + unit, scale, metadata, false, false, judge.Own, noPart, false},
	}
}

// metadataUnit is the unit that leaves most rows a digit before the point.
func metadataUnit(in judge.Run, value func(*judge.Verdict, int) float64) (string, float64) {
	var all []float64
	for i := range in.Verdicts {
		for s := range in.Strategies {
			if v := value(&in.Verdicts[i], s); v > 0 {
				all = append(all, v)
			}
		}
	}
	if m := stat.Median(all); m >= 1<<20 {
		return "MiB", 1 << 20
	}
	return "KiB", 1 << 10
}

// holds reports whether the run holds any value of the metric.
func holds(in judge.Run, c metric) bool {
	for i := range in.Verdicts {
		for s := range in.Strategies {
			if !math.IsNaN(c.value(&in.Verdicts[i], s)) {
				return true
			}
		}
	}
	return false
}
