package times

import (
	"html/template"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// timesTable is one metric of every workload: each median with its spread,
// the difference to the base, and a forest plot of the differences.
type timesTable struct {
	Name      string // what is measured, for the heading of a folded table
	Unit      string
	Heads     []section.StrategyHead
	Compare   bool // there is more than one strategy
	Ticks     template.HTML
	Scale     string // what Ticks are, in words, for rows without a head
	Extra     string // head of the column before the verdict, "" for none
	Verdict   bool   // there is a verdict column
	Rows      []timesRow
	Mean      string    // of the rows that compare all strategies; "" of one strategy or one row
	rows      []pairRow // what Rows is made of
	axis      ratioAxis
	lastIsOwn bool
}

// timesRow is a row as it is shown.
type timesRow struct {
	ID                 string // what the matrix links to, of some tables
	Title, Name, Facts string
	Self               bool
	Cells              []timesCell
	Deltas             []deltaCell
	Forest             template.HTML
	Extra              string
	Verdict            template.HTML
}

type timesCell struct{ Label, Class, Value, Spread string }

// deltaCell is a difference to the base; Of is who differs, where rows are stacked.
type deltaCell struct{ Class, Of, OfClass, Text, Note string }

// pairRow is a row before it is shown: cells by strategy, and comparisons
// with the base by strategy (nil where there is none).
type pairRow struct {
	verdict judge.Verdict
	cells   []*rundir.Cell
	base    int
	pairs   []*judge.Pair
}

// pairRowOf compares the cells of those strategies that did the same work, the
// first of them with the others. One that did less is in no comparison.
func pairRowOf(cells []*rundir.Cell, same []int) pairRow {
	row := pairRow{cells: cells, pairs: make([]*judge.Pair, len(cells))}
	for i, s := range same {
		if i == 0 {
			row.base = s
		} else if p, ok := judge.ComparePair(cells[row.base], cells[s]); ok {
			row.pairs[s] = &p
		}
	}
	return row
}

// any reports whether the table has a time.
func (t *timesTable) any() bool {
	for _, row := range t.rows {
		for _, c := range row.cells {
			if c != nil {
				return true
			}
		}
	}
	return false
}

// measured finds the cell of a strategy on a workload.
type measured func(w *rundir.Workload, s int) *rundir.Cell

// opTimes is a table of times of operations, of every workload that has the unit.
// Where a replay is too short to time, there is none in its row.
func opTimes(names list.Names, times *judge.Times, all []judge.Verdict, name string, unit *schema.Unit) timesTable {
	short := func(w *rundir.Workload, s int) bool { return times.Clock.Shortest(w, []int{s}) < judge.LeastTicks }
	get := func(w *rundir.Workload, s int) *rundir.Cell {
		if short(w, s) {
			return nil
		}
		if unit == schema.NsPerOp {
			return w.OpTime(schema.AllocFree, s)
		}
		return w.Cell(schema.AllocFree, unit, s)
	}
	return makeTimes(names, all, name, unit == schema.NsPerOp, get, func(v judge.Verdict) []int { return times.Comparable(v.Workload) })
}

// makeTimes is a table of every workload that has a cell; same are the strategies
// that may be compared there. With always it has what is too short to time, too.
func makeTimes(names list.Names, all []judge.Verdict, name string, always bool, get measured, same func(judge.Verdict) []int) timesTable {
	t := timesTable{Name: name, Unit: "ns", Compare: len(names) > 1}
	for s, n := range names {
		t.Heads = append(t.Heads, section.StrategyHead{Name: n, Class: theme.Class(s)})
	}
	for _, v := range all {
		w := v.Workload
		cells := make([]*rundir.Cell, len(names))
		any := false
		for s := range names {
			cells[s] = get(w, s)
			any = any || cells[s] != nil
		}
		if !any && !(always && v.Kind == judge.Short) {
			continue
		}
		row := pairRowOf(cells, same(v))
		row.verdict = v
		t.rows = append(t.rows, row)
		t.Rows = append(t.Rows, timesRow{Title: w.Title, Name: w.Name, Facts: words.RegionFacts(w, true), Cells: timesCells(names, v.Same, row)})
	}
	t.Mean = meanText(names, t.rows)
	return t
}

// finish draws what needs the scale that all rows share.
func (t *timesTable) finish() error {
	if !t.Compare {
		return nil
	}
	t.axis = ratioAxisOf(t.rows)
	var err error
	t.Scale = t.axis.words()
	if t.Ticks, err = t.axis.ticks(); err != nil {
		return err
	}
	for i := range t.Rows {
		own := t.lastIsOwn && i == len(t.Rows)-1
		t.Rows[i].Deltas = deltas(t.Heads, t.rows[i], own)
		if t.Rows[i].Forest, err = t.axis.row(t.rows[i], t.Heads, own); err != nil {
			return err
		}
	}
	return nil
}

// timesCells are the times of all strategies, those of less work than others did in
// brackets.
func timesCells(names list.Names, same []int, row pairRow) []timesCell {
	out := make([]timesCell, len(row.cells))
	for s, c := range row.cells {
		out[s] = timesCell{Label: names[s], Class: theme.Class(s), Value: text.None}
		if c != nil {
			out[s].Value, out[s].Spread = words.Bracketed(same, s, text.Digits3(1e9*c.Sum.Center)), words.SpreadText(c)
		}
	}
	return out
}

// deltas are the differences to the base, each with p and n; own is the row
// of a strategy against itself.
func deltas(heads []section.StrategyHead, row pairRow, own bool) []deltaCell {
	var out []deltaCell
	for s, p := range row.pairs {
		if p == nil {
			continue
		}
		d := deltaCell{Text: text.Signed(p.Delta), Note: words.Probability(p)}
		if own {
			d.Text = words.OffBy(*p)
		}
		if row.base != 0 && !own { // the first did less work
			d.Note += ", to " + heads[row.base].Name
		}
		if len(row.pairs) > 2 && !own {
			d.Class = theme.Class(s) + " many"
		}
		if d.Of, d.OfClass = heads[s].Name, heads[s].Class; own {
			d.Of, d.OfClass = "to itself", ""
		}
		out = append(out, d)
	}
	return out
}

// mainTimes is the table of operations, with refusals, verdicts, and the
// lane of a strategy against itself that differs most.
func mainTimes(names list.Names, times *judge.Times, all []judge.Verdict) (timesTable, error) {
	t := opTimes(names, times, all, words.Clocked(times, schema.NsPerOp)+" per operation", schema.NsPerOp)
	t.Extra, t.Verdict = "refused per 1,000", t.Compare
	for i := range t.Rows {
		v := t.rows[i].verdict
		t.Rows[i].Extra = exactValues(names, nil, func(s int) float64 { return words.PerMille(v.Workload, s) })
		t.Rows[i].Verdict = theme.Markup(names, words.ShortVerdict(names, times, v))
		t.Rows[i].ID = section.Anchor("times", v.Workload.Name)
	}
	addSelf(names, times.Self, &t)
	return t, t.finish()
}

// exactValues are exact values of all strategies.
func exactValues(names list.Names, same []int, value func(s int) float64) string {
	all := make([]float64, len(names))
	for s := range names {
		all[s] = value(s)
	}
	return words.Values(same, text.Apart(all))
}

// addSelf adds the loudest lane as last row.
func addSelf(names list.Names, self *judge.SelfTest, t *timesTable) {
	if !t.Compare || len(self.Lanes) == 0 {
		return
	}
	worst := self.Lanes[0]
	for _, l := range self.Lanes {
		if l.Pair.Distance() > worst.Pair.Distance() {
			worst = l
		}
	}
	p := worst.Pair
	row := pairRow{
		cells: make([]*rundir.Cell, len(names)),
		pairs: make([]*judge.Pair, len(names)),
	}
	row.cells[worst.Strategy], row.pairs[worst.Strategy] = p.Base, &p
	cells := make([]timesCell, len(names)) // both values in the strategy's own column
	again := "again " + text.Digits3(1e9*p.Other.Sum.Center)
	cells[worst.Strategy] = timesCell{names[worst.Strategy], theme.Class(worst.Strategy), text.Digits3(1e9 * p.Base.Sum.Center), again}
	phrase := "no difference found"
	switch {
	case !judge.AbleToDiffer(p):
		phrase = "too few samples to differ"
	case p.Cmp.P < stat.Alpha:
		phrase = "differs from itself"
	}
	t.rows = append(t.rows, row)
	t.Rows = append(t.Rows, timesRow{
		Title:   "Self test (A/A)",
		Name:    names[worst.Strategy] + " against itself on " + worst.Workload + ", the largest of " + text.Count(len(self.Lanes)),
		Self:    true,
		Cells:   cells,
		Verdict: template.HTML(phrase),
	})
	t.lastIsOwn = true
}

// moreTimes are the tables behind the main one.
func moreTimes(names list.Names, times *judge.Times, all []judge.Verdict, builders []string) ([]timesTable, error) {
	var out []timesTable
	keep := func(t timesTable) error {
		if len(t.Rows) == 0 {
			return nil
		}
		err := t.finish()
		out = append(out, t)
		return err
	}
	for _, u := range []struct {
		name string
		unit *schema.Unit
	}{
		{" per allocation", schema.NsPerAlloc}, {" per free", schema.NsPerFree},
	} {
		if err := keep(opTimes(names, times, all, words.Clocked(times, u.unit)+u.name, u.unit)); err != nil {
			return nil, err
		}
	}
	for _, b := range builders {
		get := func(w *rundir.Workload, s int) *rundir.Cell { return w.TableTime(b, s) }
		t := makeTimes(names, all, words.Clocked(times, schema.NsPerTable)+" per sg table, builder "+b, false, get, func(v judge.Verdict) []int { return v.Same })
		t.Extra = "entries per table"
		for i := range t.Rows {
			v := t.rows[i].verdict
			t.Rows[i].Extra = exactValues(names, v.Same, func(s int) float64 { return v.Workload.Table(b, schema.SegsPerTable, s).Center() })
			t.Rows[i].ID = section.Anchor("sgtables", b+" "+v.Workload.Name)
		}
		if err := keep(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}
