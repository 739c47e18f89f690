package cpu

import (
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// boxes is a picture of nested boxes, widths in percent of a scale that all
// pictures beside it share. It is plain HTML: text is cut off by the browser,
// and a telephone shows a row for each box instead.
type boxes struct {
	Name, Class string
	Total       string
	Depth       int
	Boxes       []box
}

type box struct {
	Name, Value string
	Left, Width string // percent
	Depth       int
	Tint        int // percent of the colour
	Class       string
	Thin        bool // too narrow to write in
}

// deepest is how far down a call tree is drawn without a script, and narrowest the share of
// the scale that a box needs.
const (
	deepest   = 9
	narrowest = 1.0 / 120
)

// frame is what a box is drawn of.
type frame struct {
	name, value, class string
	ns                 float64
	tint               int
	children           []frame
}

// place appends the box of a frame and those below it, and notes the depth reached.
func (b *boxes) place(f frame, left, scale float64, depth int) {
	if depth >= deepest || !(f.ns >= scale*narrowest) || !(scale > 0) {
		return
	}
	b.Depth = max(b.Depth, depth+1)
	b.Boxes = append(b.Boxes, box{
		Name: f.name, Value: f.value, Class: f.class, Tint: f.tint,
		Left: theme.PercentCSS(left / scale), Width: theme.PercentCSS(f.ns / scale),
		Depth: depth, Thin: f.ns < scale*0.03,
	})
	for _, c := range f.children {
		b.place(c, left, scale, depth+1)
		left += c.ns
	}
}

// nanoseconds is a time as it stands in a box.
func nanoseconds(ns float64) string { return text.Short3(ns) + text.NBSP + "ns" }

// life is what an allocation costs from its request to its end.
type life struct {
	strategy           int
	alloc, table, free float64 // ns
}

func (l life) total() float64 { return l.alloc + l.table + l.free }

// largest is the part that takes most.
func (l life) largest() (string, float64) {
	switch max(l.alloc, l.table, l.free) {
	case l.alloc:
		return "allocating", l.alloc
	case l.free:
		return "freeing", l.free
	}
	return "building its sg table", l.table
}

// lives are the parts by strategy on a workload, of strategies that are compared there;
// those without times are left out.
func lives(same []int, builder string, w *rundir.Workload) []life {
	var out []life
	for _, s := range same {
		l := life{
			strategy: s,
			alloc:    stat.OrZero(1e9 * w.Center(schema.AllocFree, schema.NsPerAlloc, s)),
			free:     stat.OrZero(1e9 * w.Center(schema.AllocFree, schema.NsPerFree, s)),
			table:    stat.OrZero(1e9 * w.Table(builder, schema.NsPerTable, s).Center()),
		}
		if l.alloc > 0 || l.free > 0 {
			out = append(out, l)
		}
	}
	return out
}

// lifeBoxes draws the lives on one scale.
func lifeBoxes(names list.Names, lives []life) []boxes {
	widest := 0.0
	for _, l := range lives {
		widest = max(widest, l.total())
	}
	var out []boxes
	for _, l := range lives {
		class := theme.Class(l.strategy)
		root := frame{name: "an allocation's life", ns: l.total(), value: nanoseconds(l.total()), class: class}
		part := func(name string, ns float64, tint int) {
			root.children = append(root.children, frame{name: name, ns: ns, value: nanoseconds(ns), class: class, tint: tint})
		}
		part("allocate", l.alloc, 34)
		part("build sg table", l.table, 12)
		part("free", l.free, 22)
		b := boxes{Name: names[l.strategy], Class: class, Total: nanoseconds(l.total())}
		b.place(root, 0, widest, 0)
		out = append(out, b)
	}
	return out
}

// cpuHeading states where the time of each strategy goes, in a run whose noise does not hide
// it.
func cpuHeading(lives []life, noisy bool) text.Prose {
	switch {
	case len(lives) == 0:
		return "Where the time goes was not measured"
	case noisy:
		return "Noise hides where the time goes"
	}
	var parts []string
	for i, l := range lives {
		name, ns := l.largest()
		of := ""
		if i == 0 {
			of = "spends "
		}
		of += text.Percent(100 * ns / l.total())
		if i == 0 {
			of += " of an allocation's life"
		}
		parts = append(parts, text.Mark(l.strategy)+" "+of+" "+name)
	}
	return text.Prose(text.List(parts))
}
