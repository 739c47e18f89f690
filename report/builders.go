package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"math"
	"slices"
)

// builderLine is what tables of one layout cost one builder, by size of the
// object, the smallest first.
type builderLine struct {
	name   string
	points []builderPoint
}

type builderPoint struct {
	size   uint64
	median float64 // seconds, NaN without a sample
	*builderCell
}

// whole is the layout of objects that are one block.
const whole = "whole"

// layoutWords say what the layouts of the comparison are, and builderWords
// what the builders do and who does it so. One that is not here has its name.
var (
	layoutWords = map[string]string{
		whole:      "One block",
		"pieces":   "Separate blocks of 64" + nbsp + "KiB",
		"shuffled": "Blocks of 64" + nbsp + "KiB out of order, some adjoining",
	}
	builderWords = map[string]string{
		"counted":   "two passes: count, then fill",
		"grow":      "one pass, the table grows",
		"nomerge":   "neighbours stay apart, 2" + nbsp + "GiB at most (amdgpu, xe)",
		"sorted":    "blocks by address first",
		"worstcase": "an entry for every page, then trimmed (i915)",
	}
)

func wordsFor(name string, words map[string]string) string {
	if w, ok := words[name]; ok {
		return w
	}
	return name
}

// layouts are the layouts that were measured.
func layouts(built Builders) []string {
	var out []string
	for k := range built {
		out = append(out, k.layout)
	}
	return known(out, whole, "pieces", "shuffled")
}

// layoutHow says how to read the figure of a layout. Where the object is one
// block its table stays small; any other table grows with the object, and a
// line that climbs says nothing by that.
func layoutHow(layout string) string {
	words := wordsFor(layout, layoutWords)
	if layout == whole {
		return words + " for each object. A line that stays flat does not care how large the object is; one that climbs pays by the page."
	}
	return words + ", for each object. The table grows with the object and the lines with it; what a builder costs beyond that is how far its line lies above another."
}

// builderLines are the lines of one layout.
func builderLines(built Builders, layout string) []builderLine {
	byName := make(map[string][]builderPoint)
	var names []string
	for k, c := range built {
		if k.layout == layout {
			names = append(names, k.builder)
			byName[k.builder] = append(byName[k.builder], builderPoint{k.size, median(slices.Clone(c.table)), c})
		}
	}
	var out []builderLine
	for _, name := range known(names, "counted", "grow", "nomerge", "sorted", "worstcase") {
		points := byName[name]
		slices.SortFunc(points, func(a, b builderPoint) int { return cmp.Compare(a.size, b.size) })
		out = append(out, builderLine{name, points})
	}
	return out
}

// at is the point of a size, nil when it was not measured.
func (l builderLine) at(size uint64) *builderPoint {
	for i := range l.points {
		if l.points[i].size == size {
			return &l.points[i]
		}
	}
	return nil
}

// builderFinding compares the builders at one size.
type builderFinding struct {
	size        uint64
	least, most *builderPoint // by memory at the peak
	leastName   string
	mostName    string
	lo, hi      float64 // entries in the table
}

// findBuilders picks the size to speak of among those that all builders were
// measured at: of the layout of one block the largest whose table is a single
// entry, where nothing but the builder can need memory; of any other, or when
// there is none, the largest. ok is false when they have no size in common.
func findBuilders(layout string, lines []builderLine) (f builderFinding, ok bool) {
	if len(lines) < 2 {
		return f, false
	}
	for _, p := range lines[0].points {
		g, all := builderFinding{size: p.size, lo: math.Inf(1)}, true
		for _, l := range lines {
			q := l.at(p.size)
			if q == nil || math.IsNaN(q.peak) || math.IsNaN(q.segs) {
				all = false
				break
			}
			if g.least == nil || q.peak < g.least.peak {
				g.least, g.leastName = q, l.name
			}
			if g.most == nil || q.peak > g.most.peak {
				g.most, g.mostName = q, l.name
			}
			g.lo, g.hi = min(g.lo, q.segs), max(g.hi, q.segs)
		}
		if all && (!ok || layout != whole || g.hi <= 1 || f.hi > 1) {
			f, ok = g, true
		}
	}
	return f, ok
}

// buildersHeading states what the lines of a layout show: who takes memory
// that the table does not need, and what that costs in time; or that nobody
// does.
func buildersHeading(self *SelfTest, layout string, lines []builderLine) prose {
	f, ok := findBuilders(layout, lines)
	if !ok {
		return prose(rangeOfTimes(lines))
	}
	object := "To describe " + size(f.size) + " in " + plural(f.hi, "entry", "entries")
	if f.lo < f.hi {
		object = "To describe " + size(f.size) + " in " + span(exact(f.lo), exact(f.hi), nbsp+"entries")
	}
	if f.most.peak < 2*f.least.peak {
		return prose(object + " no builder takes twice the memory of another")
	}
	more, less := size(toBytes(f.most.peak)), size(toBytes(f.least.peak))
	if self.Calls(f.least.table, f.most.table) && f.most.median >= 2*f.least.median {
		return prose(fmt.Sprintf("%s, %s takes %s for a moment and %s; %s takes %s and %s", object,
			f.mostName, more, duration(f.most.median), f.leastName, less, duration(f.least.median)))
	}
	return prose(fmt.Sprintf("%s, %s takes %s for a moment; %s takes %s", object, f.mostName, more, f.leastName, less))
}

