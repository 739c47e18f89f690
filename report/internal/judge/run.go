// Package judge says what a run shows: which differences are called, what to take
// on each workload, how cost grows, where strategies change places. Its results are
// values. It knows no wording: it imports nothing that makes text.
//
// A new rule for the verdict of a workload is a function in a file of its own and a
// line in rules; its sentence is a line in package words.
//
// # Verdicts
//
//   - What to take rests on what a driver pays (package cost): whoever refuses less; else
//     whoever needs half the page-table entries or less, and reaches as far; else whoever
//     costs less in total, by more than the errors of all parts. What is said of a pick
//     holds for each strategy picked against each left out. A difference of less than 5 %
//     of the total is a trifle and decides nothing, and where a part is not known neither
//     does the total. One policy of the run decides; a pick that another would change has it.
//     Times of an operation are those of user-space models and decide nothing.
//   - Strategies that did not grant the same requests are compared in nothing else,
//     neither in time nor in exact counts: an allocator that refuses does less work.
//     [Equal] says who did the same work, of the requests as they are and of those that a
//     policy makes. The placement traces say which requests were refused; without them
//     only those that served everything did the same.
//   - Requests refused as invalid, of which no policy makes one, decide nothing where
//     page tables do.
//   - A difference in time is called when three things hold: the Mann-Whitney test
//     (benchmath, what benchstat prints) stays below 0.05 after Holm's correction
//     for all comparisons of the run together; the whole interval lies beyond the
//     floor, which is the most that a compared strategy differed by from itself on that
//     workload, and at least what nine of ten lanes of the run stay below (of fewer than
//     ten, the largest), as a ratio: half and double are the same; both strategies have
//     such a lane (A/A) there, and the lanes did not fail as a whole.
//   - Where none is called, the verdict has the smallest difference that the run
//     could detect: from the spread of both A/A lanes and the number of samples, at
//     80 % power and the strictest level that Holm's correction asks for, beyond the
//     floor, and never less than a tick of the clock or the interval of a median.
//   - Times are wall time. Where the machine was busy, that is where more than a tenth of
//     the samples were interrupted, all of this is done with processor time, if every
//     sample has it ([rundir.Basis]).
//   - The A/A lanes fail when more of them differ by 3 % than chance explains (1 %),
//     or when half of them are off by 10 %. Then, or where no lane can show a
//     difference, no time is called anywhere.
//   - A replay of less than 1,000 ticks of the clock is too short to time. The tick
//     is what the run measured; one that did not is taken for a nanosecond unless its
//     samples lie on a coarser grid.
//   - Files that contradict each other about what was served decide nothing, nor does
//     a share of requests served that no file has.
//   - Counts (refusals, entries, broken memory, metadata, splits, merges, visits) are
//     deterministic: any difference is real, so there is no interval and no p.
//   - Where no strategy served anything there is no work to compare, and nothing is
//     to be taken.
//
// # Other findings
//
//   - Builders and lifetimes are not strategies: their headings speak of exact counts.
//     A time joins them only when five samples a side do not overlap, it is more than
//     twofold and A/A did not fail.
//   - Page-table entries are compared among strategies that served everything under the
//     policy: refusing the large requests saves entries. A note names who is left out.
//   - Growth is the exponent b of cost = a·n^b, by least squares on logarithms through
//     the medians, with a 95 % interval by Student's t. Growth is fast when the
//     interval lies above 0.2, unknown when it reaches across, else no faster than its
//     upper end; two sizes give no interval.
//   - Strategies cross over between two sizes at which their samples lie apart in
//     opposite order, five a side and by 3 % at least. What several goroutines gain is
//     called by the same rule.
//   - Calls into a C library cross a boundary, which is not the library's work. Such a
//     strategy has no crossovers, and of its growth only fast is called: a constant
//     part pulls the exponent towards 0.
package judge

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Run is what sections are made from: a run as it was read and judged.
type Run struct {
	*rundir.Run
	Times    *Times
	Builder  string // whose tables stand for all, empty without tables
	Prices   cost.Prices
	Verdicts []Verdict // of the workloads, in their order
	Maps     MapChoice
}

// New judges a run at the prices that hold if nobody gives others.
func New(r *rundir.Run) Run { return Priced(r, cost.Defaults()) }

// Priced judges a run where parts of what a driver pays have other prices.
func Priced(r *rundir.Run, prices cost.Prices) Run {
	t := compare(clockOf(r), r.Workloads, len(r.Strategies))
	t.Self.Basis, t.prices = r.Basis, prices
	for _, name := range r.Strategies {
		t.Libraries = append(t.Libraries, r.Curves.Crossing.Crosses(name))
	}
	builder := builderOf(r)
	all := t.verdicts(r.Workloads, builder)
	for i := range all {
		all[i].Kernel = kernelOf(r, all[i].Workload)
	}
	return Run{Run: r, Times: t, Builder: builder, Prices: prices, Verdicts: all}
}

// builderOf is the builder whose tables stand for all: that of the curves, so that
// every part of the page speaks of the same tables, or the first that the run was given,
// which would have been that of the curves.
func builderOf(r *rundir.Run) string {
	if b := r.Curves.Holes.Builder(); slices.Contains(r.Builders, b) {
		return b
	}
	if len(r.Builders) == 0 {
		return ""
	}
	return r.Builders[0]
}
