package report

import (
	"html/template"
	"math"
)

// timesTable is one metric of every workload: each median with its spread,
// the difference to the base, and a forest plot of the differences.
type timesTable struct {
	Name      string // what is measured, for the heading of a folded table
	Unit      string
	Heads     []strategyHead
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

type deltaCell struct{ Class, Text, Note string }

// pairRow is a row before it is shown: cells by strategy, and comparisons
// with the base by strategy (nil where there is none).
type pairRow struct {
	workload *workload
	cells    []*cell
	pairs    []*Pair
	compare  []bool // by strategy: did it do the same work as the base
}

// pairRowOf compares the cells of one row with the first.
func pairRowOf(w *workload, cells []*cell, same func(s int) bool) pairRow {
	row := pairRow{workload: w, cells: cells, pairs: make([]*Pair, len(cells)), compare: make([]bool, len(cells))}
	for s := 1; s < len(cells); s++ {
		if p, ok := comparePair(cells[0], cells[s]); ok {
			row.pairs[s], row.compare[s] = &p, same(s)
		}
	}
	return row
}

// makeTimes is a table of the unit of every workload that has it. get finds
// a cell; extra and word fill the last two columns and may be nil.
func makeTimes(names Names, workloads []*workload, name string, get func(w *workload, s int) *cell) timesTable {
	t := timesTable{Name: name, Unit: "ns", Compare: len(names) > 1}
	for s, n := range names {
		t.Heads = append(t.Heads, strategyHead{n, class(s)})
	}
	for _, w := range workloads {
		cells := make([]*cell, len(names))
		any := false
		for s := range names {
			cells[s] = get(w, s)
			any = any || cells[s] != nil
		}
		if !any {
			continue
		}
		row := pairRowOf(w, cells, func(s int) bool { return SameWork(w, 0, s) })
		t.rows = append(t.rows, row)
		t.Rows = append(t.Rows, timesRow{Title: w.title, Name: w.name, Facts: w.facts(true), Cells: timesCells(names, row)})
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
		t.Rows[i].Deltas = deltas(t.rows[i], own)
		if t.Rows[i].Forest, err = t.axis.row(t.rows[i], t.Heads, own); err != nil {
			return err
		}
	}
	return nil
}

func timesCells(names Names, row pairRow) []timesCell {
	out := make([]timesCell, len(row.cells))
	for s, c := range row.cells {
		out[s] = timesCell{Label: names[s], Class: class(s), Value: none}
		if c != nil {
			out[s].Value, out[s].Spread = digits3(1e9*c.sum.Center), spreadText(c)
		}
	}
	return out
}

// deltas are the differences to the base, each with p and n; own is the row
// of a strategy against itself.
func deltas(row pairRow, own bool) []deltaCell {
	var out []deltaCell
	for s, p := range row.pairs {
		if p == nil {
			continue
		}
		d := deltaCell{Text: signed(p.Delta), Note: probability(p)}
		if len(row.pairs) > 2 && !own {
			d.Class = class(s) + " many"
		}
		out = append(out, d)
	}
	return out
}

// mainTimes is the table of operations, with refusals, verdicts, and the
// lane of a strategy against itself that differs most.
func mainTimes(names Names, workloads []*workload, self *SelfTest, all []Verdict) (timesTable, error) {
	t := makeTimes(names, workloads, "Time per operation", func(w *workload, s int) *cell { return w.cell(benchTime, unitOp, s) })
	t.Extra, t.Verdict = "refused per 1,000", t.Compare
	for i := range t.Rows {
		for _, v := range all {
			if v.Workload == t.rows[i].workload {
				t.Rows[i].Extra = valuesOf(names, func(s int) float64 { return perMille(v.Workload, s) }, short3)
				t.Rows[i].Verdict = markup(names, shortVerdict(names, v))
			}
		}
	}
	addSelf(names, self, &t)
	return t, t.finish()
}

// addSelf adds the loudest lane as last row.
func addSelf(names Names, self *SelfTest, t *timesTable) {
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
		cells:   make([]*cell, len(names)),
		pairs:   make([]*Pair, len(names)),
		compare: make([]bool, len(names)),
	}
	row.cells[0], row.cells[1] = p.Base, p.Other
	row.pairs[1], row.compare[1] = &p, true
	cells := make([]timesCell, len(names)) // both values in the strategy's own column
	again := "again " + digits3(1e9*p.Other.sum.Center)
	cells[worst.Strategy] = timesCell{names[worst.Strategy], class(worst.Strategy), digits3(1e9 * p.Base.sum.Center), again}
	text := "no difference found"
	if p.Cmp.P < alpha {
		text = "differs from itself"
	}
	t.rows = append(t.rows, row)
	t.Rows = append(t.Rows, timesRow{
		Title:   "Self test (A/A)",
		Name:    names[worst.Strategy] + " against itself on " + worst.Workload + ", the largest of " + count(len(self.Lanes)),
		Self:    true,
		Cells:   cells,
		Verdict: template.HTML(text),
	})
	t.lastIsOwn = true
}

// moreTimes are the tables behind the main one.
func moreTimes(names Names, workloads []*workload, builders []string) ([]timesTable, error) {
	var out []timesTable
	keep := func(t timesTable) error {
		if len(t.Rows) == 0 {
			return nil
		}
		err := t.finish()
		out = append(out, t)
		return err
	}
	for _, u := range []struct{ name, unit string }{
		{"Time per allocation", unitAlloc}, {"Time per free", unitFree},
	} {
		if err := keep(makeTimes(names, workloads, u.name, func(w *workload, s int) *cell { return w.cell(benchTime, u.unit, s) })); err != nil {
			return nil, err
		}
	}
	for _, b := range builders {
		t := makeTimes(names, workloads, "Time per sg table, builder "+b, func(w *workload, s int) *cell { return w.table(b, unitTable, s) })
		t.Extra = "entries per table"
		for i := range t.Rows {
			w := t.rows[i].workload
			t.Rows[i].Extra = valuesOf(names, func(s int) float64 { return w.table(b, unitSegs, s).center() }, short3)
		}
		if err := keep(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}
