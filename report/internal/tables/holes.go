// Package tables is the sections about sg tables: what one costs as holes shrink,
// what its builder costs, what mapping it costs, and how long it lives.
package tables

import (
	_ "embed"

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
			Missing: section.Lacks("tables of objects in holes of one size", schema.Holes) + "."}
		return p, nil
	}
	f := judge.FindHoles(lines)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.HolesHeading(f)),
		How:     "Time to build one table from granted blocks against how fragmented free memory is. Left: one huge hole. Right: single free pages.",
		Note:    text.Plain(in.Strategies, words.HolesCaption(in.Strategies, in.Workloads, in.Curves.Holes.Builder())),
	}
	for _, s := range f.Refuse {
		p.Legend = append(p.Legend, section.LegendItem{Kind: "thick", Class: theme.Class(s), Text: in.Strategies[s] + ", until × where it starts to refuse"})
	}
	for _, s := range f.Scatter {
		p.Legend = append(p.Legend, section.LegendItem{Kind: "line", Class: theme.Class(s), Text: in.Strategies[s] + ", median; band to p99"})
	}
	for s := range in.Strategies {
		if len(judge.Ends(in.Workloads, s)) > 0 {
			p.Legend = append(p.Legend, section.LegendItem{Kind: "rug", Class: theme.Class(s), Text: "where " + in.Strategies[s] + "'s workloads ended"})
		}
	}
	p.Strategies = section.Heads(in.Strategies)
	p.Ends = endsTable(in.Strategies, in.Workloads)
	p.Figure, err = holesFigure(in.Strategies, in.Workloads, lines)
	return p, err
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
