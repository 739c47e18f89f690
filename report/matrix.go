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
func (r *Run) makeMatrix(all []verdict) matrix {
	n := len(r.strategies)
	m := matrix{
		Take:  n > 1,
		Dense: n == 2 && len(all) > 6,
		Heads: []matrixHead{{"Time, ns per operation", "Time, ns"}},
	}
	metrics := slices.DeleteFunc(r.metrics(), func(c metric) bool { return !r.holds(c) })
	for _, c := range metrics {
		m.Heads = append(m.Heads, matrixHead{c.long, c.short})
	}
	for _, v := range all {
		row := matrixRow{Title: v.w.title, Facts: v.w.facts(true), Brief: v.w.facts(false)}
		row.Take, row.TakeClass = r.takeCell(v)
		row.Cells = append(row.Cells, r.timeCell(v))
		for _, c := range metrics {
			row.Cells = append(row.Cells, r.countCell(c, v.w))
		}
		for i := range row.Cells {
			row.Cells[i].Label = m.Heads[i].Short
		}
		m.Rows = append(m.Rows, row)
	}
	m.Note = r.matrixNote()
	return m
}

func (r *Run) matrixNote() string {
	switch len(r.strategies) {
	case 1:
		return "What was measured."
	case 2:
		return "Each cell names the better strategy and gives " + strings.Join(r.strategies, nbsp+":"+nbsp) +
			". Hatched: the two did not do the same work, so time decides nothing."
	}
	return "Each cell names the best strategy and the next. Hatched: not all did the same work, so time decides nothing between them."
}

// metrics are the columns behind the time.
func (r *Run) metrics() []metric {
	builder := ""
	if b := r.builders(); len(b) > 0 {
		builder = b[0]
	}
	metadata := func(w *workload, s int) float64 { return r.center(benchTime, unitMeta, w, s) }
	unit, scale := r.metadataUnit(metadata)
	return []metric{
		{"Refused, per 1,000", "Refused ‰", 1, r.perMille},
		{"sg entries per table", "sg entries", 1, func(w *workload, s int) float64 {
			return r.tableCell(builder, unitSegs, w, s).center()
		}},
		{"Broken free memory, %", "Broken free %", 1, r.meanBroken},
		{"Metadata, " + unit, "Metadata " + unit, scale, metadata},
	}
}

