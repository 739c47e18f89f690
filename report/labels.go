package report

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchproc"
)

// The benchmarks of a run.
const (
	benchTime       = "AllocFree" // a replay: allocations and frees
	benchSelf       = "AA"        // the same strategy a second time in the same schedule
	benchTable      = "SGTable"   // scatter-gather tables of a replay
	benchHarness    = "Harness"
	benchSeries     = "Series"
	benchCounters   = "Counters"
	benchSweep      = "Sweep"
	benchBuilders   = "Builders"
	benchPolicy     = "Policy"
	benchMigrate    = "Migrate"
	benchRef        = "Ref"
	benchScaling    = "Scaling"
	benchConcurrent = "Concurrent"
	benchCrossing   = "Crossing"
)

// The keys in the names of benchmarks.
const (
	keyStrategy   = "strategy"
	keyWorkload   = "workload"
	keyBuilder    = "builder"
	keyStep       = "step"
	keySize       = "size"
	keyHole       = "hole"
	keyLayout     = "layout"
	keyPolicy     = "policy"
	keyLifetime   = "lifetime"
	keyMode       = "mode"
	keyOp         = "op"
	keyRegion     = "region"
	keyLive       = "live"
	keyLock       = "lock"
	keyGoroutines = "goroutines"
)

// The units that are read in more than one place, as benchfmt tidies them.
const (
	unitOp     = "sec/op"
	unitAlloc  = "sec/alloc"
	unitFree   = "sec/free"
	unitTable  = "sec/table"
	unitSegs   = "segs/table"
	unitServed = "served-pct"
	unitMeta   = "metadata-B"
)

// tails are the units of single calls, the rarest last.
var tails = [...]string{"p50-sec", "p99-sec", "p999-sec", "max-sec"}

// labels reads the parts of benchmark names by their keys, as benchstat's
// projections do.
type labels struct {
	p    *benchproc.Projection
	keys map[string]*benchproc.Field
}

// newLabels reads the name of the benchmark and the values of some keys.
func newLabels(keys ...string) labels {
	filter, err := benchproc.NewFilter("*")
	if err != nil {
		panic(err) // the filter is a constant
	}
	all := ".name"
	for _, key := range keys {
		all += ",/" + key
	}
	var pp benchproc.ProjectionParser
	p, err := pp.Parse(all, filter)
	if err != nil {
		panic(err) // so are the keys
	}
	l := labels{p, make(map[string]*benchproc.Field)}
	for i, f := range p.Fields() {
		if i == 0 {
			l.keys[""] = f
		} else {
			l.keys[keys[i-1]] = f
		}
	}
	return l
}

// line is a result line whose name can be asked by key.
type line struct {
	*benchfmt.Result
	labels labels
	key    benchproc.Key
	warn   *Warnings
}

// eachLine calls f for every result line of a benchmark file; lines that do
// not parse become warnings. The result is reused by the next call.
func eachLine(path string, data []byte, names labels, warn *Warnings, f func(line)) *benchfmt.Reader {
	in := benchfmt.NewReader(bytes.NewReader(data), filepath.Base(path))
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.Result:
			f(line{rec, names, names.p.Project(rec), warn})
		case *benchfmt.SyntaxError:
			warn.add("%v", rec)
		}
	}
	if err := in.Err(); err != nil {
		warn.add("%v; what stands behind it was not read", err)
	}
	return in
}

// bench is the benchmark of the line.
func (l line) bench() string { return l.get("") }

// get is the value of a key in the name, empty when it is not there.
func (l line) get(key string) string {
	f, ok := l.labels.keys[key]
	if !ok {
		panic("report: the key " + key + " is not read")
	}
	return clean(l.key.Get(f))
}

// complain keeps a warning that says where the line stands.
func (l line) complain(format string, args ...any) {
	file, n := l.Pos()
	l.warn.add("%s:%d: %s", file, n, fmt.Sprintf(format, args...))
}

// complete reports whether the line measured something and has all the keys.
// Of one that does not it warns.
func (l line) complete(keys ...string) bool {
	if l.Iters <= 0 {
		l.complain("a line of %d iterations measured nothing", l.Iters)
		return false
	}
	for _, key := range keys {
		if l.get(key) == "" {
			l.complain("the line does not name its %s", keyWord(key))
			return false
		}
	}
	return true
}

// keyWord is what a key stands for.
func keyWord(key string) string {
	if key == keyOp {
		return "operation"
	}
	return key
}

// isShare reports whether a value, if the line has it, is a percentage of a
// whole. Of one that is not it warns.
func (l line) isShare(unit string) bool {
	v, ok := l.Value(unit)
	if ok && !(v >= 0 && v <= 100) {
		l.complain("%s of %v is not between 0 and 100", unit, v)
		return false
	}
	return true
}

// number is a value of the line, NaN when it has none.
func (l line) number(unit string) float64 {
	v, ok := l.Value(unit)
	if !ok || !sane(v) {
		return math.NaN()
	}
	return v
}

// appendTime appends the value of a unit when the line has a real one.
func (l line) appendTime(times []float64, unit string) []float64 {
	if v, ok := l.Value(unit); ok && v > 0 && sane(v) {
		return append(times, v)
	}
	return times
}

// set sets v when the line has a real value of the unit.
func (l line) set(v *float64, unit string) {
	if got := l.number(unit); !math.IsNaN(got) {
		*v = got
	}
}
