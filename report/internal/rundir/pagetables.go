package rundir

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
)

// policyKey names the tables of one replay of a workload under one driver policy.
type policyKey struct {
	strategy int
	policy   string
}

// PolicyCell is what those tables cost in page-table entries, per table. All
// of it is exact.
type PolicyCell struct {
	Served, Segs float64 // percent of requests; sg entries
	PTE          [3]float64
	Reach, Waste float64 // bytes that 512 entries map; percent of what was granted
}

// PTESizes are the sizes of page-table entries, the largest first.
var PTESizes = [3]struct {
	Bytes float64
	unit  *schema.Unit
}{
	{2 << 20, schema.PTE2MPerTable},
	{64 << 10, schema.PTE64KPerTable},
	{4 << 10, schema.PTE4KPerTable},
}

// policyOf reads a cell; good is false for a line that is damaged.
func policyOf(l line) (c PolicyCell, good bool) {
	if !l.complete(schema.Strategy, schema.Workload, schema.Policy) || !l.isShare(schema.ServedPct) || !l.isShare(schema.WastePct) {
		return c, false
	}
	c = PolicyCell{
		Served: l.number(schema.ServedPct),
		Segs:   l.number(schema.SegsPerTable),
		Reach:  l.number(schema.ReachBytes),
		Waste:  l.number(schema.WastePct),
	}
	for i, s := range PTESizes {
		c.PTE[i] = l.number(s.unit)
	}
	if l.nothingServed() {
		return c, true
	}
	if math.IsNaN(c.Entries()) {
		l.complain("no count of page-table entries of each size")
		return c, false
	}
	if c.Entries() == 0 {
		l.complain("tables without a page-table entry map nothing")
		return c, false
	}
	return c, true
}

// Entries are the page-table entries of a table, of all sizes.
func (c PolicyCell) Entries() float64 { return c.PTE[0] + c.PTE[1] + c.PTE[2] }

// Mapped are the bytes that a table maps.
func (c PolicyCell) Mapped() (bytes float64) {
	for i, s := range PTESizes {
		bytes += c.PTE[i] * s.Bytes
	}
	return bytes
}

// Policies are the driver policies that the run has lines of.
func Policies(workloads ...*Workload) []string {
	var out []string
	for _, w := range workloads {
		for k := range w.policies {
			out = append(out, k.policy)
		}
	}
	return KnownPolicies(out)
}

// KnownPolicies sorts names of policies: those that are known here as a run lists them,
// then the others.
func KnownPolicies(names []string) []string {
	return list.Known(names, "i915", "amdgpu", "xe_6.11", "xe", "nouveau")
}

// nothingServed reports whether the line has a share of requests served of 0, and nothing
// else: there was no table.
func (l line) nothingServed() bool { return len(l.Values) == 1 && l.number(schema.ServedPct) == 0 }

// GrantsNothing are the policies under which a strategy was refused every request.
func (w *Workload) GrantsNothing(strategy int) (policies []string) {
	for _, k := range w.refusing {
		if k.strategy == strategy {
			policies = list.Add(policies, k.policy)
		}
	}
	return KnownPolicies(policies)
}

// Fewest is between what the fewest segments and page-table entries of a workload lie under a
// policy, per table: no placement has fewer than Least, and one was found that has Found.
type Fewest struct {
	LeastSegs, FoundSegs       float64
	LeastEntries, FoundEntries float64
}

// fewestOf reads a line; good is false for one whose bounds cannot be.
func fewestOf(l line) (f Fewest, good bool) {
	f = Fewest{
		l.number(schema.LeastSegsPerTable), l.number(schema.FoundSegsPerTable),
		l.number(schema.LeastEntriesPerTable), l.number(schema.FoundEntriesPerTable),
	}
	good = l.complete(schema.Workload, schema.Policy)
	if good && !(f.LeastSegs > 0 && f.LeastSegs <= f.FoundSegs && f.LeastEntries > 0 && f.LeastEntries <= f.FoundEntries) {
		l.complain("bounds without a lower one above 0, or with one above the upper")
		good = false
	}
	return f, good
}

// Distance is how far a strategy that did the work of a [Fewest] is from the least: 1.05 is at
// most 5 % from the optimum.
type Distance struct{ Segs, Entries float64 }

// distanceOf reads a line; good is false for one that is below the least.
func distanceOf(l line) (d Distance, good bool) {
	d = Distance{l.number(schema.SegsPerLeast), l.number(schema.EntriesPerLeast)}
	good = l.complete(schema.Strategy, schema.Workload, schema.Policy)
	if good && !(d.Segs >= 1 && d.Entries >= 1) {
		l.complain("fewer than the least")
		good = false
	}
	return d, good
}

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
