// Package cost is what a driver pays for an allocator: a sum over parts, in nanoseconds for
// each request served. It holds numbers and no judgement; package judge compares them.
//
// # The unit
//
// A request served is an object of the driver: it is allocated, gets a table, is mapped, and
// is freed at last. Work of the allocator is counted for each operation and refusals for each
// workload; all are divided by the requests served, so that parts of one strategy add up, and
// one that refuses is not cheaper for that.
//
// # Parts
//
// [Parts] lists them. Two are of the run: the allocator's work in a kernel as a model
// predicts it, with its error, and building the table, as measured in user space. Two are
// counts of the run times a price that is given: page-table entries written, and bytes moved
// for what was refused. The prices are the reader's to change.
//
// What is not known of every strategy is left out for all: a sum with a part beside one
// without it compares nothing. How far TLB entries reach is the GPU's gain, not the
// driver's time; it is carried along and never added.
package cost

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A Range is a number with the bounds between which it may lie; NaN where it is not known.
type Range struct{ Mid, Lo, Hi float64 }

// Known reports whether there is a number.
func (r Range) Known() bool { return !math.IsNaN(r.Mid) }

// exact is a number without an error.
func exact(v float64) Range { return Range{v, v, v} }

var unknown = exact(math.NaN())

// An Input is a workload of a run, and what is taken from it.
type Input struct {
	Workload   *rundir.Workload
	Strategies int
	Present    []int   // strategies that were measured
	Same       []int   // of them, those that did the same work
	Builder    string  // whose tables stand for all
	Policy     string  // of the driver whose page-table entries are counted; empty for none
	Floor      float64 // the noise of a time, as the logarithm of a ratio
	Short      bool    // times of the workload are too short to measure
	Prices     Prices
}

// A Bill is what a driver pays on one workload, by strategy.
type Bill struct {
	Policy  string
	Prices  Prices
	Amounts [][]Range // by part of [Parts], then by strategy: for each request served, in the part's own unit
	Out     []int     // parts left out: not known alike of all strategies
	Entries []float64 // page-table entries of a table, by strategy
	Reach   []float64 // bytes that 512 TLB entries map, by strategy; not added
	Cover   []float64 // share of the bytes that entries of 2 MiB map, in percent; not added
}

// Of is the bill of a workload.
func Of(in Input) Bill {
	b := Bill{Policy: in.Policy, Prices: in.Prices}
	for range in.Strategies {
		b.Entries = append(b.Entries, math.NaN())
		b.Reach, b.Cover = append(b.Reach, math.NaN()), append(b.Cover, math.NaN())
	}
	for _, s := range in.Present {
		if c, ok := in.Workload.Policy(s, in.Policy); ok {
			b.Entries[s], b.Reach[s] = c.Entries(), c.Reach
			b.Cover[s] = 100 * c.PTE[0] * rundir.PTESizes[0].Bytes / c.Mapped()
		}
	}
	for i, p := range Parts {
		amounts := slices.Repeat([]Range{unknown}, in.Strategies)
		out := p.unlike != nil && p.unlike(in)
		for _, s := range in.Present {
			amounts[s] = p.amount(in, s)
			out = out || !amounts[s].Known()
		}
		b.Amounts = append(b.Amounts, amounts)
		if out {
			b.Out = append(b.Out, i)
		}
	}
	return b
}

// NS is what a part costs a strategy, in nanoseconds for each request served.
func (b *Bill) NS(part, s int) Range {
	a := b.Amounts[part][s]
	ns := func(v float64) float64 { return Parts[part].ns(v, b.Prices[part]) }
	return Range{ns(a.Mid), ns(a.Lo), ns(a.Hi)}
}

// Left reports whether a part is left out.
func (b *Bill) Left(part int) bool { return slices.Contains(b.Out, part) }

// Total is the sum of the parts that are not left out. It is not known if all are.
func (b *Bill) Total(s int) Range {
	if len(b.Out) == len(b.Amounts) {
		return unknown
	}
	var sum Range
	for i := range b.Amounts {
		if !b.Left(i) {
			ns := b.NS(i, s)
			sum.Mid, sum.Lo, sum.Hi = sum.Mid+ns.Mid, sum.Lo+ns.Lo, sum.Hi+ns.Hi
		}
	}
	return sum
}
