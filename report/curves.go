package report

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// curves is curves.bench: what is drawn rather than compared.
type curves struct {
	harness []float64               // seconds per operation of the replay loop alone
	series  map[seriesKey][]moment  // sorted by operation
	sweep   map[sweepKey]*sweepCell // the controlled sweep
	work    map[seriesKey]work      // what strategies counted in a replay
	tables  tableCurves             // builders, page tables, lifetimes

	scaling    map[scalingKey]*scalingCell       // the scaling sweep
	concurrent map[concurrentKey]*concurrentCell // several goroutines at once
	crossing   map[string]*crossingCell          // by strategy: calls into a C library
}

type seriesKey struct{ strategy, workload string }

// moment is one sample of a replay: the state after an operation, and what
// happened since the sample before.
type moment struct {
	op      int
	broken  float64 // percent of free memory outside whole 2 MiB pages
	largest float64 // bytes of the largest free extent
	free    float64 // bytes
	refused float64 // requests, since the sample before
}

type sweepKey struct {
	strategy, builder string
	size, hole        uint64 // bytes of a request, and of every free extent
}

// sweepCell is one point of the sweep: samples of one table, or a refusal.
type sweepCell struct {
	table, p99 []float64 // seconds
	segs       float64
	refused    bool
}

// readCurves reads curves.bench, which need not be there.
func (r *Run) readCurves(path string) {
	r.curves.series = make(map[seriesKey][]moment)
	r.curves.sweep = make(map[sweepKey]*sweepCell)
	r.curves.work = make(map[seriesKey]work)
	r.curves.tables = newTableCurves()
	r.curves.scaling = make(map[scalingKey]*scalingCell)
	r.curves.concurrent = make(map[concurrentKey]*concurrentCell)
	r.curves.crossing = make(map[string]*crossingCell)
	data, err := os.ReadFile(path)
	if err != nil {
		if !missing(err) {
			r.warn("%v", err)
		}
		return
	}
	names := newLabels(".name,/strategy,/workload,/step,/builder,/size,/hole,/layout,/policy,/lifetime,/mode,/op,/region,/live,/lock,/goroutines")
	r.eachResult(path, data, func(res *benchfmt.Result) {
		l := names.of(res)
		switch l[0] {
		case "Harness":
			if v, ok := res.Value(unitOp); ok && v > 0 && sane(v) {
				r.curves.harness = append(r.curves.harness, v)
			}
		case "Series":
			r.addMoment(res, seriesKey{l[1], l[2]}, l[3])
		case "Counters":
			r.curves.work[seriesKey{l[1], l[2]}] = workOf(res)
		case "Sweep":
			r.addSweep(res, sweepKey{strategy: l[1], builder: l[4]}, l[5], l[6])
		case "Builders":
			r.addBuilder(res, builderKey{layout: l[7], builder: l[4]}, l[5])
		case "Policy":
			r.addPolicy(res, policyKey{l[1], l[2], l[8]})
		case "Migrate":
			r.addMigration(res, lifetimeKey{l[1], l[9]})
		case "Ref":
			r.addRef(res, l[10])
		case "Scaling":
			r.addScaling(res, scalingKey{strategy: l[1], op: l[11]}, l[12], l[13])
		case "Concurrent":
			r.addConcurrent(res, concurrentKey{strategy: l[1], lock: l[14]}, l[15])
		case "Crossing":
			r.addCrossing(res, l[1])
		}
	})
	for _, s := range r.curves.series {
		slices.SortStableFunc(s, func(a, b moment) int { return a.op - b.op })
	}
}

func (r *Run) addMoment(res *benchfmt.Result, k seriesKey, step string) {
	op, err := strconv.Atoi(step)
	if err != nil || op < 0 {
		r.warn("%s: step %q is not a number of operations", where(res), step)
		return
	}
	r.curves.series[k] = append(r.curves.series[k], moment{
		op:      op,
		broken:  valueOf(res, "unusable2m-pct"),
		largest: valueOf(res, "largest-B"),
		free:    valueOf(res, "free-B"),
		refused: valueOf(res, "refused"),
	})
}

// valueOf is a value of a result line, NaN when it has none.
func valueOf(res *benchfmt.Result, unit string) float64 {
	v, ok := res.Value(unit)
	if !ok || !sane(v) {
		return math.NaN()
	}
	return v
}

func (r *Run) addSweep(res *benchfmt.Result, k sweepKey, sizeText, holeText string) {
	var ok1, ok2 bool
	k.size, ok1 = parseSize(sizeText)
	k.hole, ok2 = parseSize(holeText)
	if !ok1 || !ok2 {
		r.warn("%s: size %q or hole %q is not a size like 64KiB", where(res), sizeText, holeText)
		return
	}
	c := r.curves.sweep[k]
	if c == nil {
		c = new(sweepCell)
		r.curves.sweep[k] = c
	}
	if v, ok := res.Value("refused"); ok && v > 0 {
		c.refused = true
	}
	if v, ok := res.Value(unitTable); ok && v > 0 && sane(v) {
		c.table = append(c.table, v)
	}
	if v, ok := res.Value("p99-sec"); ok && v > 0 && sane(v) {
		c.p99 = append(c.p99, v)
	}
	if v, ok := res.Value(unitSegs); ok && sane(v) {
		c.segs = v
	}
}

// parseSize reads a size as it stands in benchmark names: 4KiB, 2MiB, 4GiB.
func parseSize(s string) (uint64, bool) {
	digits := strings.TrimRight(s, "BKMGTi")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n == 0 {
		return 0, false
	}
	shift := map[string]uint{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}
	by, ok := shift[s[len(digits):]]
	if !ok || n > math.MaxUint64>>by {
		return 0, false
	}
	return n << by, true
}

// median of the values, NaN of none. The values are sorted in place.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
