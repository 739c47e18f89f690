package summary

import (
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// matrix is the table of decisions: a row for each workload, a column for
// what decides.
type matrix struct {
	Note  string
	Take  bool // there is something to choose between
	Dense bool // small rows, so that many workloads fit a screen
	Heads []matrixHead
	Rows  []matrixRow
}

type matrixHead struct{ Long, Short string }

type matrixRow struct {
	Title, Facts, Brief string
	Take                template.HTML
	TakeClass           string // class of the tint, "hatch" when it depends
	Cells               []matrixCell
}

// matrixCell names the better strategy and gives the values of all.
type matrixCell struct {
	Label  string // the column, for where the table is not a table
	Class  string // "hatch" when the values do not compare
	Winner template.HTML
	Values string
}

// metric is a column of the matrix whose values are exact: the lower wins,
// and any difference is real.
type metric struct {
	long, short string
	scale       float64
	value       func(w *rundir.Workload, s int) float64
	work        bool                                  // it is the work done, so that those that did less take part
	replay      string                                // in which it was counted
	counted     func(w *rundir.Workload, n int) []int // whose kernel steps were counted alike; steps of one kind cost more than of another, so nobody wins
}

// makeMatrix fills the matrix. Columns without a single value are left
// out.
func makeMatrix(in judge.Run) matrix {
	names, all := in.Strategies, in.Verdicts
	n := len(names)
	m := matrix{
		Take:  n > 1,
		Dense: n == 2 && len(all) > 6,
		Heads: []matrixHead{{"User-space time, ns per operation", "User-space time, ns"}},
	}
	metrics := slices.DeleteFunc(metrics(in), func(c metric) bool { return !holds(names, in.Workloads, c) })
	for _, c := range metrics {
		m.Heads = append(m.Heads, matrixHead{c.long, c.short})
	}
	for _, v := range all {
		row := matrixRow{Title: v.Workload.Title, Facts: words.RegionFacts(v.Workload, true), Brief: words.RegionFacts(v.Workload, false)}
		row.Take, row.TakeClass = takeCell(names, v)
		row.Cells = append(row.Cells, timeCell(names, in.Times, v))
		for _, c := range metrics {
			row.Cells = append(row.Cells, countCell(names, c, v))
		}
		for i := range row.Cells {
			row.Cells[i].Label = m.Heads[i].Short
		}
		m.Rows = append(m.Rows, row)
	}
	m.Note = matrixNote(names)
	if n > 1 && slices.ContainsFunc(metrics, func(c metric) bool { return c.counted != nil }) {
		m.Note += " Kernel steps are not ranked: one of a list costs less than a split."
	}
	return m
}

func matrixNote(names list.Names) string {
	if len(names) == 1 {
		return "What was measured."
	}
	note := "What to take rests on what carries over to a driver: requests refused, then page-table entries, sg entries, broken free memory; time decides nothing. Each cell names the better strategy and gives " +
		words.Values(nil, names) + ". Hatched: unequal work, or unknown; an allocator that refuses does less, so nothing else is compared."
	return note + " In brackets: did less work, not compared."
}

// metrics are the columns behind the time.
func metrics(in judge.Run) []metric {
	metadata := func(w *rundir.Workload, s int) float64 { return w.Center(schema.AllocFree, schema.MetadataBytes, s) }
	unit, scale := metadataUnit(in.Strategies, in.Workloads, metadata)
	policy := ""
	if all := rundir.Policies(in.Workloads...); len(all) > 0 {
		policy = all[0]
	}
	return []metric{
		{"Refused, per 1,000", "Refused ‰", 1, words.PerMille, true, judge.Own, nil},
		{"Page-table entries per table (" + words.Driver(policy) + ")", "PTEs (" + words.Driver(policy) + ")", 1, func(w *rundir.Workload, s int) float64 {
			if c, ok := w.Policy(s, policy); ok {
				return c.Entries()
			}
			return math.NaN()
		}, false, policy, nil},
		{"sg entries per table (" + in.Builder + ")", "sg entries", 1, func(w *rundir.Workload, s int) float64 {
			return w.Table(in.Builder, schema.SegsPerTable, s).Center()
		}, false, judge.Own, nil},
		{"Broken free memory, mean over the run, %", "Broken free, mean %", 1, (*rundir.Workload).MeanBroken, false, judge.Own, nil},
		{"Kernel steps per operation", "Kernel steps", 1, kernelSteps, false, judge.Own, judge.KernelCounted},
		{"Metadata, " + unit, "Metadata " + unit, scale, metadata, false, judge.Own, nil},
	}
}

// kernelSteps are the steps of the kernel's own structures, of an operation.
func kernelSteps(w *rundir.Workload, s int) float64 {
	if c, ok := w.Kernel[s]; ok && c.Differs == 0 {
		return c.Steps
	}
	return math.NaN()
}

// metadataUnit is the unit that leaves most rows a digit before the point.
func metadataUnit(names list.Names, workloads []*rundir.Workload, value func(*rundir.Workload, int) float64) (string, float64) {
	var all []float64
	for _, w := range workloads {
		for s := range names {
			if v := value(w, s); v > 0 {
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
func holds(names list.Names, workloads []*rundir.Workload, c metric) bool {
	for _, w := range workloads {
		for s := range names {
			if !math.IsNaN(c.value(w, s)) {
				return true
			}
		}
	}
	return false
}

// takeCell is the pick: a strategy in its colour, or a word.
func takeCell(names list.Names, v judge.Verdict) (template.HTML, string) {
	switch {
	case v.Kind == judge.Contradicted:
		return "files contradict", "hatch"
	case v.Kind == judge.Missing || v.Kind == judge.Unclear:
		return "undecided", "hatch"
	case v.Kind == judge.Nothing:
		return "none", "hatch"
	case len(v.Picks) == 0:
		return "not comparable", "hatch"
	case len(v.Picks) == 1:
		return theme.Markup(names, text.Prose(text.Mark(v.Picks[0]))), "take " + theme.Class(v.Picks[0])
	case len(v.Picks) == len(names):
		return template.HTML(words.EitherOf(len(v.Picks))), ""
	}
	return theme.Markup(names, text.Prose(strings.Join(text.Marks(v.Picks), " or "))), ""
}

// timeCell is the cell of the one column that noise touches.
func timeCell(names list.Names, times *judge.Times, v judge.Verdict) matrixCell {
	shown := make([]string, len(names))
	for s := range names {
		shown[s] = text.Digits3(1e9 * v.Workload.Center(schema.AllocFree, schema.NsPerOp, s))
	}
	c := matrixCell{Values: words.Values(v.Same, shown)}
	switch v.Kind {
	case judge.Alone:
	case judge.Missing, judge.Untimed:
		c.Winner = "not measured"
	case judge.Contradicted, judge.Unclear, judge.Unequal:
		c.Class, c.Winner = "hatch", "unequal"
		if v.Kind != judge.Unequal {
			c.Winner = "unknown"
		}
	case judge.Nothing:
		c.Class, c.Winner = "hatch", "nothing served"
	case judge.Noisy:
		if c.Winner = "too noisy"; !times.Self.Failed {
			c.Winner = "noise unknown"
		}
	case judge.Few:
		c.Winner = "too few samples"
	case judge.Tie:
		c.Winner = "tie"
		if len(v.Tied) < len(v.Timed) {
			c.Winner = theme.Markup(names, text.Prose(strings.Join(text.Marks(v.Tied), ", ")))
		}
	case judge.Win:
		c.Winner = timeWinner(names, times, v)
	}
	if times.Clock.Shortest(v.Workload, v.Timed) < judge.LeastTicks {
		c.Values = ""
		if v.Kind == judge.Short || v.Kind == judge.Alone {
			c.Winner = "too short to time"
		}
	}
	return c
}

// timeWinner names the strategy that takes least time. Percentages are of the base,
// so there is one only where the base is what was beaten.
func timeWinner(names list.Names, times *judge.Times, v judge.Verdict) template.HTML {
	best := theme.Markup(names, text.Prose(text.Mark(v.Best)))
	if v.Best == v.Timed[0] || len(v.Timed) > 2 {
		return best
	}
	p, _ := times.Pair(v.Workload, v.Timed[0], v.Best)
	return best + " " + template.HTML(`<b class="`+theme.Class(v.Best)+`">`+text.Signed(p.Delta)+`</b>`)
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

// countCell is a cell of exact values: the lowest wins, of those that did the same
// work in the replay that the values are of, unless the work itself is compared.
func countCell(names list.Names, m metric, v judge.Verdict) matrixCell {
	values := make([]float64, len(names))
	for s := range names {
		values[s] = m.value(v.Workload, s) / m.scale
	}
	among := judge.Equal(v.Workload, len(names), m.replay)
	if m.counted != nil {
		among = m.counted(v.Workload, len(names))
	}
	c := matrixCell{Values: words.Values(among, text.Apart(values))}
	if m.work {
		among = v.Present
		c.Values = words.Values(nil, text.Apart(values))
	}
	best := judge.Lowest(values, among)
	switch {
	case len(names) == 1:
	case !slices.ContainsFunc(values, func(v float64) bool { return !math.IsNaN(v) }):
		c.Winner = "not measured"
	case m.counted != nil && len(among) == 1 && numbers(values) == 1:
		c.Winner = text.None
	case v.Kind == judge.Contradicted || v.Kind == judge.Unclear && !m.work || len(among) < 2:
		c.Class, c.Winner = "hatch", "unequal"
		if v.Kind == judge.Contradicted || v.Kind == judge.Unclear || v.Kind == judge.Missing {
			c.Winner = "unknown"
		}
	case len(best) == 0:
		c.Winner = text.None
	case len(best) == len(names):
		c.Winner = "tie"
	case m.counted != nil:
		c.Winner = "not ranked"
	default:
		c.Winner = theme.Markup(names, text.Prose(strings.Join(text.Marks(best), ", ")))
	}
	return c
}
