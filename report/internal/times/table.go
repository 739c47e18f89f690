package times

import (
	"html/template"
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
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
	Extra     string // head of the column before the verdict, "" for none
	Verdict   bool   // there is a verdict column
	Rows      []timesRow
	rows      []pairRow // what Rows is made of
	axis      ratioAxis
	lastIsOwn bool
}

// timesRow is a row as it is shown.
type timesRow struct {
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
	workload *rundir.Workload
	cells    []*rundir.Cell
	pairs    []*judge.Pair
	compare  []bool // by strategy: did it do the same work as the base
}

// pairRowOf compares the cells of one row with the first.
func pairRowOf(w *rundir.Workload, cells []*rundir.Cell, same func(s int) bool) pairRow {
	row := pairRow{workload: w, cells: cells, pairs: make([]*judge.Pair, len(cells)), compare: make([]bool, len(cells))}
	for s := 1; s < len(cells); s++ {
		if p, ok := judge.ComparePair(cells[0], cells[s]); ok {
			row.pairs[s], row.compare[s] = &p, same(s)
		}
	}
	return row
}

// makeTimes is a table of the unit of every workload that has it. get finds
// a cell; extra and word fill the last two columns and may be nil.
func makeTimes(names list.Names, workloads []*rundir.Workload, name string, get func(w *rundir.Workload, s int) *rundir.Cell) timesTable {
	t := timesTable{Name: name, Unit: "ns", Compare: len(names) > 1}
	for s, n := range names {
		t.Heads = append(t.Heads, section.StrategyHead{Name: n, Class: theme.Class(s)})
	}
	for _, w := range workloads {
		cells := make([]*rundir.Cell, len(names))
		any := false
		for s := range names {
			cells[s] = get(w, s)
			any = any || cells[s] != nil
		}
		if !any {
			continue
		}
		row := pairRowOf(w, cells, func(s int) bool { return judge.SameWork(w, 0, s) })
		t.rows = append(t.rows, row)
		t.Rows = append(t.Rows, timesRow{Title: w.Title, Name: w.Name, Facts: words.RegionFacts(w, true), Cells: timesCells(names, row)})
	}
	return t
}

// finish draws what needs the scale that all rows share.
func (t *timesTable) finish() error {
	if !t.Compare {
		return nil
	}
	t.axis = ratioAxisOf(t.rows)
	var err error
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

func timesCells(names list.Names, row pairRow) []timesCell {
	out := make([]timesCell, len(row.cells))
	for s, c := range row.cells {
		out[s] = timesCell{Label: names[s], Class: theme.Class(s), Value: text.None}
		if c != nil {
			out[s].Value, out[s].Spread = text.Digits3(1e9*c.Sum.Center), words.SpreadText(c)
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
func mainTimes(names list.Names, workloads []*rundir.Workload, self *judge.SelfTest, all []judge.Verdict) (timesTable, error) {
	t := makeTimes(names, workloads, "Time per operation", func(w *rundir.Workload, s int) *rundir.Cell { return w.Cell(schema.AllocFree, schema.NsPerOp, s) })
	t.Extra, t.Verdict = "refused per 1,000", t.Compare
	for i := range t.Rows {
		for _, v := range all {
			if v.Workload == t.rows[i].workload {
				t.Rows[i].Extra = words.ValuesOf(names, func(s int) float64 { return words.PerMille(v.Workload, s) }, text.Short3)
				t.Rows[i].Verdict = theme.Markup(names, words.ShortVerdict(names, v))
			}
		}
	}
	addSelf(names, self, &t)
	return t, t.finish()
}

// addSelf adds the loudest lane as last row.
func addSelf(names list.Names, self *judge.SelfTest, t *timesTable) {
	if !t.Compare || len(self.Lanes) == 0 {
		return
	}
	worst := self.Lanes[0]
	for _, l := range self.Lanes {
		if math.Abs(l.Pair.Delta) > math.Abs(worst.Pair.Delta) {
			worst = l
		}
	}
	p := worst.Pair
	row := pairRow{
		cells:   make([]*rundir.Cell, len(names)),
		pairs:   make([]*judge.Pair, len(names)),
		compare: make([]bool, len(names)),
	}
	row.cells[0], row.cells[1] = p.Base, p.Other
	row.pairs[1], row.compare[1] = &p, true
	cells := make([]timesCell, len(names)) // both values in the strategy's own column
	again := "again " + text.Digits3(1e9*p.Other.Sum.Center)
	cells[worst.Strategy] = timesCell{names[worst.Strategy], theme.Class(worst.Strategy), text.Digits3(1e9 * p.Base.Sum.Center), again}
	phrase := "no difference found"
	if p.Cmp.P < rundir.Alpha {
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
func moreTimes(names list.Names, workloads []*rundir.Workload, builders []string) ([]timesTable, error) {
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
		{"Time per allocation", schema.NsPerAlloc}, {"Time per free", schema.NsPerFree},
	} {
		if err := keep(makeTimes(names, workloads, u.name, func(w *rundir.Workload, s int) *rundir.Cell { return w.Cell(schema.AllocFree, u.unit, s) })); err != nil {
			return nil, err
		}
	}
	for _, b := range builders {
		t := makeTimes(names, workloads, "Time per sg table, builder "+b, func(w *rundir.Workload, s int) *rundir.Cell { return w.Table(b, schema.NsPerTable, s) })
		t.Extra = "entries per table"
		for i := range t.Rows {
			w := t.rows[i].workload
			t.Rows[i].Extra = words.ValuesOf(names, func(s int) float64 { return w.Table(b, schema.SegsPerTable, s).Center() }, text.Short3)
		}
		if err := keep(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}
