package rundir

import (
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
)

// Sweep is the controlled sweep: what a table costs where every hole has one size.
type Sweep map[SweepKey]*SweepCell

// SweepKey names one point of the sweep.
type SweepKey struct {
	Strategy, Builder string
	Size, Hole        uint64 // bytes of a request, and of every free extent
}

// SweepCell is one point of the sweep: samples of one table, or a refusal.
type SweepCell struct {
	Table, P99 []float64 // seconds
	Segs       float64
	Refused    bool
}

func (sw Sweep) add(l line) {
	size, ok1 := schema.ParseSize(l.get(schema.Size))
	hole, ok2 := schema.ParseSize(l.get(schema.Hole))
	if !ok1 || !ok2 {
		l.complain("size %q or hole %q is not a size like 64KiB", l.get(schema.Size), l.get(schema.Hole))
		return
	}
	k := SweepKey{l.get(schema.Strategy), l.get(schema.Builder), size, hole}
	c := sw[k]
	if c == nil {
		c = new(SweepCell)
		sw[k] = c
	}
	if l.number(schema.Refused) > 0 {
		c.Refused = true
	}
	c.Table = l.appendTime(c.Table, schema.NsPerTable)
	c.P99 = l.appendTime(c.P99, schema.P99Ns)
	l.set(&c.Segs, schema.SegsPerTable)
}

// Builder is the first builder that the sweep was measured with.
func (sw Sweep) Builder() string {
	var all []string
	for k := range sw {
		all = list.Add(all, k.Builder)
	}
	if len(all) == 0 {
		return ""
	}
	return slices.Min(all)
}
