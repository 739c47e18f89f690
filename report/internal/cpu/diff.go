package cpu

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// A frame of one call tree is matched with one of another by its stack and its name. What the
// loop of the replay calls goes by the name of the method alone, whatever type of whatever
// package it is of: Alloc is Alloc and Free is Free, in every strategy. Below, functions go by
// package, type and name: strategies share those of the library and of packages that both
// use, and have their own beside them. To match those by likeness would invent what is common.

// both is a frame of two trees, with what it takes in each.
type both struct {
	name     string
	ns       [2]float64
	square   [2]float64
	children []*both
}

// only is which of the two alone has the frame, -1 if both have it.
func (b *both) only() int {
	switch {
	case b.ns[0] == 0:
		return 1
	case b.ns[1] == 0:
		return 0
	}
	return -1
}

// merge matches the frames of two trees. Where only one is nil the other has no counterpart.
func merge(name string, trees [2]*node, depth int) *both {
	out := &both{name: name}
	keys := make(map[string]*[2]*node)
	var order []string
	for i, t := range trees {
		if t == nil {
			continue
		}
		out.ns[i], out.square[i] = t.ns, t.square
		for _, c := range t.children {
			k := c.name
			if depth == 0 {
				k = role(k)
			}
			if keys[k] == nil {
				keys[k] = new([2]*node)
				order = append(order, k)
			}
			if at := keys[k]; at[i] == nil {
				at[i] = c
			} else {
				at[i] = joined(k, at[i], c)
			}
		}
	}
	for _, k := range order {
		out.children = append(out.children, merge(k, *keys[k], depth+1))
	}
	slices.SortStableFunc(out.children, func(a, b *both) int {
		return cmp.Or(cmp.Compare(b.ns[1], a.ns[1]), cmp.Compare(b.ns[0], a.ns[0]), strings.Compare(a.name, b.name))
	})
	return out
}

// joined is two frames of one tree that go by the same name.
func joined(name string, a, b *node) *node {
	out := &node{name: name, ns: a.ns + b.ns, square: a.square + b.square}
	for _, c := range slices.Concat(a.children, b.children) {
		if i := slices.IndexFunc(out.children, func(o *node) bool { return o.name == c.name }); i >= 0 {
			out.children[i] = joined(c.name, out.children[i], c)
		} else {
			out.children = append(out.children, c)
		}
	}
	return out
}

// prune drops frames that take less in both.
func (b *both) prune(least float64) {
	b.children = slices.DeleteFunc(b.children, func(c *both) bool { return max(c.ns[0], c.ns[1]) < least })
	for _, c := range b.children {
		c.prune(least)
	}
}

// difference is the call tree of two strategies.
type difference struct {
	strategies [2]int
	samples    [2]int
	scope      scope
	floor      float64 // what a strategy differs by from itself, as the logarithm of a ratio
	root       *both
}

// sure reports whether a difference is beyond what chance in the sampling makes, which is two
// standard errors, and beyond what times of the run differ by without a reason.
func (d difference) sure(b *both) bool {
	chance := 2 * math.Sqrt(b.square[0]+b.square[1])
	return math.Abs(b.ns[1]-b.ns[0]) > chance+math.Expm1(d.floor)*min(b.ns[0], b.ns[1])
}

// mostBoth is the number of frames of a pair; the smallest are left to those around them.
const mostBoth = 500

// differ compares two profiles. ok is false where they have too few samples on workloads where
// both did the same work.
func differ(in judge.Run, focus *rundir.Workload, a, b recorded) (d difference, ok bool) {
	s := pairScope(in, focus, a, b)
	if !s.enough(a, b) {
		return d, false
	}
	d = difference{strategies: [2]int{a.strategy, b.strategy}, samples: [2]int{s.samples(a), s.samples(b)}, scope: s}
	for _, w := range s {
		d.floor = max(d.floor, in.Times.Self.Floor(w.Name))
	}
	d.root = merge("replay", [2]*node{s.tree(a), s.tree(b)}, 0)
	for least := d.scale() / 1000; d.root.count() > mostBoth; least *= 2 {
		d.root.prune(least)
	}
	return d, true
}

// scale is the time that takes the whole width.
func (d difference) scale() float64 { return max(d.root.ns[0], d.root.ns[1]) }

// count is the number of frames.
func (b *both) count() int {
	sum := 1
	for _, c := range b.children {
		sum += c.count()
	}
	return sum
}

// onlyFrame is an outermost frame that one of the two alone has.
type onlyFrame struct {
	name, in string
	ns       float64
}

// onlyIn are those of a side, with the functions that call them.
func (b *both) onlyIn(side int) (out []onlyFrame) {
	for _, c := range b.children {
		if c.only() == side {
			out = append(out, onlyFrame{c.name, b.name, c.ns[side]})
		} else {
			out = append(out, c.onlyIn(side)...)
		}
	}
	slices.SortStableFunc(out, func(a, b onlyFrame) int { return cmp.Compare(b.ns, a.ns) })
	return out
}

// mostOnly is how many such frames are named.
const mostOnly = 8

// onlyNote says what one side has and the graph lacks, since it is drawn of the other.
func (d difference) onlyNote(names list.Names, side int) string {
	only := d.root.onlyIn(side)
	if len(only) == 0 {
		return ""
	}
	var parts []string
	sum := 0.0
	for i, f := range only {
		sum += f.ns
		if i < mostOnly {
			parts = append(parts, f.name+" "+nanoseconds(f.ns)+" (in "+f.in+")")
		}
	}
	if more := len(only) - mostOnly; more > 0 {
		parts = append(parts, text.Count(more)+" more")
	}
	return "Only in " + names[d.strategies[side]] + ", " + nanoseconds(sum) + " together: " + text.List(parts) + "."
}
