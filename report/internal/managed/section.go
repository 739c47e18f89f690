// Package managed is the section about strategies under a memory manager: what it evicts for
// each of them, and what a better placement would have spared.
package managed

import (
	"cmp"
	_ "embed"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed managed.html
var managedHTML string

//go:embed managed.css
var managedCSS string

// Section is what a memory manager moves.
var Section = section.Section{
	ID:       "managed",
	Title:    "Under a memory manager",
	Template: managedHTML,
	Style:    managedCSS,
	Optional: true,
	Make:     section.Maker(makeManaged),
}

// managedSection is what a memory manager moves for the strategies.
type managedSection struct {
	section.Head
	Numbered  bool // the figure's numbers of workloads are in the table
	Pressures []string
	Main      []group // where the strategies differ most
	Others    []group
	Flows     flows
}

// group is a workload.
type group struct {
	ID     string
	Number int
	Title  string
	Rows   []row
}

// row is a strategy on it.
type row struct {
	Name, Class string
	Cells       []cell   // by pressure
	Held        []string // by op
}

// cell is a replay.
type cell struct {
	Capacity, Spared  string // widths of the bar, in percent
	Evicted, Of, Back string
}

// mostShown is the number of workloads that are not folded.
const mostShown = 4

func makeManaged(in judge.Run) (p managedSection, err error) {
	pressures := rundir.Pressures(in.Workloads...)
	if len(pressures) == 0 {
		p.Head = section.Head{Heading: "What a memory manager would move was not counted",
			Missing: section.Lacks("replays under a memory manager", schema.Managed) + "."}
		return p, nil
	}
	cases := casesOf(in.Strategies, in.Workloads, pressures)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, heading(in.Strategies, cases, pressures)),
		How:     how(pressures, in.Facts.Value(schema.FactPlacements)),
		Note:    note(in.Strategies, cases),
	}
	for _, pressure := range pressures {
		p.Pressures = append(p.Pressures, text.Percent(float64(pressure)))
	}
	most := 0.0
	for _, c := range cases {
		for _, share := range c.evicted {
			most = math.Max(most, zeroIfNaN(share))
		}
	}
	for i, w := range in.Workloads {
		if g := groupOf(in.Strategies, w, i+1, pressures, cases, most); len(g.Rows) > 0 {
			p.Main = append(p.Main, g)
		}
	}
	p.fold(cases)
	p.Flows = flowsOf(in.Strategies, in.Workloads, pressures, len(p.Main))
	p.Figure, err = figure(in.Strategies, in.Workloads, cases, pressures)
	p.Numbered = p.Figure.Wide != ""
	return p, err
}

// fold leaves those workloads in sight on which the strategies differ most.
func (p *managedSection) fold(cases []evictions) {
	apart := func(number int) (most float64) {
		for _, c := range cases {
			if c.number == number {
				most = max(most, c.spread())
			}
		}
		return most
	}
	slices.SortStableFunc(p.Main, func(a, b group) int { return cmp.Compare(apart(b.Number), apart(a.Number)) })
	n := min(mostShown, len(p.Main))
	p.Main, p.Others = p.Main[:n:n], p.Main[n:]
	for _, list := range [][]group{p.Main, p.Others} {
		slices.SortFunc(list, func(a, b group) int { return cmp.Compare(a.Number, b.Number) })
	}
}

// groupOf are the rows of a workload.
func groupOf(names list.Names, w *rundir.Workload, number int, pressures []int, cases []evictions, most float64) group {
	g := group{ID: section.Anchor("managed", w.Name), Number: number, Title: w.Title}
	for s, name := range names {
		r := row{Name: name, Class: theme.Class(s)}
		any := false
		for _, p := range pressures {
			shown := cellOf(nil, s, most)
			if i := slices.IndexFunc(cases, func(c evictions) bool { return c.workload == w && c.pressure == p }); i >= 0 {
				shown = cellOf(&cases[i], s, most)
				any = any || !math.IsNaN(cases[i].evicted[s])
			}
			r.Cells = append(r.Cells, shown)
		}
		for _, op := range []string{schema.OpAlloc, schema.OpFree, schema.OpWalk} {
			held := text.None
			if t := w.LockHeld(s, op, ""); !math.IsNaN(t) {
				held = text.Duration(t)
			}
			r.Held = append(r.Held, held)
		}
		if any {
			g.Rows = append(g.Rows, r)
		}
	}
	return g
}

// cellOf is a cell, of dashes where nothing was counted.
func cellOf(c *evictions, s int, most float64) cell {
	out := cell{Capacity: "0", Spared: "0", Evicted: text.None, Of: text.None, Back: text.None}
	if c == nil || math.IsNaN(c.evicted[s]) {
		return out
	}
	if most > 0 {
		out.Spared = theme.PercentCSS(zeroIfNaN(c.spared[s]) / most)
		out.Capacity = theme.PercentCSS((c.evicted[s] - zeroIfNaN(c.spared[s])) / most)
	}
	shown := func(v float64) string {
		if math.IsNaN(v) {
			return text.None
		}
		return words.Bracketed(c.same, s, percent(v))
	}
	out.Evicted, out.Of, out.Back = shown(c.evicted[s]), shown(c.spared[s]), shown(c.in[s])
	return out
}

func zeroIfNaN(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