// rangeOfTimes is the heading where there is nothing to compare.
func rangeOfTimes(lines []builderLine) string {
	lo, hi := math.Inf(1), 0.0
	var small, large uint64 = math.MaxUint64, 0
	for _, l := range lines {
		for _, p := range l.points {
			if p.median > 0 {
				lo, hi = min(lo, p.median), max(hi, p.median)
			}
			small, large = min(small, p.size), max(large, p.size)
		}
	}
	if hi == 0 {
		return "Of the builders this run holds no times"
	}
	return "A table of " + sizeRange(small, large) + " takes " + timeRange(lo, hi)
}

// layout is one way in which the blocks of an object lie.
type layout struct {
	Title  string
	How    string
	Figure figure
	Table  builderTable
}

// buildersNote says what limits the comparison.
func buildersNote(layout string, lines []builderLine) string {
	note := "Times are medians with a pool that hands freed tables out again; memory is of one build without it, and counts what is held only until the table is trimmed. Entries and bytes are exact."
	f, ok := findBuilders(layout, lines)
	if !ok || f.most.peak < 2*f.least.peak {
		return note
	}
	points := lineOf(lines, f.mostName).points
	last := points[len(points)-1]
	if !(last.peak > 0) || !(last.segs > 0) {
		return note
	}
	return note + fmt.Sprintf(" At %s %s holds %s, %s of the object, to describe it in %s.", size(last.size), f.mostName,
		size(toBytes(last.peak)), percent(100*last.peak/float64(last.size)), plural(last.segs, "entry", "entries"))
}

func lineOf(lines []builderLine, name string) builderLine {
	return lines[slices.IndexFunc(lines, func(l builderLine) bool { return l.name == name })]
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

func makeBuilders(lines []builderLine) builderTable {
	var t builderTable
	sizes := builderSizes(lines)
	for _, s := range sizes {
		t.Sizes = append(t.Sizes, size(s))
	}
	for _, l := range lines {
		row := builderRow{Name: l.name, Doc: builderWords[l.name]}
		for _, s := range sizes {
			row.Cells = append(row.Cells, l.at(s).texts())
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// builderSizes are the sizes of the table: a small object, a usual one and the
// largest of the layout.
func builderSizes(lines []builderLine) []uint64 {
	var all []uint64
	for _, l := range lines {
		for _, p := range l.points {
			all = append(all, p.size)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	small, usual, large := all[0], all[len(all)/2], all[len(all)-1]
	if slices.Contains(all, 64<<10) && slices.Contains(all, 64<<20) {
		small, usual = 64<<10, 64<<20
	}
	return slices.Compact([]uint64{small, usual, large})
}

// texts are the cells of a point, dashes of none.
func (p *builderPoint) texts() builderTexts {
	if p == nil {
		return builderTexts{none, "", none, none}
	}
	out := builderTexts{Entries: none, Peak: none}
	out.Time, out.Spread = timeText(p.table)
	if !math.IsNaN(p.segs) && !math.IsNaN(p.entries) {
		out.Entries = exact(p.entries) + nbsp + ":" + nbsp + exact(p.segs)
	}
	if !math.IsNaN(p.peak) {
		out.Peak = size(toBytes(p.peak))
	}
	return out
}

//go:embed page/builders.html
var buildersHTML string

// BuildersSection is what builders of tables cost.
var BuildersSection = Section{
	ID:       "builders",
	Title:    "Builders",
	Template: buildersHTML,
	Make:     maker(makeBuildersSection),
}

// buildersSection compares the builders of tables.
type buildersSection struct {
	Head
	Layouts []layout
}

func makeBuildersSection(in In) (p buildersSection, err error) {
	for i, name := range layouts(in.curves.builders) {
		lines := builderLines(in.curves.builders, name)
		l := layout{Title: wordsFor(name, layoutWords), How: layoutHow(name), Table: makeBuilders(lines)}
		l.Figure, err = builderFigure(fmt.Sprint("builders-", i), "Building a table: "+l.Title, in.strategies.plain(buildersHeading(in.times.Self, name, lines)), lines)
		if err != nil {
			return p, err
		}
		p.Layouts = append(p.Layouts, l)
	}
	if len(p.Layouts) == 0 {
		p.Head = Head{Heading: "Builders of tables were not compared",
			Missing: "This run has no comparison of builders (curves.bench holds no BenchmarkBuilders lines)."}
		return p, nil
	}
	first := layouts(in.curves.builders)[0]
	lines := builderLines(in.curves.builders, first)
	p.Head = Head{
		Heading: markup(in.strategies, buildersHeading(in.times.Self, first, lines)),
		How:     p.Layouts[0].How,
		Note:    buildersNote(first, lines),
	}
	return p, nil
}
