package rundir

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
)

// WalkCell is what finding a page in the tables of a policy's replay takes, and what mapping
// one as a whole for another GPU makes of it, on average. Values that the line lacks are NaN.
type WalkCell struct {
	Segs            float64 // of a table, and so for a device without an IOMMU
	Steps, Compared float64 // to a page: segments passed; ends compared by an index
	DMA, DMA64K     float64 // segments for a device behind an IOMMU with pages of 4, of 64 KiB
}

func walkOf(l line) WalkCell {
	return WalkCell{l.number(schema.SegsPerTable), l.number(schema.StepsPerLookup),
		l.number(schema.IndexStepsPerLookup), l.number(schema.DMASegsPerTable), l.number(schema.DMA64KSegsPerTable)}
}

// Lookups are what finding a byte in the table of a made-up object takes.
type Lookups map[LookupKey]*LookupCell

// LookupKey names a table and a way to find bytes in it.
type LookupKey struct {
	Layout, Way string
	Size        uint64 // bytes of the object
}

// LookupCell is samples of the time of a lookup, and the steps of it; NaN if no line has them.
type LookupCell struct {
	Time  []float64 // seconds
	Steps float64
}

func (m Lookups) add(l line) {
	if !l.complete(schema.Layout, schema.Lookup) {
		return
	}
	size, ok := l.size(schema.Size, "64KiB")
	if !ok {
		return
	}
	k := LookupKey{l.get(schema.Layout), l.get(schema.Lookup), size}
	c := m[k]
	if c == nil {
		c = &LookupCell{Steps: math.NaN()}
		m[k] = c
	}
	c.Time = l.appendTime(c.Time, schema.NsPerLookup)
	l.set(&c.Steps, schema.StepsPerLookup)
}
