package rundir

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
)

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
