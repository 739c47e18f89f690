package cpu

import (
	"cmp"
	"slices"
	"strings"
)

// node is a function in a call tree, with what it and all it calls take of an operation.
type node struct {
	name     string
	ns       float64
	square   float64 // of what each tick counts for: the variance of ns, by chance in the sampling
	children []*node
}

// others is the name of the box for what has none.
const others = "others"

// child is the function of that name that n calls, made if it is not there.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	if len(n.children) == mostChildren-1 {
		name = others
	}
	if k := len(n.children); k == mostChildren {
		return n.children[k-1]
	}
	c := &node{name: name}
	n.children = append(n.children, c)
	return c
}

// add counts ticks that weigh so many ns each.
func (n *node) add(ticks, weight float64) {
	n.ns += ticks * weight
	n.square += ticks * weight * weight
}

// callTree adds up samples below the function that replays: those of each workload with the
// weight of one tick there.
func callTree(r recorded, weight map[string]float64) *node {
	root := &node{name: "replay"}
	for _, s := range r.samples {
		w := weight[s.workload]
		if !(w > 0) {
			continue
		}
		root.add(s.ticks, w)
		at := root
		for _, name := range s.stack {
			at = at.child(name)
			at.add(s.ticks, w)
		}
	}
	root.order()
	for least := root.ns / 4000; root.count() > mostNodes; least *= 2 {
		root.prune(least)
	}
	return root
}

// order sorts the children by size.
func (n *node) order() {
	slices.SortStableFunc(n.children, func(a, b *node) int {
		return cmp.Or(cmp.Compare(b.ns, a.ns), strings.Compare(a.name, b.name))
	})
	for _, c := range n.children {
		c.order()
	}
}

// count is the number of nodes.
func (n *node) count() int {
	sum := 1
	for _, c := range n.children {
		sum += c.count()
	}
	return sum
}

// prune drops what takes less.
func (n *node) prune(least float64) {
	n.children = slices.DeleteFunc(n.children, func(c *node) bool { return c.ns < least })
	for _, c := range n.children {
		c.prune(least)
	}
}

// role is a function's own name.
func role(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// packageOf is what stands before the first dot of a short name.
func packageOf(name string) string {
	before, _, _ := strings.Cut(name, ".")
	return before
}
