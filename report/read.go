package report

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchproc"
)

// The benchmarks of a run and the units that the report reads, as benchfmt
// tidies them.
const (
	benchTime  = "AllocFree" // a replay: allocations and frees
	benchSelf  = "AA"        // the same strategy a second time in the same schedule
	benchTable = "SGTable"   // scatter-gather tables of a replay

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

// cellKey names one cell of a run: what was measured of which strategy where.
type cellKey struct {
	bench, workload, builder, strategy, unit string
}

// cell is a cell's samples and their summary.
type cell struct {
	sample  *benchmath.Sample
	sum     benchmath.Summary
	assume  benchmath.Assumption
	isExact bool
}

type cells map[cellKey]*cell

// labels reads the parts of benchmark names, as benchstat's projections do.
type labels struct {
	p      *benchproc.Projection
	fields []*benchproc.Field
}

func newLabels(keys string) labels {
	filter, err := benchproc.NewFilter("*")
	if err != nil {
		panic(err) // the filter is a constant
	}
	var pp benchproc.ProjectionParser
	p, err := pp.Parse(keys, filter)
	if err != nil {
		panic(err) // so are the keys
	}
	return labels{p, p.Fields()}
}

// of returns the values of the keys, in the order they were given.
func (l labels) of(res *benchfmt.Result) []string {
	key := l.p.Project(res)
	out := make([]string, len(l.fields))
	for i, f := range l.fields {
		out[i] = clean(key.Get(f))
	}
	return out
}

// eachResult calls f for every result line of a benchmark file; lines that do
// not parse become warnings. The result is reused by the next call.
func (r *Run) eachResult(path string, data []byte, f func(*benchfmt.Result)) *benchfmt.Reader {
	in := benchfmt.NewReader(bytes.NewReader(data), filepath.Base(path))
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.Result:
			f(rec)
		case *benchfmt.SyntaxError:
			r.warn("%v", rec)
		}
	}
	if err := in.Err(); err != nil {
		r.warn("%v; what stands behind it was not read", err)
	}
	return in
}

// readMain reads run.bench: the facts about the run, its strategies and
// workloads, and the samples of every cell.
func (r *Run) readMain(path string) (cells, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the run: %w", err)
	}
	r.readMeta(data)
	names := newLabels(".name,/workload,/builder,/strategy")
	samples := make(map[cellKey][]float64)
	var keys []cellKey // in the order of the file, so that nothing depends on map order
	var strategies, workloads []string
	in := r.eachResult(path, data, func(res *benchfmt.Result) {
		l := names.of(res)
		if l[1] == "" || l[3] == "" {
			r.warn("%s: %s has no strategy or no workload in its name", where(res), res.Name)
			return
		}
		strategies, workloads = add(strategies, l[3]), add(workloads, l[1])
		for _, v := range res.Values {
			k := cellKey{l[0], l[1], l[2], l[3], v.Unit}
			if !sane(v.Value) {
				r.warn("%s: %v %s is no measurement", where(res), v.Value, v.Unit)
				continue
			}
			if samples[k] == nil {
				keys = append(keys, k)
			}
			samples[k] = append(samples[k], v.Value)
		}
		r.readConfig(res)
	})
	r.strategies = order(strategies, r.value("strategies"))
	for _, name := range order(workloads, r.value("workloads")) {
		r.workloads = append(r.workloads, &workload{name: name, title: name})
	}
	return summarise(samples, keys, benchfmt.UnitMetadataMap(in.Units())), nil
}

// sane reports whether v can have been measured: none of the lab's units is
// negative, and what nears the end of the floating-point range is a damaged
// line, whose sums would be no numbers.
func sane(v float64) bool { return v >= 0 && v < 1e30 }

func where(res *benchfmt.Result) string {
	file, line := res.Pos()
	return fmt.Sprintf("%s:%d", file, line)
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// confidence of the intervals and level of the tests: benchstat's defaults.
const (
	confidence = 0.95
	alpha      = 0.05
)

// summarise turns samples into cells under the assumption that the file's own
// Unit lines make.
func summarise(samples map[cellKey][]float64, keys []cellKey, units benchfmt.UnitMetadataMap) cells {
	out := make(cells, len(keys))
	for _, k := range keys {
		assume := units.GetAssumption(k.unit)
		s := benchmath.NewSample(samples[k], &benchmath.DefaultThresholds)
		out[k] = &cell{
			sample:  s,
			sum:     assume.Summary(s, confidence),
			assume:  assume,
			isExact: assume == benchmath.AssumeExact,
		}
	}
	return out
}

// readMeta keeps the lines "# key: value".
func (r *Run) readMeta(data []byte) {
	sc := bufio.NewScanner(bytes.NewReader(data))
	for sc.Scan() {
		key, value, ok := strings.Cut(strings.TrimPrefix(sc.Text(), "# "), ": ")
		if !ok || !strings.HasPrefix(sc.Text(), "# ") || strings.ContainsAny(key, " \t") {
			continue
		}
		r.meta = append(r.meta, field{clean(key), clean(strings.TrimSpace(value))})
	}
}

// readConfig keeps the file's configuration (goos, goarch, cpu).
func (r *Run) readConfig(res *benchfmt.Result) {
	for _, c := range res.Config {
		if c.File && r.value(c.Key) == "" {
			r.meta = append(r.meta, field{c.Key, clean(string(c.Value))})
		}
	}
}

// cell is a cell without a builder in its name, nil when the run has none.
func (r *Run) cell(bench, unit string, w *workload, s int) *cell {
	return r.bench[cellKey{bench, w.name, "", r.strategies[s], unit}]
}

// center is the median (or exact value) of a cell, NaN without one.
func (r *Run) center(bench, unit string, w *workload, s int) float64 {
	return r.bench[cellKey{bench, w.name, "", r.strategies[s], unit}].center()
}

func (c *cell) center() float64 {
	if c == nil {
		return math.NaN()
	}
	return c.sum.Center
}

// builders are the names of the table builders of the run, sorted.
func (r *Run) builders() []string {
	var out []string
	for k := range r.bench {
		if k.bench == benchTable {
			out = add(out, k.builder)
		}
	}
	slices.Sort(out)
	return out
}

// tableCell is a cell of a table builder.
func (r *Run) tableCell(builder, unit string, w *workload, s int) *cell {
	return r.bench[cellKey{benchTable, w.name, builder, r.strategies[s], unit}]
}
