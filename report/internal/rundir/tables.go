package rundir

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
)

// Holes is what a table costs where every hole has one size.
type Holes map[HoleKey]*HoleCell

// HoleKey names one point: a request where every hole has one size.
type HoleKey struct {
	Strategy, Builder string
	Size, Hole        uint64 // bytes of a request, and of every free extent
}

// HoleCell is one point: samples of one table, or a refusal.
type HoleCell struct {
	Table, P99 []float64 // seconds
	Segs       float64
	Refused    bool
}

func (h Holes) add(l line) {
	size, ok1 := schema.ParseSize(l.get(schema.Size))
	hole, ok2 := schema.ParseSize(l.get(schema.Hole))
	if !ok1 || !ok2 {
		l.complain("size %q or hole %q is not a size like 64KiB", l.get(schema.Size), l.get(schema.Hole))
		return
	}
	k := HoleKey{l.get(schema.Strategy), l.get(schema.Builder), size, hole}
	c := h[k]
	if c == nil {
		c = new(HoleCell)
		h[k] = c
	}
	if l.number(schema.Refused) > 0 {
		c.Refused = true
	}
	c.Table = l.appendTime(c.Table, schema.NsPerTable)
	c.P99 = l.appendTime(c.P99, schema.P99Ns)
	l.set(&c.Segs, schema.SegsPerTable)
}

// Builder is the builder whose tables are shown: the first by name.
func (h Holes) Builder() string {
	var all []string
	for k := range h {
		all = list.Add(all, k.Builder)
	}
	if len(all) == 0 {
		return ""
	}
	return slices.Min(all)
}

// Builders are the comparison of table builders.
type Builders map[BuilderKey]*BuilderCell

// BuilderKey names a cell of the builder comparison.
type BuilderKey struct {
	Layout, Builder string
	Size            uint64 // bytes of the object
}

// BuilderCell is what one table costs its builder: samples of the time, and
// the counts of one build. Counts that no line has are NaN.
type BuilderCell struct {
	Table         []float64 // seconds
	Segs, Entries float64   // used, and allocated on the way
	Peak          float64   // bytes held at the worst moment of the build
}

func (b Builders) add(l line) {
	if !l.complete(schema.Layout, schema.Builder) {
		return
	}
	size, ok := l.size(schema.Size, "64KiB")
	if !ok {
		return
	}
	k := BuilderKey{l.get(schema.Layout), l.get(schema.Builder), size}
	c := b[k]
	if c == nil {
		c = &BuilderCell{Segs: math.NaN(), Entries: math.NaN(), Peak: math.NaN()}
		b[k] = c
	}
	c.Table = l.appendTime(c.Table, schema.NsPerTable)
	l.set(&c.Segs, schema.SegsPerTable)
	l.set(&c.Entries, schema.EntriesPerTable)
	l.set(&c.Peak, schema.PeakBytes)
}