// metadataUnit is the unit that leaves most rows a digit before the point.
func (r *Run) metadataUnit(value func(*workload, int) float64) (string, float64) {
	var all []float64
	for _, w := range r.workloads {
		for s := range r.strategies {
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
func (r *Run) holds(c metric) bool {
	for _, w := range r.workloads {
		for s := range r.strategies {
			if !math.IsNaN(c.value(w, s)) {
				return true
			}
		}
	}
	return false
}

// meanBroken is the mean over a run of the free memory outside whole 2 MiB
// pages, in percent of what is free.
func (r *Run) meanBroken(w *workload, s int) float64 {
	sum, n := 0.0, 0
	for _, m := range r.curves.series[seriesKey{r.strategies[s], w.name}] {
		if !math.IsNaN(m.broken) {
			sum, n = sum+m.broken, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// facts describes the region of a workload: "16 GiB, 4 KiB–64 MiB, 85 %".
func (w *workload) facts(long bool) string {
	p := w.anyPlacement()
	if p == nil {
		return ""
	}
	parts := []string{size(p.region.Size)}
	if long && p.requests > 0 {
		span := size(p.smallest)
		if p.biggest > p.smallest {
			span += "–" + size(p.biggest)
		}
		parts = append(parts, span)
	}
	parts = append(parts, percent(100*float64(w.peak())/float64(managed(p.region)))+" full")
	return strings.Join(parts, ", ")
}

// peak is the most memory any strategy had live.
func (w *workload) peak() uint64 {
	var most uint64
	for _, p := range w.placed {
		if p != nil {
			most = max(most, p.peak)
		}
	}
	return most
}

// takeCell is the pick: a strategy in its colour, or a word.
func (r *Run) takeCell(v verdict) (template.HTML, string) {
	switch {
	case v.kind == kindMissing || v.kind == kindNoisy || v.kind == kindFew:
		return "not called", "hatch"
	case v.kind == kindNothing:
		return "none", "hatch"
	case len(v.picks) == 0:
		return "depends", "hatch"
	case len(v.picks) == 1:
		return r.html(prose(mark(v.picks[0]))), "take " + class(v.picks[0])
	case len(v.picks) == len(r.strategies):
		return template.HTML(eitherOf(len(v.picks))), ""
	}
	return r.html(prose(strings.Join(marks(v.picks), " or "))), ""
}

// timeCell is the cell of the one column that noise touches.
func (r *Run) timeCell(v verdict) matrixCell {
	c := matrixCell{Values: r.valuesOf(func(s int) float64 { return 1e9 * r.center(benchTime, unitOp, v.w, s) }, digits3)}
	switch v.kind {
	case kindAlone:
	case kindMissing:
		c.Winner = "not measured"
	case kindNothing:
		c.Class, c.Winner = "hatch", "nothing served"
	case kindUnequal:
		c.Class, c.Winner = "hatch", "not comparable"
	case kindNoisy:
		c.Winner = "not called"
	case kindFew:
		c.Winner = "too few samples"
	case kindTie:
		c.Winner = "tie"
		if len(r.strategies) > 2 {
			c.Winner = r.html(prose(strings.Join(marks(v.picks), ", ")))
		}
	case kindWin:
		c.Winner, c.Values = r.timeWinner(v, c.Values)
	}
	return c
}

// timeWinner names who takes least time. The percentage is one of the base,
// so it stands only where the base is what was beaten.
func (r *Run) timeWinner(v verdict, values string) (template.HTML, string) {
	if len(r.strategies) > 2 {
		p, _ := r.pair(v.w, v.best, v.next)
		best := r.html(prose(mark(v.best) + " " + digits3(1e9*p.base.sum.Center)))
		return best, "next: " + r.strategies[v.next] + " " + signed(p.delta)
	}
	if v.best == 0 {
		return r.html(prose(mark(0))), values
	}
	p, _ := r.pair(v.w, 0, v.best)
	return r.html(prose(mark(v.best)+" ")) + template.HTML(`<b class="`+class(v.best)+`">`+signed(p.delta)+`</b>`), values
}

// countCell is a cell of exact values: the lowest wins.
func (r *Run) countCell(m metric, w *workload) matrixCell {
	value := func(s int) float64 { return m.value(w, s) / m.scale }
	c := matrixCell{Values: r.valuesOf(value, short3)}
	best, next := r.lowest(value)
	switch {
	case len(r.strategies) == 1:
	case best < 0 || next < 0:
		c.Winner = none
	case short3(value(best)) == short3(value(next)):
		c.Winner = "tie"
		if len(r.strategies) > 2 {
			c.Values = short3(value(best))
		}
	case len(r.strategies) > 2:
		c.Winner = r.html(prose(mark(best) + " " + short3(value(best))))
		c.Values = "next: " + r.strategies[next] + " " + short3(value(next))
	default:
		c.Winner = r.html(prose(mark(best)))
	}
	return c
}

// lowest finds the strategies with the lowest and second lowest value, -1
// where there is none.
func (r *Run) lowest(value func(int) float64) (best, next int) {
	best, next = -1, -1
	for s := range r.strategies {
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
func (r *Run) valuesOf(value func(s int) float64, text func(float64) string) string {
	parts := make([]string, len(r.strategies))
	for s := range r.strategies {
		parts[s] = text(value(s))
	}
	if len(parts) > 2 {
		return strings.Join(parts, nbsp+": ")
	}
	return strings.Join(parts, nbsp+":"+nbsp)
}
