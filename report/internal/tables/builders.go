package tables

import (
	_ "embed"
	"fmt"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed builders.html
var buildersHTML string

// Builders is what builders of tables cost.
var Builders = section.Section{
	ID:       "builders",
	Title:    "Builders",
	Template: buildersHTML,
	Make:     section.Maker(makeBuildersSection),
}

// buildersSection compares the builders of tables.
type buildersSection struct {
	section.Head
	Layouts []layout
}

func makeBuildersSection(in judge.Run) (p buildersSection, err error) {
	for i, name := range judge.Layouts(in.Curves.Builders) {
		lines := judge.BuilderLines(in.Curves.Builders, name)
		told := uint64(0)
		if i == 0 { // only the first has a heading on the page
			f, _ := judge.FindBuilders(name, lines)
			told = f.Size
		}
		l := layout{Title: words.WordsFor(name, words.LayoutWords), How: words.LayoutHow(name), Table: makeBuilders(lines, told)}
		l.Figure, err = builderFigure(fmt.Sprint("builders-", i), "Building a table: "+l.Title, text.Plain(in.Strategies, words.BuildersHeading(in.Times.Self, name, lines)), lines, told)
		if err != nil {
			return p, err
		}
		p.Layouts = append(p.Layouts, l)
	}
	if len(p.Layouts) == 0 {
		p.Head = section.Head{Heading: "Builders of tables were not compared",
			Missing: section.LacksSynthetic("comparison of builders", schema.Builders, in.Facts)}
		return p, nil
	}
	first := judge.Layouts(in.Curves.Builders)[0]
	lines := judge.BuilderLines(in.Curves.Builders, first)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.BuildersHeading(in.Times.Self, first, lines)),
		How:     p.Layouts[0].How + words.BuildersDots(first, lines),
		Note:    words.BuildersNote(first, lines),
	}
	return p, nil
}

// layout is one way in which the blocks of an object lie.
type layout struct {
	Title  string
	How    string
	Figure chart.Figure
	Table  builderTable
}

// builderTable shows every builder of a layout at a few sizes.
type builderTable struct {
	Sizes []string
	Rows  []builderRow
}

type builderRow struct {
	Name, Doc string
	Cells     []builderTexts
}

type builderTexts struct{ Time, Spread, Entries, Peak string }

func makeBuilders(lines []judge.BuilderLine, told uint64) builderTable {
	var t builderTable
	sizes := builderSizes(lines, told)
	for _, s := range sizes {
		t.Sizes = append(t.Sizes, text.Size(s))
	}
	for _, l := range lines {
		row := builderRow{Name: l.Name, Doc: words.BuilderWords[l.Name]}
		for _, s := range sizes {
			row.Cells = append(row.Cells, builderTextsOf(l.At(s)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// builderSizes are the sizes of the table: a small object, the one of the heading or,
// where that is the largest, a usual one, and the largest of the layout.
func builderSizes(lines []judge.BuilderLine, told uint64) []uint64 {
	var all []uint64
	for _, l := range lines {
		for _, p := range l.Points {
			all = append(all, p.Size)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	small, usual, large := all[0], all[len(all)/2], all[len(all)-1]
	if slices.Contains(all, 64<<10) && slices.Contains(all, 64<<20) {
		small, usual = 64<<10, 64<<20
	}
	if told > small && told < large {
		usual = told
	}
	return slices.Compact([]uint64{small, usual, large})
}

// builderTextsOf are the cells of a point, dashes of none.
func builderTextsOf(p *judge.BuilderPoint) builderTexts {
	if p == nil {
		return builderTexts{text.None, "", text.None, text.None}
	}
	out := builderTexts{Entries: text.None, Peak: text.None}
	out.Time, out.Spread = words.TimeText(p.Table)
	if !math.IsNaN(p.Segs) && !math.IsNaN(p.Entries) {
		out.Entries = text.Exact(p.Entries) + text.NBSP + ":" + text.NBSP + text.Exact(p.Segs)
	}
	if !math.IsNaN(p.Peak) {
		out.Peak = text.Size(stat.ToBytes(p.Peak))
	}
	return out
}
