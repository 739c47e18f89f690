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

type strategyHead struct{ Name, Class string }

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
func (r *Run) makeTimes(name string, get func(w *workload, s int) *cell) timesTable {
	t := timesTable{Name: name, Unit: "ns", Compare: len(r.strategies) > 1}
	for s, n := range r.strategies {
		t.Heads = append(t.Heads, strategyHead{n, class(s)})
	}
	for _, w := range r.workloads {
		cells := make([]*cell, len(r.strategies))
		any := false
		for s := range r.strategies {
			cells[s] = get(w, s)
			any = any || cells[s] != nil
		}
		if !any {
			continue
		}
		row := pairRowOf(w, cells, func(s int) bool { return SameWork(w, 0, s) })
		t.rows = append(t.rows, row)
		t.Rows = append(t.Rows, timesRow{Title: w.title, Name: w.name, Facts: w.facts(true), Cells: r.timesCells(row)})
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

func (r *Run) timesCells(row pairRow) []timesCell {
	out := make([]timesCell, len(row.cells))
	for s, c := range row.cells {
		out[s] = timesCell{Label: r.strategies[s], Class: class(s), Value: none}
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
func (r *Run) mainTimes(all []Verdict) (timesTable, error) {
	t := r.makeTimes("Time per operation", func(w *workload, s int) *cell { return w.cell(benchTime, unitOp, s) })
	t.Extra, t.Verdict = "refused per 1,000", t.Compare
	for i := range t.Rows {
		for _, v := range all {
			if v.Workload == t.rows[i].workload {
				t.Rows[i].Extra = r.valuesOf(func(s int) float64 { return perMille(v.Workload, s) }, short3)
				t.Rows[i].Verdict = markup(r.strategies, r.shortVerdict(v))
			}
		}
	}
	r.addSelf(&t)
	return t, t.finish()
}

// addSelf adds the loudest lane as last row.
func (r *Run) addSelf(t *timesTable) {
	if !t.Compare || len(r.times.Self.Lanes) == 0 {
		return
	}
	worst := r.times.Self.Lanes[0]
	for _, l := range r.times.Self.Lanes {
		if math.Abs(l.Pair.Delta) > math.Abs(worst.Pair.Delta) {
			worst = l
		}
	}
	p := worst.Pair
	row := pairRow{
		cells:   make([]*cell, len(r.strategies)),
		pairs:   make([]*Pair, len(r.strategies)),
		compare: make([]bool, len(r.strategies)),
	}
	row.cells[0], row.cells[1] = p.Base, p.Other
	row.pairs[1], row.compare[1] = &p, true
	cells := make([]timesCell, len(r.strategies)) // both values in the strategy's own column
	again := "again " + digits3(1e9*p.Other.sum.Center)
	cells[worst.Strategy] = timesCell{r.strategies[worst.Strategy], class(worst.Strategy), digits3(1e9 * p.Base.sum.Center), again}
	text := "no difference found"
	if p.Cmp.P < alpha {
		text = "differs from itself"
	}
	t.rows = append(t.rows, row)
	t.Rows = append(t.Rows, timesRow{
		Title:   "Self test (A/A)",
		Name:    r.strategies[worst.Strategy] + " against itself on " + worst.Workload + ", the largest of " + count(len(r.times.Self.Lanes)),
		Self:    true,
		Cells:   cells,
		Verdict: template.HTML(text),
	})
	t.lastIsOwn = true
}

// moreTimes are the tables behind the main one.
func (r *Run) moreTimes() ([]timesTable, error) {
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
		if err := keep(r.makeTimes(u.name, func(w *workload, s int) *cell { return w.cell(benchTime, u.unit, s) })); err != nil {
			return nil, err
		}
	}
	for _, b := range r.builders {
		t := r.makeTimes("Time per sg table, builder "+b, func(w *workload, s int) *cell { return w.table(b, unitTable, s) })
		t.Extra = "entries per table"
		for i := range t.Rows {
			w := t.rows[i].workload
			t.Rows[i].Extra = r.valuesOf(func(s int) float64 { return w.table(b, unitSegs, s).center() }, short3)
		}
		if err := keep(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}
