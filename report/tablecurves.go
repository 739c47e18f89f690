package report

import (
	"math"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
)

// tableCurves is what curves.bench says of sg tables themselves: how they are
// built, what mapping them costs, and how they are kept alive.
type tableCurves struct {
	builders   map[builderKey]*builderCell
	policies   map[policyKey]policyCell
	migrations map[lifetimeKey]*lifetimeCell
	refs       map[string][]float64 // by mode: seconds of a get and its put
}

func newTableCurves() tableCurves {
	return tableCurves{
		builders:   make(map[builderKey]*builderCell),
		policies:   make(map[policyKey]policyCell),
		migrations: make(map[lifetimeKey]*lifetimeCell),
		refs:       make(map[string][]float64),
	}
}

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

// complete reports whether a line measured something and has all its keys,
// which come as their names and values in turn. Of one that does not it warns.
func (r *Run) complete(res *benchfmt.Result, keys ...string) bool {
	if res.Iters <= 0 {
		r.warn("%s: a line of %d iterations measured nothing", where(res), res.Iters)
		return false
	}
	for i := 0; i < len(keys); i += 2 {
		if keys[i+1] == "" {
			r.warn("%s: the line does not name its %s", where(res), keys[i])
			return false
		}
	}
	return true
}

// isShare reports whether a value, if the line has it, is a percentage of a
// whole. Of one that is not it warns.
func (r *Run) isShare(res *benchfmt.Result, unit string) bool {
	v, ok := res.Value(unit)
	if ok && !(v >= 0 && v <= 100) {
		r.warn("%s: %s of %v is not between 0 and 100", where(res), unit, v)
		return false
	}
	return true
}

func (r *Run) addBuilder(res *benchfmt.Result, k builderKey, sizeText string) {
	if !r.complete(res, "layout", k.layout, "builder", k.builder) {
		return
	}
	var ok bool
	if k.size, ok = parseSize(sizeText); !ok {
		r.warn("%s: size %q is not a size like 64KiB", where(res), sizeText)
		return
	}
	c := r.curves.tables.builders[k]
	if c == nil {
		c = &builderCell{segs: math.NaN(), entries: math.NaN(), peak: math.NaN()}
		r.curves.tables.builders[k] = c
	}
	c.table = appendTime(c.table, res, unitTable)
	setValue(&c.segs, res, unitSegs)
	setValue(&c.entries, res, "entries/table")
	setValue(&c.peak, res, "peak-B")
}

// policyKey names the tables of one replay under one driver policy.
type policyKey struct{ strategy, workload, policy string }

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

func (r *Run) addPolicy(res *benchfmt.Result, k policyKey) {
	if !r.complete(res, "strategy", k.strategy, "workload", k.workload, "policy", k.policy) ||
		!r.isShare(res, unitServed) || !r.isShare(res, "waste-pct") {
		return
	}
	c := policyCell{
		served: valueOf(res, unitServed),
		segs:   valueOf(res, unitSegs),
		reach:  valueOf(res, "reach-B"),
		waste:  valueOf(res, "waste-pct"),
	}
	for i, s := range pteSizes {
		c.pte[i] = valueOf(res, s.unit)
	}
	if math.IsNaN(c.entries()) {
		r.warn("%s: no count of page-table entries of each size", where(res))
		return
	}
	if c.entries() == 0 {
		r.warn("%s: tables without a page-table entry map nothing", where(res))
		return
	}
	r.curves.tables.policies[k] = c
}

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

func (r *Run) addMigration(res *benchfmt.Result, k lifetimeKey) {
	if !r.complete(res, "strategy", k.strategy, "lifetime", k.lifetime) {
		return
	}
	c := r.curves.tables.migrations[k]
	if c == nil {
		nan := math.NaN()
		c = &lifetimeCell{hazards: nan, tables: nan, bytes: nan, recovered: nan}
		r.curves.tables.migrations[k] = c
	}
	c.op = appendTime(c.op, res, unitOp)
	c.p50 = appendTime(c.p50, res, "capture-p50-sec")
	c.p99 = appendTime(c.p99, res, "capture-p99-sec")
	setValue(&c.hazards, res, "hazards")
	setValue(&c.tables, res, "peak-tables")
	setValue(&c.bytes, res, "peak-B")
	setValue(&c.recovered, res, "recovered")
	c.number = res.Iters
}

func (r *Run) addRef(res *benchfmt.Result, mode string) {
	if r.complete(res, "mode", mode) {
		r.curves.tables.refs[mode] = appendTime(r.curves.tables.refs[mode], res, unitOp)
	}
}

// appendTime appends the value of a unit when the line has a real one.
func appendTime(times []float64, res *benchfmt.Result, unit string) []float64 {
	if v, ok := res.Value(unit); ok && v > 0 && sane(v) {
		return append(times, v)
	}
	return times
}

// setValue sets v when the line has a real value of the unit.
func setValue(v *float64, res *benchfmt.Result, unit string) {
	if got := valueOf(res, unit); !math.IsNaN(got) {
		*v = got
	}
}

// timeText is the median of some times with the half width of its interval,
// as the table of times has it; the interval is left out where too few samples
// give none.
func timeText(times []float64) (value, spread string) {
	if len(times) == 0 {
		return none, ""
	}
	s := benchmath.NewSample(slices.Clone(times), &benchmath.DefaultThresholds)
	c := &cell{sample: s, sum: benchmath.AssumeNothing.Summary(s, confidence)}
	if !math.IsInf(c.sum.Lo, 0) {
		spread = spreadText(c)
	}
	return duration(c.sum.Center), spread
}

// calls reports whether a difference between two sets of times may be put
// into a sentence without a test of its own: the run is not too noisy for any,
// each side has samples enough, and no sample of one lies among the other's.
func (r *Run) calls(less, more []float64) bool {
	const enough = 5 // two sides of five come apart by chance once in 126 times
	return !r.self.failed && len(less) >= enough && len(more) >= enough && slices.Max(less) < slices.Min(more)
}

// known sorts names: those of the list as it has them, the others behind by
// name.
func known(names []string, list ...string) []string {
	slices.Sort(names)
	return order(slices.Compact(names), strings.Join(list, " "))
}
