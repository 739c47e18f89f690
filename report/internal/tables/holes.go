// Package tables is the sections about sg tables: what one costs as holes shrink,
// what its builder costs, what mapping it costs, and how long it lives.
package tables

import (
	_ "embed"
	"slices"

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

//go:embed sg.html
var sgHTML string

// Holes is what an sg table costs where every hole has one size.
var Holes = section.Section{
	ID:       "sg",
	Title:    "sg tables",
	Template: sgHTML,
	Make:     section.Maker(makeHoles),
}

// holeSection is what building a table costs as free memory breaks up.
type holeSection struct {
	section.Head
	Legend     []section.LegendItem
	Ends       []endsRow
	Strategies []section.StrategyHead
}

func makeHoles(in judge.Run) (p holeSection, err error) {
	lines := judge.HolesLines(in.Strategies, in.Curves.Holes)
	if len(lines) == 0 {
		p.Head = section.Head{Heading: "The cost of an sg table was not swept",
			Missing: section.LacksSynthetic("tables of objects in holes of one size", schema.Holes, in.Facts)}
		return p, nil
	}
	f := judge.FindHoles(lines)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.HolesHeading(f)),
		How:     "Time to build one table from granted blocks against how fragmented free memory is. Left: one huge hole. Right: single free pages.",
		Note:    text.Plain(in.Strategies, words.HolesCaption(in.Strategies, in.Workloads, in.Curves.Holes.Builder())),
	}
	p.Legend = holesLegend(in, f)
	p.Strategies = section.Heads(in.Strategies)
	p.Ends = endsTable(in.Strategies, in.Workloads)
	p.Figure, err = holesFigure(in.Strategies, in.Workloads, lines)
	return p, err
}

// holesLegend names the marks; the colours of the strategies stand above the figure.
func holesLegend(in judge.Run, f judge.HolesFinding) (out []section.LegendItem) {
	item := func(kind string, of []int, text string) {
		class := "inked"
		if len(of) == 1 {
			class, text = theme.Class(of[0]), in.Strategies[of[0]]+", "+text
		}
		if len(of) > 0 {
			out = append(out, section.LegendItem{Kind: kind, Class: class, Text: text})
		}
	}
	item("thick", f.Refuse, "until × where it starts to refuse")
	item("line", f.Scatter, "median; band to p99")
	var ended, alone []int // alone: a strategy that has strokes and no line
	for s := range in.Strategies {
		if len(judge.Ends(in.Workloads, s)) == 0 {
			continue
		}
		ended = append(ended, s)
		if !slices.Contains(f.Refuse, s) && !slices.Contains(f.Scatter, s) {
			alone = append(alone, s)
		}
	}
	item("rug", ended, "where a workload ended")
	for _, s := range alone {
		item("rug", []int{s}, "where a workload ended")
	}
	return out
}

// endsTable lists the mean hole sizes behind the strokes of the key picture.
func endsTable(names list.Names, workloads []*rundir.Workload) []endsRow {
	var out []endsRow
	for _, w := range workloads {
		if w.AnyPlacement() == nil {
			continue
		}
		row := endsRow{Title: w.Title}
		for s := range names {
			phrase := text.None
			if p := w.Placement(s); p != nil {
				phrase = text.Size(stat.ToBytes(p.End.MeanLen))
			}
			row.Values = append(row.Values, phrase)
		}
		out = append(out, row)
	}
	return out
}

type endsRow struct {
	Title  string
	Values []string
}
