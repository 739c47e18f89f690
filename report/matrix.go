package report

import (
	"html/template"
	"math"
	"slices"
	"strings"
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
	value       func(w *workload, s int) float64
}

// makeMatrix fills the matrix. Columns of which the run holds nothing are
// left out.
func makeMatrix(names Names, workloads []*workload, times *Times, builders []string, all []Verdict) matrix {
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
		row := matrixRow{Title: v.Workload.title, Facts: v.Workload.facts(true), Brief: v.Workload.facts(false)}
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

func matrixNote(names Names) string {
	switch len(names) {
	case 1:
		return "What was measured."
	case 2:
		return "Each cell names the better strategy and gives " + strings.Join(names, nbsp+":"+nbsp) +
			". Hatched: the two did not do the same work, so time decides nothing."
	}
	return "Each cell names the best strategy and the next. Hatched: not all did the same work, so time decides nothing between them."
}

// metrics are the columns behind the time.
func metrics(names Names, workloads []*workload, builders []string) []metric {
	builder := ""
	if b := builders; len(b) > 0 {
		builder = b[0]
	}
	metadata := func(w *workload, s int) float64 { return w.center(benchTime, unitMeta, s) }
	unit, scale := metadataUnit(names, workloads, metadata)
	return []metric{
		{"Refused, per 1,000", "Refused ‰", 1, perMille},
		{"sg entries per table", "sg entries", 1, func(w *workload, s int) float64 {
			return w.table(builder, unitSegs, s).center()
		}},
		{"Broken free memory, %", "Broken free %", 1, (*workload).meanBroken},
		{"Metadata, " + unit, "Metadata " + unit, scale, metadata},
	}
}

// metadataUnit is the unit that leaves most rows a digit before the point.
func metadataUnit(names Names, workloads []*workload, value func(*workload, int) float64) (string, float64) {
	var all []float64
	for _, w := range workloads {
		for s := range names {
			if v := value(w, s); v > 0 {
				all = append(all, v)
			}
		}
	}
	if m := median(all); m >= 1<<20 {
		return "MiB", 1 << 20
	}
	return "KiB", 1 << 10
}

// holds reports whether the run holds any value of the metric.
func holds(names Names, workloads []*workload, c metric) bool {
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
func takeCell(names Names, v Verdict) (template.HTML, string) {
	switch {
	case v.Kind == Missing || v.Kind == Noisy || v.Kind == Few:
		return "not called", "hatch"
	case v.Kind == Nothing:
		return "none", "hatch"
	case len(v.Picks) == 0:
		return "depends", "hatch"
	case len(v.Picks) == 1:
		return markup(names, prose(mark(v.Picks[0]))), "take " + class(v.Picks[0])
	case len(v.Picks) == len(names):
		return template.HTML(eitherOf(len(v.Picks))), ""
	}
	return markup(names, prose(strings.Join(marks(v.Picks), " or "))), ""
}

// timeCell is the cell of the one column that noise touches.
func timeCell(names Names, times *Times, v Verdict) matrixCell {
	c := matrixCell{Values: valuesOf(names, func(s int) float64 { return 1e9 * v.Workload.center(benchTime, unitOp, s) }, digits3)}
	switch v.Kind {
	case Alone:
	case Missing:
		c.Winner = "not measured"
	case Nothing:
		c.Class, c.Winner = "hatch", "nothing served"
	case Unequal:
		c.Class, c.Winner = "hatch", "not comparable"
	case Noisy:
		c.Winner = "not called"
	case Few:
		c.Winner = "too few samples"
	case Tie:
		c.Winner = "tie"
		if len(names) > 2 {
			c.Winner = markup(names, prose(strings.Join(marks(v.Picks), ", ")))
		}
	case Win:
		c.Winner, c.Values = timeWinner(names, times, v, c.Values)
	}
	return c
}

// timeWinner names who takes least time. The percentage is one of the base,
// so it stands only where the base is what was beaten.
func timeWinner(names Names, times *Times, v Verdict, values string) (template.HTML, string) {
	if len(names) > 2 {
		p, _ := times.Pair(v.Workload, v.Best, v.Next)
		best := markup(names, prose(mark(v.Best)+" "+digits3(1e9*p.Base.sum.Center)))
		return best, "next: " + names[v.Next] + " " + signed(p.Delta)
	}
	if v.Best == 0 {
		return markup(names, prose(mark(0))), values
	}
	p, _ := times.Pair(v.Workload, 0, v.Best)
	return markup(names, prose(mark(v.Best)+" ")) + template.HTML(`<b class="`+class(v.Best)+`">`+signed(p.Delta)+`</b>`), values
}

// countCell is a cell of exact values: the lowest wins.
func countCell(names Names, m metric, w *workload) matrixCell {
	value := func(s int) float64 { return m.value(w, s) / m.scale }
	c := matrixCell{Values: valuesOf(names, value, short3)}
	best, next := lowest(names, value)
	switch {
	case len(names) == 1:
	case best < 0 || next < 0:
		c.Winner = none
	case short3(value(best)) == short3(value(next)):
		c.Winner = "tie"
		if len(names) > 2 {
			c.Values = short3(value(best))
		}
	case len(names) > 2:
		c.Winner = markup(names, prose(mark(best)+" "+short3(value(best))))
		c.Values = "next: " + names[next] + " " + short3(value(next))
	default:
		c.Winner = markup(names, prose(mark(best)))
	}
	return c
}

// lowest finds the strategies with the lowest and second lowest value, -1
// where there is none.
func lowest(names Names, value func(int) float64) (best, next int) {
	best, next = -1, -1
	for s := range names {
		v := value(s)
		switch {
		case math.IsNaN(v):
		case best < 0 || v < value(best):
			best, next = s, best
		case next < 0 || v < value(next):
			next = s
		}
	}
	return best, next
}

// valuesOf is "742 : 226", in the order of the strategies; more than two may
// go over several lines.
func valuesOf(names Names, value func(s int) float64, text func(float64) string) string {
	parts := make([]string, len(names))
	for s := range names {
		parts[s] = text(value(s))
	}
	if len(parts) > 2 {
		return strings.Join(parts, nbsp+": ")
	}
	return strings.Join(parts, nbsp+":"+nbsp)
}
