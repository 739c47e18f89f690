package rundir

import (
	"cmp"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Workload is one workload of a run with what was measured of each strategy on
// it and what its placement traces show.
type Workload struct {
	Name  string
	Title string // from the traces, else the name
	doc   string // one sentence, may be empty

	Brought bool // the run was given it, as a trace or a model: such workloads come first

	Placed    []*Placement             // by strategy; nil where there is no trace
	Cells     map[CellKey]*Cell        // run.bench
	Moments   map[int][]Moment         // by strategy: the state over time, sorted by operation
	Counted   map[int]Work             // by strategy: what it counted in a replay
	Kernel    map[int]KernelWork       // by strategy: what the kernel would do
	Deviating map[int]Deviations       // by strategy
	Smallest  map[int]Smallest         // by strategy, of a recorded trace
	Fewest    map[string]Fewest        // by policy
	Defrag    map[int][]Defrag         // by strategy, sorted by operation
	Managed   map[ManagedKey]Managed   // under a memory manager
	Flows     map[ManagedKey][]Flow    // between the regions of a device that has several
	Hindsight Hindsight                // of a recorded trace
	Whole     map[int]Whole            // by strategy, of a recorded trace
	Clashes   []Clash                  // in the order of the strategies, then of the files
	samples   map[sampleKey][]float64  // curves.bench
	locks     map[lockKey][]float64    // seconds that the lock of the memory manager was held, see LockHeld
	policies  map[policyKey]PolicyCell // what page tables cost
	walks     map[policyKey]WalkCell   // what finding a page in them takes
	refusing  []policyKey              // under which nothing was granted
	distances map[policyKey]Distance
	uneven    bool        // the moments of the strategies are not the same
	processor bool        // processor time is compared, see [Basis]
	iters     map[int]int // by strategy: greatest common divisor of the operations timed in each sample
}

// NewWorkload has nothing measured on it.
func NewWorkload(name string) *Workload {
	return &Workload{
		Name: name, Title: name,
		Cells:     make(map[CellKey]*Cell),
		Moments:   make(map[int][]Moment),
		Counted:   make(map[int]Work),
		Kernel:    make(map[int]KernelWork),
		Deviating: make(map[int]Deviations),
		Smallest:  make(map[int]Smallest),
		Whole:     make(map[int]Whole),
		Defrag:    make(map[int][]Defrag),
		Managed:   make(map[ManagedKey]Managed),
		Flows:     make(map[ManagedKey][]Flow),
		locks:     make(map[lockKey][]float64),
		samples:   make(map[sampleKey][]float64),
		policies:  make(map[policyKey]PolicyCell),
		Fewest:    make(map[string]Fewest),
		distances: make(map[policyKey]Distance),
		walks:     make(map[policyKey]WalkCell),
		iters:     make(map[int]int),
	}
}

// Cell is a cell without a builder in its name, nil when the run has none.
func (w *Workload) Cell(bench *schema.Bench, unit *schema.Unit, s int) *Cell {
	return w.Cells[CellKey{bench, "", s, unit}]
}

// Center is the median (or exact value) of a cell, NaN without one.
func (w *Workload) Center(bench *schema.Bench, unit *schema.Unit, s int) float64 {
	return w.Cell(bench, unit, s).Center()
}

// Table is a cell of a table builder, nil when the run has none.
func (w *Workload) Table(builder string, unit *schema.Unit, s int) *Cell {
	return w.Cells[CellKey{schema.SGTable, builder, s, unit}]
}

// processorTime is the processor time of the samples of a wall time, nil if not all of
// them have it.
func (w *Workload) processorTime(k CellKey, wall *Cell) *Cell {
	k.Unit = schema.CPUNs
	if cpu := w.Cells[k]; cpu != nil && len(cpu.InOrder) == len(wall.InOrder) {
		return cpu
	}
	return nil
}

// OpTime is the cell of the time of an operation that is compared: wall time, or in a run
// on a busy machine processor time. It is nil when the run has none.
func (w *Workload) OpTime(bench *schema.Bench, s int) *Cell {
	return w.Cell(bench, w.timeUnit(schema.NsPerOp), s)
}

// TableTime is the cell of the time of a table that is compared, as [Workload.OpTime] is
// of an operation.
func (w *Workload) TableTime(builder string, s int) *Cell {
	return w.Table(builder, w.timeUnit(schema.NsPerTable), s)
}

func (w *Workload) timeUnit(wall *schema.Unit) *schema.Unit {
	if w.processor {
		return schema.CPUNs
	}
	return wall
}

// Away says of each sample of a cell of times, in the order of the file, whether its
// thread lost its core; nil when not all samples say it.
func (w *Workload) Away(bench *schema.Bench, s int) []bool {
	times, away := w.OpTime(bench, s), w.Cell(bench, schema.AwayPct, s)
	if times == nil || away == nil || len(times.InOrder) != len(away.InOrder) {
		return nil
	}
	lost := make([]bool, len(away.InOrder))
	for i, v := range away.InOrder {
		lost[i] = stat.Lost(v)
	}
	return lost
}

// Segs are the mean segments of an sg table of a strategy, of each builder in the order of
// their names.
func (w *Workload) Segs(s int) []float64 {
	var keys []CellKey
	for k := range w.Cells {
		if k.Bench == schema.SGTable && k.Strategy == s && k.Unit == schema.SegsPerTable {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b CellKey) int { return cmp.Compare(a.Builder, b.Builder) })
	var out []float64
	for _, k := range keys {
		out = append(out, w.Cells[k].Center())
	}
	return out
}

// ReplayOps is the number of operations of a strategy that are timed together, one
// replay of the workload; a multiple of it where neither a trace nor several samples tell.
func (w *Workload) ReplayOps(s int) int {
	if p := w.Placement(s); p != nil {
		for _, n := range p.lengths() {
			if n > 0 && w.iters[s]%n == 0 {
				return n
			}
		}
	}
	return w.iters[s]
}

// Call is the median over the samples of a quantile of single calls, in seconds; op is
// [schema.OpAlloc] or [schema.OpFree]. It is NaN without a sample.
func (w *Workload) Call(op string, quantile *schema.Unit, s int) float64 {
	return w.sampled(sampleKey{schema.CallTimes, s, op, quantile})
}

// Hardware is what the processor counted: the median over the samples of a unit of [schema.Hardware], NaN
// without one.
func (w *Workload) Hardware(unit *schema.Unit, s int) float64 {
	return w.sampled(sampleKey{schema.Hardware, s, "", unit})
}

func (w *Workload) sampled(k sampleKey) float64 {
	if len(w.samples[k]) == 0 {
		return math.NaN()
	}
	return stat.Median(slices.Clone(w.samples[k]))
}

// Recorded reports whether the workload is a trace of a real program: only of those the
// smallest region is searched, and only those have times.
func (w *Workload) Recorded() bool {
	if len(w.Smallest) > 0 {
		return true
	}
	for _, m := range w.Moments {
		if len(m) > 0 && m[len(m)-1].Seconds > 0 {
			return true
		}
	}
	return false
}

// Series is the state over the operations under a strategy.
func (w *Workload) Series(s int) []Moment { return w.Moments[s] }

// Policy is what page tables cost a strategy under a driver policy; ok is
// false when that was not counted.
func (w *Workload) Policy(s int, policy string) (c PolicyCell, ok bool) {
	c, ok = w.policies[policyKey{s, policy}]
	return c, ok
}

// Distance is how far a strategy is from the fewest under a policy; ok is false if it did other
// work than that, or it was not searched.
func (w *Workload) Distance(s int, policy string) (d Distance, ok bool) {
	d, ok = w.distances[policyKey{s, policy}]
	return d, ok
}

// Walk is what finding a page in the tables of a strategy takes under a driver policy; ok
// is false when that was not counted.
func (w *Workload) Walk(s int, policy string) (c WalkCell, ok bool) {
	c, ok = w.walks[policyKey{s, policy}]
	return c, ok
}

// Pressures are those at which the workloads were replayed under a memory manager, ascending.
func Pressures(workloads ...*Workload) (out []int) {
	for _, w := range workloads {
		for k := range w.Managed {
			out = append(out, k.Pressure)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// LockHeld is the 99th percentile of how long the manager's lock was held, the median of the
// samples in seconds, at the least pressure that has any; op is [schema.OpAlloc],
// [schema.OpFree] or [schema.OpWalk]. It is that of VRAM, or of a region of a device that has
// several, and NaN without a sample.
func (w *Workload) LockHeld(s int, op, region string) float64 {
	for _, p := range Pressures(w) {
		if samples := w.locks[lockKey{ManagedKey{s, p}, op, region}]; len(samples) > 0 {
			return stat.Median(slices.Clone(samples))
		}
	}
	return math.NaN()
}

// Tails are the units of single calls, the rarest last.
var Tails = [...]*schema.Unit{schema.P50Ns, schema.P99Ns, schema.P999Ns, schema.MaxNs}

// Placement is the trace of a strategy on the workload, nil without one.
func (w *Workload) Placement(s int) *Placement {
	if s < len(w.Placed) {
		return w.Placed[s]
	}
	return nil
}

// AnyPlacement is some strategy's trace: the requests are the same in all.
func (w *Workload) AnyPlacement() *Placement {
	for _, p := range w.Placed {
		if p != nil {
			return p
		}
	}
	return nil
}

// Served is the share of requests that a strategy granted, in percent.
func (w *Workload) Served(s int) float64 {
	if p := w.Placement(s); p != nil && p.Requests > 0 {
		return 100 * float64(p.Granted) / float64(p.Granted+p.Refusals.N)
	}
	return w.Center(schema.AllocFree, schema.ServedPct, s)
}

// Refused is how many of how many requests a strategy refused; ok is false
// without a trace, when only the share is known.
func (w *Workload) Refused(s int) (n, of int, ok bool) {
	if p := w.Placement(s); p != nil {
		return p.Refusals.N, p.Requests, true
	}
	return 0, 0, false
}

// MeanBroken is the mean over a run of the free memory outside whole 2 MiB
// pages, in percent of what is free; NaN where the series of the strategies have other
// moments, because means over those compare nothing.
func (w *Workload) MeanBroken(s int) float64 {
	if w.uneven {
		return math.NaN()
	}
	sum, n := 0.0, 0
	for _, m := range w.Series(s) {
		if !math.IsNaN(m.Broken) {
			sum, n = sum+m.Broken, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// Peak is the most memory any strategy had live.
func (w *Workload) Peak() uint64 {
	var most uint64
	for _, p := range w.Placed {
		if p != nil {
			most = max(most, p.peak)
		}
	}
	return most
}

// A Clash is a value in a file of results that cannot be true, whatever was measured:
// other values of the file exclude it.
type Clash struct {
	Strategy      int
	Bench         *schema.Bench
	Unit          *schema.Unit
	Said, Against float64
	Samples       bool // two samples of one exact count differ; else Against is the bound that Said breaks
}
