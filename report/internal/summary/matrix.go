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
	Dense bool // one line a row, so that many workloads fit a screen
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
}

// makeMatrix fills the matrix. Columns without a single value are left
// out.
func makeMatrix(names list.Names, workloads []*rundir.Workload, times *judge.Times, builders []string, all []judge.Verdict) matrix {
	n := len(names)
	m := matrix{
		Take:  n > 1,
		Dense: n == 2 && len(all) > 6,
		Heads: []matrixHead{{"Time, ns per operation", "Time, ns"}},
	}
	metrics := slices.DeleteFunc(metrics(names, workloads, builders), func(c metric) bool { return !holds(names, workloads, c) })
	for _, c := range metrics {
		m.Heads = append(m.Heads, matrixHead{c.long, c.short})
	}
	for _, v := range all {
		row := matrixRow{Title: v.Workload.Title, Facts: words.RegionFacts(v.Workload, true), Brief: words.RegionFacts(v.Workload, false)}
		row.Take, row.TakeClass = takeCell(names, v)
		row.Cells = append(row.Cells, timeCell(names, times, v))
		for _, c := range metrics {
			row.Cells = append(row.Cells, countCell(names, c, v.Workload))
		}
		for i := range row.Cells {
			row.Cells[i].Label = m.Heads[i].Short
		}
		m.Rows = append(m.Rows, row)
	}
	m.Note = matrixNote(names)
	return m
}

func matrixNote(names list.Names) string {
	switch len(names) {
	case 1:
		return "What was measured."
	case 2:
		return "Each cell names the better strategy and gives " + strings.Join(names, text.NBSP+":"+text.NBSP) +
			". Hatched: the two did not do the same work, so time decides nothing."
	}
	return "Each cell names the best strategy and the next. Hatched: not all did the same work, so time decides nothing between them."
}

// metrics are the columns behind the time.
func metrics(names list.Names, workloads []*rundir.Workload, builders []string) []metric {
	builder := ""
	if b := builders; len(b) > 0 {
		builder = b[0]
	}
	metadata := func(w *rundir.Workload, s int) float64 { return w.Center(schema.AllocFree, schema.MetadataBytes, s) }
	unit, scale := metadataUnit(names, workloads, metadata)
	return []metric{
		{"Refused, per 1,000", "Refused ‰", 1, words.PerMille},
		{"sg entries per table", "sg entries", 1, func(w *rundir.Workload, s int) float64 {
			return w.Table(builder, schema.SegsPerTable, s).Center()
		}},
		{"Broken free memory, %", "Broken free %", 1, (*rundir.Workload).MeanBroken},
		{"Metadata, " + unit, "Metadata " + unit, scale, metadata},
	}
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
	case v.Kind == judge.Missing || v.Kind == judge.Noisy || v.Kind == judge.Few:
		return "undecided", "hatch"
	case v.Kind == judge.Nothing:
		return "none", "hatch"
	case len(v.Picks) == 0:
		return "depends", "hatch"
	case len(v.Picks) == 1:
		return theme.Markup(names, text.Prose(text.Mark(v.Picks[0]))), "take " + theme.Class(v.Picks[0])
	case len(v.Picks) == len(names):
		return template.HTML(words.EitherOf(len(v.Picks))), ""
	}
	return theme.Markup(names, text.Prose(strings.Join(text.Marks(v.Picks), " or "))), ""
}

// timeCell is the cell of the one column that noise touches.
func timeCell(names list.Names, times *judge.Times, v judge.Verdict) matrixCell {
	c := matrixCell{Values: words.ValuesOf(names, func(s int) float64 { return 1e9 * v.Workload.Center(schema.AllocFree, schema.NsPerOp, s) }, text.Digits3)}
	switch v.Kind {
	case judge.Alone:
	case judge.Missing:
		c.Winner = "not measured"
	case judge.Nothing:
		c.Class, c.Winner = "hatch", "nothing served"
	case judge.Unequal:
		c.Class, c.Winner = "hatch", "not comparable"
	case judge.Noisy:
		c.Winner = "too noisy"
	case judge.Few:
		c.Winner = "too few samples"
	case judge.Tie:
		c.Winner = "tie"
		if len(names) > 2 {
			c.Winner = theme.Markup(names, text.Prose(strings.Join(text.Marks(v.Picks), ", ")))
		}
	case judge.Win:
		c.Winner, c.Values = timeWinner(names, times, v, c.Values)
	}
	return c
}

// timeWinner names the strategy that takes least time. Percentages are of the base,
// so there is one only where the base is what was beaten.
func timeWinner(names list.Names, times *judge.Times, v judge.Verdict, values string) (template.HTML, string) {
	if len(names) > 2 {
		p, _ := times.Pair(v.Workload, v.Best, v.Next)
		best := theme.Markup(names, text.Prose(text.Mark(v.Best)+" "+text.Digits3(1e9*p.Base.Sum.Center)))
		return best, "next: " + names[v.Next] + " " + text.Signed(p.Delta)
	}
	if v.Best == 0 {
		return theme.Markup(names, text.Prose(text.Mark(0))), values
	}
	p, _ := times.Pair(v.Workload, 0, v.Best)
	return theme.Markup(names, text.Prose(text.Mark(v.Best)+" ")) + template.HTML(`<b class="`+theme.Class(v.Best)+`">`+text.Signed(p.Delta)+`</b>`), values
}

// countCell is a cell of exact values: the lowest wins.
func countCell(names list.Names, m metric, w *rundir.Workload) matrixCell {
	value := func(s int) float64 { return m.value(w, s) / m.scale }
	c := matrixCell{Values: words.ValuesOf(names, value, text.Short3)}
	best, next := judge.Lowest(names, value)
	switch {
	case len(names) == 1:
	case best < 0 || next < 0:
		c.Winner = text.None
	case text.Short3(value(best)) == text.Short3(value(next)):
		c.Winner = "tie"
		if len(names) > 2 {
			c.Values = text.Short3(value(best))
		}
	case len(names) > 2:
		c.Winner = theme.Markup(names, text.Prose(text.Mark(best)+" "+text.Short3(value(best))))
		c.Values = "next: " + names[next] + " " + text.Short3(value(next))
	default:
		c.Winner = theme.Markup(names, text.Prose(text.Mark(best)))
	}
	return c
}
