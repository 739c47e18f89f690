// Package decisions is the table of what to take: a row for each workload, a column for
// what a driver pays and for each thing that decides, and time. The page draws it, and a terminal prints it: both say the same,
// because what wins a cell is found here.
package decisions

import (
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// Table is the table of a run.
type Table struct {
	Columns []Column // those without a single value are left out
	Rows    []Row    // of the workloads, in their order
}

// Kind is what a column is of.
type Kind int

// The kinds that are treated by themselves.
const (
	Count Kind = iota // exact
	Pays              // what a driver pays in total
	Time              // of an operation in user space, which decides nothing
)

// Column is what a column is called, at three lengths.
type Column struct {
	Long, Short, Brief string
	Kind               Kind
	Higher             bool // more is better
}

// Row is a workload.
type Row struct {
	Verdict judge.Verdict
	Take    text.Prose // the strategies to take, or a word
	Unknown bool       // it is a word for why nothing is to be taken
	Cells   []Cell     // one for each column
}

// Cell is a finding, and the values behind it.
type Cell struct {
	Unlike  bool       // the values do not compare
	Finding text.Prose // the better strategies, or a word; empty: a strategy alone
	Best    []int      // the better strategies, if there are any
	Gain    string     // how much less time the best one takes, where that is known of two
	Numbers []float64  // by strategy, NaN where it is not known; nil: too short to time
	Values  []string   // the same as text, in brackets where the strategy did less work; nil as above
}

// New is the table of a run: what a driver pays, what decides, and the time last.
func New(in judge.Run) Table {
	names := in.Strategies
	var t Table
	pays := slices.ContainsFunc(in.Verdicts, func(v judge.Verdict) bool { return !v.Bill().Left(cost.Allocator) || !v.Bill().Left(cost.PTE) })
	if pays {
		t.Columns = []Column{{"What a driver pays, ns per request served", "A driver pays, ns", "pays ns", Pays, false}}
	}
	metrics := slices.DeleteFunc(metrics(in), func(c metric) bool { return !holds(in, c) })
	for _, c := range metrics {
		t.Columns = append(t.Columns, Column{c.long, c.short, c.brief, Count, c.higher})
	}
	time := Column{words.InUserSpace(in.Times) + ", ns per operation", words.InUserSpace(in.Times) + ", ns", "time, ns", Time, false}
	if in.Times.Self.Basis.Processor() {
		time.Brief = "CPU time, ns"
	}
	t.Columns = append(t.Columns, time)
	for _, v := range in.Verdicts {
		row := Row{Verdict: v}
		row.Take, row.Unknown = take(names, v)
		if pays {
			row.Cells = append(row.Cells, paysCell(names, v))
		}
		for _, c := range metrics {
			row.Cells = append(row.Cells, countCell(names, c, v))
		}
		row.Cells = append(row.Cells, timeCell(names, in.Times, v))
		t.Rows = append(t.Rows, row)
	}
	return t
}

// take is the pick: strategies, or a word, which is for why there is none if unknown.
func take(names list.Names, v judge.Verdict) (pick text.Prose, unknown bool) {
	switch {
	case v.Kind == judge.Contradicted:
		return "files contradict", true
	case v.Kind == judge.Missing || v.Kind == judge.Unclear:
		return "undecided", true
	case v.Kind == judge.Nothing:
		return "none", true
	case len(v.Picks) == 0:
		return "not comparable", true
	case len(v.Picks) == len(names) && len(names) > 1:
		return text.Prose(words.EitherOf(len(v.Picks))), false
	}
	return text.Prose(strings.Join(text.Marks(v.Picks), " or ")), false
}

// best fills in the better strategies.
func (c *Cell) best(of []int) {
	c.Best, c.Finding = of, text.Prose(strings.Join(text.Marks(of), ", "))
}

// bracketed are values with those in brackets that are of less work.
func bracketed(same []int, shown []string) []string {
	out := make([]string, len(shown))
	for s := range shown {
		out[s] = words.Bracketed(same, s, shown[s])
	}
	return out
}

// timeCell is the cell of the one column that noise touches.
func timeCell(names list.Names, times *judge.Times, v judge.Verdict) (c Cell) {
	shown := make([]string, len(names))
	for s := range names {
		t := 1e9 * v.Workload.OpTime(schema.AllocFree, s).Center()
		c.Numbers = append(c.Numbers, t)
		shown[s] = text.Digits3(t)
	}
	c.Values = bracketed(v.Same, shown)
	switch v.Kind {
	case judge.Alone:
	case judge.Missing, judge.Untimed:
		c.Finding = "not measured"
	case judge.Contradicted, judge.Unclear:
		c.Unlike, c.Finding = true, "unknown"
	case judge.Unequal:
		c.Unlike, c.Finding = true, "unequal"
	case judge.Nothing:
		c.Unlike, c.Finding = true, "nothing served"
	case judge.Noisy:
		if c.Finding = "too noisy"; !times.Self.Failed {
			c.Finding = "noise unknown"
		}
	case judge.Few:
		c.Finding = "too few samples"
	case judge.Tie:
		c.Finding = "tie"
		if len(v.Tied) < len(v.Timed) {
			c.best(v.Tied)
		}
	case judge.Win:
		c.best([]int{v.Best})
		c.Gain = gain(times, v)
	}
	if times.Clock.Shortest(v.Workload, v.Timed) < judge.LeastTicks {
		c.Numbers, c.Values = nil, nil
		if v.Kind == judge.Short || v.Kind == judge.Alone {
			c.Finding = "too short to time"
		}
	}
	return c
}

// gain is how much less time the best strategy takes. Percentages are of the base,
// so there is one only where the base is what was beaten.
func gain(times *judge.Times, v judge.Verdict) string {
	if v.Best == v.Timed[0] || len(v.Timed) > 2 {
		return ""
	}
	p, _ := times.Pair(v.Workload, v.Timed[0], v.Best)
	return text.Signed(p.Delta)
}

// numbers counts those that are known.
func numbers(values []float64) (n int) {
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// paysCell is the cell of what a driver pays in total: whoever costs less by the rule for
// what to take. Where a part is left out, it pays that much at least.
func paysCell(names list.Names, v judge.Verdict) (c Cell) {
	c.Numbers = judge.Totals(v.Bill())
	shown := make([]string, len(names))
	for s := range shown {
		shown[s] = words.Paid(v.Bill(), s)
	}
	c.Values = bracketed(v.Same, shown)
	if c.uncompared(names, v, v.Same, false) {
		return c
	}
	switch best := judge.Cheapest(v.Bill(), v.Same); {
	case len(v.Bill().Out) > 0:
		c.Finding = "in part"
	case len(best) == len(names):
		c.Finding = "tie"
	default:
		c.best(best)
	}
	return c
}

// uncompared fills in the finding where values are not compared among some strategies.
func (c *Cell) uncompared(names list.Names, v judge.Verdict, among []int, work bool) bool {
	switch {
	case len(names) == 1:
	case numbers(c.Numbers) == 0:
		c.Finding = "not measured"
	case v.Kind == judge.Contradicted || v.Kind == judge.Unclear && !work || len(among) < 2:
		c.Unlike, c.Finding = true, "unequal"
		if v.Kind == judge.Contradicted || v.Kind == judge.Unclear || v.Kind == judge.Missing {
			c.Finding = "unknown"
		}
	case slices.ContainsFunc(among, func(s int) bool { return math.IsNaN(c.Numbers[s]) }):
		c.Finding = text.None
	default:
		return false
	}
	return true
}

// countCell is a cell of exact values: the best one wins, of those that did the same
// work in the replay that the values are of, unless the work itself is compared. Who is
// within a trifle of it wins with it. Refusals do not compare where somebody refuses more
// only by what is invalid to it.
func countCell(names list.Names, m metric, v judge.Verdict) (c Cell) {
	for s := range names {
		c.Numbers = append(c.Numbers, m.value(&v, s)/m.scale)
	}
	among := judge.Equal(v.Workload, len(names), m.replay)
	c.Values = bracketed(among, text.Apart(c.Numbers))
	if m.work {
		among = v.Present
		c.Values = text.Apart(c.Numbers)
	}
	if c.uncompared(names, v, among, m.work) {
		return c
	}
	if m.work && len(v.Untold) > 0 {
		c.Unlike, c.Finding = true, "EINVAL"
		return c
	}
	switch best := m.best(v.Bill(), c.Numbers, among); {
	case len(best) == len(names):
		c.Finding = "tie"
	default:
		c.best(best)
	}
	return c
}

// best are those with the best value, and those that are a trifle from it.
func (m metric) best(b *cost.Bill, values []float64, among []int) (out []int) {
	top := among[0]
	for _, s := range among {
		if values[s] < values[top] != m.higher && values[s] != values[top] {
			top = s
		}
	}
	for _, s := range among {
		lo, hi := min(values[s], values[top]), max(values[s], values[top])
		switch {
		case lo == hi,
			!m.work && hi-lo < judge.Trifle*hi,
			m.share && hi-lo < 1,
			m.part != noPart && !b.Left(m.part) && judge.IsTrifle(b, m.part, s, top):
			out = append(out, s)
		}
	}
	return out
}
