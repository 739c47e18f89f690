package report

import "math"

// Builders are the comparison of table builders.
type Builders map[builderKey]*builderCell

// builderKey names a cell of the builder comparison.
type builderKey struct {
	layout, builder string
	size            uint64 // bytes of the object
}

// builderCell is what one table costs its builder: samples of the time, and
// the counts of one build. Counts that no line has are NaN.
type builderCell struct {
	table         []float64 // seconds
	segs, entries float64   // used, and allocated on the way
	peak          float64   // bytes held at the worst moment of the build
}

func (b Builders) add(l line) {
	if !l.complete(keyLayout, keyBuilder) {
		return
	}
	size, ok := parseSize(l.get(keySize))
	if !ok {
		l.complain("size %q is not a size like 64KiB", l.get(keySize))
		return
	}
	k := builderKey{l.get(keyLayout), l.get(keyBuilder), size}
	c := b[k]
	if c == nil {
		c = &builderCell{segs: math.NaN(), entries: math.NaN(), peak: math.NaN()}
		b[k] = c
	}
	c.table = l.appendTime(c.table, unitTable)
	l.set(&c.segs, unitSegs)
	l.set(&c.entries, "entries/table")
	l.set(&c.peak, "peak-B")
}

// policyKey names the tables of one replay of a workload under one driver policy.
type policyKey struct {
	strategy int
	policy   string
}

// policyCell is what those tables cost in page-table entries, per table. All
// of it is exact.
type policyCell struct {
	served, segs float64 // percent of requests; sg entries
	pte          [3]float64
	reach, waste float64 // bytes that 512 entries map; percent of what was granted
}

// pteSizes are the sizes of page-table entries, the largest first.
var pteSizes = [3]struct {
	bytes float64
	name  string
	unit  string
}{
	{2 << 20, "2" + nbsp + "MiB", "pte2m/table"},
	{64 << 10, "64" + nbsp + "KiB", "pte64k/table"},
	{4 << 10, "4" + nbsp + "KiB", "pte4k/table"},
}

func readPolicy(r *Run, l line) {
	if !l.complete(keyStrategy, keyWorkload, keyPolicy) || !l.isShare(unitServed) || !l.isShare("waste-pct") {
		return
	}
	c := policyCell{
		served: l.number(unitServed),
		segs:   l.number(unitSegs),
		reach:  l.number("reach-B"),
		waste:  l.number("waste-pct"),
	}
	for i, s := range pteSizes {
		c.pte[i] = l.number(s.unit)
	}
	if math.IsNaN(c.entries()) {
		l.complain("no count of page-table entries of each size")
		return
	}
	if c.entries() == 0 {
		l.complain("tables without a page-table entry map nothing")
		return
	}
	if w, s, ok := r.of(l); ok {
		w.policies[policyKey{s, l.get(keyPolicy)}] = c
	}
}

// entries are the page-table entries of a table, of all sizes.
func (c policyCell) entries() float64 { return c.pte[0] + c.pte[1] + c.pte[2] }

// policies are the driver policies that the run has lines of.
func policies(workloads ...*workload) []string {
	var out []string
	for _, w := range workloads {
		for k := range w.policies {
			out = append(out, k.policy)
		}
	}
	return known(out, "i915", "amdgpu", "xe")
}

// Migrations are the migration load under each lifetime of tables.
type Migrations map[lifetimeKey]*lifetimeCell

// lifetimeKey names the migration load of a strategy under one lifetime of
// its tables.
type lifetimeKey struct{ strategy, lifetime string }

// lifetimeCell is what that load costs: samples of times, and exact counts,
// NaN when no line has them.
type lifetimeCell struct {
	op, p50, p99  []float64 // seconds: a migration, a capture
	hazards       float64   // tables read after their release
	tables, bytes float64   // alive at the same time, at most
	recovered     float64   // failed copies done again
	number        int       // migrations of a sample
}

func (m Migrations) add(l line) {
	if !l.complete(keyStrategy, keyLifetime) {
		return
	}
	k := lifetimeKey{l.get(keyStrategy), l.get(keyLifetime)}
	c := m[k]
	if c == nil {
		nan := math.NaN()
		c = &lifetimeCell{hazards: nan, tables: nan, bytes: nan, recovered: nan}
		m[k] = c
	}
	c.op = l.appendTime(c.op, unitOp)
	c.p50 = l.appendTime(c.p50, "capture-p50-sec")
	c.p99 = l.appendTime(c.p99, "capture-p99-sec")
	l.set(&c.hazards, "hazards")
	l.set(&c.tables, "peak-tables")
	l.set(&c.bytes, "peak-B")
	l.set(&c.recovered, "recovered")
	c.number = l.Iters
}

// Refs are the seconds of a get of a counted table and its put, by mode.
type Refs map[string][]float64

func (m Refs) add(l line) {
	if l.complete(keyMode) {
		m[l.get(keyMode)] = l.appendTime(m[l.get(keyMode)], unitOp)
	}
}
