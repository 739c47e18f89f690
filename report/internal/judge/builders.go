package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// BuilderLine is what tables of one layout cost one builder, by size of the
// object, the smallest first.
type BuilderLine struct {
	Name   string
	Points []BuilderPoint
}

// BuilderPoint is what a table of one size costs a builder.
type BuilderPoint struct {
	Size   uint64
	Median float64 // seconds, NaN without a sample
	*rundir.BuilderCell
}

// Layouts are the layouts that were measured.
func Layouts(built rundir.Builders) []string {
	var out []string
	for k := range built {
		out = append(out, k.Layout)
	}
	return list.Known(out, schema.LayoutWhole, schema.LayoutPieces, schema.LayoutShuffled)
}

// BuilderLines are the lines of one layout.
func BuilderLines(built rundir.Builders, layout string) []BuilderLine {
	byName := make(map[string][]BuilderPoint)
	var names []string
	for k, c := range built {
		if k.Layout == layout {
			names = append(names, k.Builder)
			byName[k.Builder] = append(byName[k.Builder], BuilderPoint{k.Size, stat.Median(slices.Clone(c.Table)), c})
		}
	}
	var out []BuilderLine
	for _, name := range list.Known(names, "counted", "grow", "nomerge", "sorted", "worstcase") {
		points := byName[name]
		slices.SortFunc(points, func(a, b BuilderPoint) int { return cmp.Compare(a.Size, b.Size) })
		out = append(out, BuilderLine{name, points})
	}
	return out
}

// At is the point of a size, nil when it was not measured.
func (l BuilderLine) At(size uint64) *BuilderPoint {
	for i := range l.Points {
		if l.Points[i].Size == size {
			return &l.Points[i]
		}
	}
	return nil
}

// builderFinding compares the builders at one size.
type builderFinding struct {
	Size        uint64
	Least, Most *BuilderPoint // by memory at the peak
	LeastName   string
	MostName    string
	Lo, Hi      float64 // entries in the table
}

// FindBuilders picks the size to speak of among those that all builders were
// measured at: of the layout of one block the largest whose table is a single
// entry, where nothing but the builder can need memory; of any other, or when
// there is none, the largest. ok is false when they have no size in common.
func FindBuilders(layout string, lines []BuilderLine) (f builderFinding, ok bool) {
	if len(lines) < 2 {
		return f, false
	}
	for _, p := range lines[0].Points {
		g, all := builderFinding{Size: p.Size, Lo: math.Inf(1)}, true
		for _, l := range lines {
			q := l.At(p.Size)
			if q == nil || math.IsNaN(q.Peak) || math.IsNaN(q.Segs) {
				all = false
				break
			}
			if g.Least == nil || q.Peak < g.Least.Peak {
				g.Least, g.LeastName = q, l.Name
			}
			if g.Most == nil || q.Peak > g.Most.Peak {
				g.Most, g.MostName = q, l.Name
			}
			g.Lo, g.Hi = min(g.Lo, q.Segs), max(g.Hi, q.Segs)
		}
		if all && (!ok || layout != schema.LayoutWhole || g.Hi <= 1 || f.Hi > 1) {
			f, ok = g, true
		}
	}
	return f, ok
}

// LineOf is the line of a builder, which must be there.
func LineOf(lines []BuilderLine, name string) BuilderLine {
	return lines[slices.IndexFunc(lines, func(l BuilderLine) bool { return l.Name == name })]
}
