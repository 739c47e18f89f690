package cpu

import (
	"math"
	"strings"

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
	Tint        int // percent of the strategy's colour
	Class       string
	Thin        bool // too narrow to write in
}

// deepest is how far down a call tree is drawn.
const deepest = 9

// place appends the box of a node and those below it, and returns the depth
// reached.
func (b *boxes) place(n *flameNode, left, scale float64, depth int, tint func(*flameNode) int, value func(ns float64) string) {
	if depth >= deepest || !(scale > 0) {
		return
	}
	b.Depth = max(b.Depth, depth+1)
	b.Boxes = append(b.Boxes, box{
		Name: n.name, Value: value(n.ns),
		Left: theme.PercentCSS(left / scale), Width: theme.PercentCSS(n.ns / scale),
		Depth: depth, Tint: tint(n), Class: b.Class,
		Thin: n.ns < scale*0.03,
	})
	for _, c := range n.children {
		b.place(c, left, scale, depth+1, tint, value)
		left += c.ns
	}
}

// nanoseconds is a time as it stands in a box.
func nanoseconds(ns float64) string { return text.Short3(ns) + text.NBSP + "ns" }

// valueOf writes the values of a flame: times, or of few samples their number.
func (f flame) valueOf() func(ns float64) string {
	if f.samples >= enoughSamples {
		return nanoseconds
	}
	all := f.root.ns
	return func(ns float64) string {
		return text.Plural(math.Round(float64(f.samples)*ns/all), "sample", "samples")
	}
}

// flameBoxes draws every flame on the scale of the widest, tinted where a
// strategy spends more on a role than the other (the base, or for the base
// the second), if their times are compared.
func flameBoxes(names list.Names, flames []flame, compared bool) []boxes {
	var out []boxes
	widest := 0.0
	byRole := make([]map[string]float64, len(flames))
	for i, f := range flames {
		widest = max(widest, f.root.ns)
		byRole[i] = make(map[string]float64)
		f.root.roles(byRole[i], nil)
	}
	for i, f := range flames {
		tint := func(*flameNode) int { return 0 }
		if len(flames) > 1 && compared {
			other := byRole[0]
			if i == 0 {
				other = byRole[1]
			}
			tint = func(n *flameNode) int {
				more := (n.ns - other[role(n.name)]) / widest
				return int(math.Round(100 * min(0.5, max(0, more))))
			}
		}
		b := boxes{Name: names[f.strategy], Class: theme.Class(f.strategy), Total: nanoseconds(f.root.ns) + " per operation"}
		root := f.root
		b.place(root, 0, widest, 0, func(n *flameNode) int {
			if n == root {
				return 0
			}
			return tint(n)
		}, f.valueOf())
		for i := range b.Boxes {
			b.Boxes[i].Name = strings.TrimPrefix(b.Boxes[i].Name, b.Name+".")
		}
		out = append(out, b)
	}
	return out
}

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
		root := &flameNode{name: "an allocation's life", ns: l.total()}
		for _, part := range []flameNode{{name: "allocate", ns: l.alloc}, {name: "build sg table", ns: l.table}, {name: "free", ns: l.free}} {
			if part.ns > 0 {
				root.children = append(root.children, &part)
			}
		}
		b := boxes{Name: names[l.strategy], Class: theme.Class(l.strategy), Total: nanoseconds(l.total())}
		b.place(root, 0, widest, 0, func(n *flameNode) int {
			switch n.name {
			case "allocate":
				return 34
			case "build sg table":
				return 12
			case "free":
				return 22
			}
			return 0
		}, nanoseconds)
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
