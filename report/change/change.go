// Package change tells what changed from one run to another: for a patch, a pull request,
// a gate in somebody's CI.
//
// # Idea
//
// A run directory, or any file in the Go benchmark format, is a set of cells: the samples
// of one unit of one benchmark. [Compare] puts the cells of two runs side by side, decides
// for each what can be said, and says why where nothing can. A [Rule] says how much worse a
// unit may become; [Table.Gate] holds a table to rules.
//
// # What is decided, and how
//
// An exact unit (counts, placements, bytes) has no noise: any difference is a change. A
// time is changed if the rank test says so after Holm's correction for all the times that
// are compared, and if the whole interval of the difference lies beyond what the
// strategy differs from itself by on that workload (its A/A lanes, in either run). The samples of
// such a lane are of the same thing as those beside it: both together are the cell. Whether a change
// is good comes from the unit's direction: package schema says it, or Go, or else the file.
//
// A time that is called has an effect size beside its ratio: in how many pairs of an old
// and a new sample the new one is less, which is Vargha and Delaney's A. A geometric mean
// of the ratios is taken over rows that were judged alone, so of equal work, and names the
// others.
//
// On a busy machine, where more than a tenth of the samples of one of the runs were
// interrupted, processor time is compared in place of the wall time of operations and
// tables, if both runs have it; see [Basis].
//
// No time is decided of two machines, by the model of the processor and its architecture.
//
// Nothing is decided where one side did other work: another seed, other lengths, other
// operations of a workload (where both runs have their digests), another share of requests
// served. An allocator that refuses more is faster and makes shorter tables, and that is not
// a win; what is compared there is how much was served. That both served as many requests,
// but not the same ones, is not seen.
//
// Nor is anything where the direction is not known, where there are fewer samples than the test
// needs, where a file's A/A lanes say that its times are noise, or where a cell is missing
// on one side.
//
// # How often it is wrong
//
// TestAlarms plants regressions of 3, 5 and 10 % into one of 28 times, and none, in runs
// drawn from recorded noise; what it finds stands in the documentation of the command.
//
// # Limits
//
// The A/A lanes of a run see what moved within it. What moves between two runs (another
// kernel, a warmer machine, another layout of the binary or of memory) is not in them. So
// no difference of less than a few percent is called (see betweenRuns), nor one that the
// times of the other strategies have too (see control); to see less, measure
// both in turns, as scripts/compare does, and add samples to both files. A maximum is not
// judged, nor the lab's own loop, nor a counter that all cores hold.
package change

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Verdict is what is said of one cell.
type Verdict int

const (
	Same     Verdict = iota // no change was found
	Better                  // it changed for the better
	Worse                   // it changed for the worse
	Changed                 // an exact figure changed, and which direction is better is not known
	Unjudged                // nothing can be said; [Row.Why] says why not
)

// String is the verdict in a word.
func (v Verdict) String() string {
	return [...]string{"same", "better", "worse", "changed", "not judged"}[v]
}

// Row is one cell of both runs.
type Row struct {
	Pkg       string // import path of its package, "" unless the runs are of more than one
	Bench     string // name, without Benchmark and the number of processors
	Unit      string
	Twin      string // the unit of the same time by the other clock, which is not compared; "" if there is none
	Wall      bool   // a wall time where [Basis] is processor time: it has no other
	Direction int    // -1: less is better, 1: more is better, 0: it is not known
	Exact     bool   // without noise
	Old, New  float64
	N1, N2    int     // samples; 0 where the cell is missing
	Delta     float64 // New/Old - 1; NaN of a cell that is missing or an old value of 0
	Lo, Hi    float64 // 95 % interval of Delta; infinite with too few samples
	P         float64 // after Holm's correction; 0 of an exact unit that changed
	Less      float64 // effect size of a time: the share of pairs of an old and a new sample in which the new one is less (stat.Superiority); NaN of anything else
	Sees      float64 // the smallest change that would have been called in four of five runs
	Verdict   Verdict
	Why       string // of Unjudged
	cell      key
	Never     bool // it is judged in no run: a rule on its unit is not about it
}

// Table is what changed from one run to another.
type Table struct {
	Old, New *Side
	Rows     []Row
	Notes    []string // about the comparison as a whole
	Basis    Basis
	Floor    float64 // what strategies differ from themselves by, by the clock of Basis, as a share; NaN: not known
}

// Compare puts two runs side by side. Rows are in the order of the old run; what only the
// new one has follows.
func Compare(older, newer *Side) *Table {
	older, newer = aligned(older, newer)
	many := len(older.pkgs) > 1 || !maps.Equal(older.pkgs, newer.pkgs)
	t := &Table{Old: older, New: newer, Floor: math.NaN(), Notes: append(older.Warnings(), newer.Warnings()...)}
	t.Basis = BasisOf([]string{"the old run", "the new run"}, []*Side{older, newer})
	if s := t.Basis.String(); s != "" {
		t.Notes = append(t.Notes, s)
	}
	other := otherWork(older, newer)
	if other != "" {
		t.Notes = append(t.Notes, other+": exact figures and times are those of other work")
	}
	machine := otherMachine(older, newer)
	if machine != "" {
		t.Notes = append(t.Notes, machine+": times are not judged")
	}
	if toolchain := differ(schema.FactGo, older, newer); toolchain != "" {
		t.Notes = append(t.Notes, toolchain+": times may differ by that alone")
	}
	for _, side := range []struct {
		*Side
		name string
	}{{older, "old"}, {newer, "new"}} {
		if side.Stopped != "" {
			t.Notes = append(t.Notes, "the "+side.name+" run "+side.Stopped)
		}
	}
	floors := make(map[string]float64) // by the lanes that say it
	for _, lane := range t.Basis.lanes() {
		floors[lane] = floor(lane, older, newer)
	}
	log := floors[t.Basis.lanes()[0]]
	t.Floor = math.Expm1(log)
	if math.IsNaN(log) && older.timed() && newer.timed() {
		t.Notes = append(t.Notes, "neither run has A/A lanes with samples enough: how much a time differs from itself is not known")
	}
	left := func(k key) bool { return lane(k) || t.Basis.skips(k) }
	keys := slices.DeleteFunc(slices.Clone(older.order), left)
	for _, k := range newer.order {
		if older.cells[k] == nil && !left(k) {
			keys = append(keys, k)
		}
	}
	var times []int // rows whose p takes part in the correction
	for _, k := range keys {
		r := row(k, older.cell(k), newer.cell(k))
		if many {
			r.Pkg = k.pkg
		}
		if u := twin(k); older.cells[k.of(k.bench, u)] != nil && newer.cells[k.of(k.bench, u)] != nil {
			r.Twin = u
		}
		r.Wall = t.Basis.Processor && !r.Exact && isTime(k.unit) && laneOf(k) == schema.NsPerOp.Name
		if r.Verdict != Unjudged && other != "" {
			r.unjudged(other)
		}
		if r.Verdict != Unjudged && !r.Exact && machine != "" {
			r.unjudged("another machine: " + machine)
		}
		if r.Verdict != Unjudged {
			r.judgeWork(older, newer)
		}
		t.Rows = append(t.Rows, r)
		if r.Verdict != Unjudged && !r.Exact {
			times = append(times, len(t.Rows)-1)
		}
	}
	t.correct(times, floors)
	return t
}

// row is the two cells of a key without noise, or with an uncorrected probability.
func row(k key, older, newer *cell) Row {
	r := Row{cell: k, Bench: k.bench, Unit: k.unit, Delta: math.NaN(), Lo: math.Inf(-1), Hi: math.Inf(1), P: 1, Less: math.NaN(), Sees: math.Inf(1)}
	r.describe(older, newer)
	never := neverJudged(k)
	r.Never = never != ""
	switch {
	case older == nil:
		r.unjudged("only the new run has it")
	case newer == nil:
		r.unjudged("only the old run has it")
	case otherProcs(k, older, newer) != "":
		r.unjudged(otherProcs(k, older, newer))
	case older.direction*newer.direction < 0:
		r.unjudged("the runs disagree on which direction is better")
	case r.Exact && (older.varies() || newer.varies()):
		r.unjudged("an exact figure differs within a run")
	case r.Exact:
		r.exact()
	case r.Direction == 0:
		r.unjudged("which direction is better is not known")
	case r.Old <= 0 || r.New <= 0:
		r.unjudged("a time of 0")
	case r.Never:
		r.unjudged(never)
	case min(r.N1, r.N2) < stat.SamplesFor(1):
		r.unjudged("too few samples")
	default:
		r.Delta = r.New/r.Old - 1
		a, b := slices.Sorted(slices.Values(older.values)), slices.Sorted(slices.Values(newer.values))
		r.Lo, r.Hi = stat.RatioInterval(a, b)
		r.Lo, r.Hi = min(r.Lo, r.Delta), max(r.Hi, r.Delta)
		r.Less = stat.Superiority(a, b)
		th := benchmath.DefaultThresholds
		r.P = benchmath.AssumeNothing.Compare(benchmath.NewSample(a, &th), benchmath.NewSample(b, &th)).P
	}
	return r
}

// neverJudged is why a time is judged in no run, "" of one that is.
func neverJudged(k key) string {
	switch {
	case k.unit == schema.MaxNs.Name:
		return "a maximum, which one call decides"
	case strings.HasPrefix(k.bench, schema.Harness.Name+"/"):
		return "the lab's own loop, which is faster or slower from process to process"
	case k.bench == schema.Ref.FullName(schema.Labels{schema.Mode: schema.ModeContended}):
		return "a counter that all cores hold, which is measured only while all are free"
	}
	return ""
}

// describe fills in what the cells are.
func (r *Row) describe(older, newer *cell) {
	for _, c := range []*cell{older, newer} {
		if c != nil {
			r.Exact = c.exact
			if c.direction != 0 {
				r.Direction = c.direction
			}
		}
	}
	if older != nil {
		r.Old, r.N1 = stat.Median(slices.Clone(older.values)), len(older.values)
	}
	if newer != nil {
		r.New, r.N2 = stat.Median(slices.Clone(newer.values)), len(newer.values)
	}
	if older != nil && newer != nil && older.exact != newer.exact {
		r.Exact = false
	}
}

// exact judges a figure without noise.
func (r *Row) exact() {
	if r.Old != 0 {
		r.Delta = r.New/r.Old - 1
	}
	r.Lo, r.Hi, r.Sees = r.Delta, r.Delta, 0
	switch {
	case r.New == r.Old:
		r.Delta, r.Lo, r.Hi = 0, 0, 0
	case r.Direction == 0:
		r.P, r.Verdict = 0, Changed
	default:
		r.P = 0
		r.Verdict = worseIf((r.New > r.Old) == (r.Direction < 0))
	}
}

func worseIf(worse bool) Verdict {
	if worse {
		return Worse
	}
	return Better
}

func (r *Row) unjudged(why string) { r.Verdict, r.Why = Unjudged, why }

// ofService are the units that say how much of the work was done, and those of a search,
// which is not of a workload's requests: they are compared where the work is unequal.
var ofService = []*schema.Unit{schema.ServedPct, schema.FailPct, schema.Refused, schema.RefusedOp, schema.NeverServed, schema.RegionPerPeak, schema.RegionBytes}

// judgeWork leaves out what a strategy that served another share of its workload took or
// made for it: times, and exact figures such as the segments of its tables.
func (r *Row) judgeWork(older, newer *Side) {
	if otherStream(r.cell, older, newer) {
		r.unjudged("another workload of that name")
		return
	}
	if slices.Contains(ofService, schema.FindUnit(r.Unit)) {
		return
	}
	a, b, known := older.served(r.cell), newer.served(r.cell), true
	if math.IsNaN(a) || math.IsNaN(b) {
		known = math.IsNaN(a) == math.IsNaN(b) // neither says it: no allocator's benchmark
	}
	switch {
	case !known:
		r.unjudged("one run does not say which share of the requests was served")
	case a != b && !math.IsNaN(a):
		r.unjudged("unequal work: served " + number(a) + " % and " + number(b) + " %")
	}
}

// silence leaves the times unjudged whose lanes failed.
func (t *Table) silence(times []int) {
	for _, lane := range t.Basis.lanes() {
		for _, side := range []struct {
			*Side
			name string
		}{{t.Old, "old"}, {t.New, "new"}} {
			if !side.failed(lane) {
				continue
			}
			why, its := "the A/A lanes of the "+side.name+" run failed", "its times"
			if t.Basis.Processor {
				why, its = why+" in "+lane, "its times by that clock"
			}
			t.Notes = append(t.Notes, why+": "+its+" are noise")
			for _, i := range times {
				if r := &t.Rows[i]; !r.mere() && laneOf(r.cell) == lane {
					r.unjudged(why)
				}
			}
		}
	}
}

// correct judges the times. floors are what strategies differ from themselves by, as the
// logarithms of ratios, by the lanes that say it.
func (t *Table) correct(times []int, floors map[string]float64) {
	t.silence(times)
	times = slices.DeleteFunc(times, func(i int) bool { return t.Rows[i].Verdict == Unjudged })
	ps := make([]float64, len(times))
	for k, i := range times {
		ps[k] = t.Rows[i].P
	}
	others := make(control)
	for _, i := range times {
		if r := &t.Rows[i]; strings.HasPrefix(r.Bench, schema.AllocFree.Name+"/") && r.Unit == t.Basis.lanes()[0] {
			others.add(part(r.Bench, "strategy="), r.Delta)
		}
	}
	for i, p := range stat.Holm(ps) {
		r := &t.Rows[times[i]]
		r.P = p
		if min(r.N1, r.N2) < stat.SamplesFor(len(times)) {
			r.unjudged("too few samples for so many comparisons")
			continue
		}
		k := r.cell
		log := max(t.floorOf(k, floors[laneOf(k)]), others.moved(part(k.bench, "strategy="), t.Basis.Processor))
		a, b := t.Old.cell(k).values, t.New.cell(k).values
		spread := math.Hypot(stat.Spread(a), stat.Spread(b)) / math.Sqrt2
		r.Sees = math.Expm1(math.Log1p(stat.Detectable(spread, min(r.N1, r.N2), len(times))) + log)
		switch {
		case p >= stat.Alpha:
		case math.Log1p(r.Lo) > log:
			r.Verdict = worseIf(r.Direction < 0)
		case math.Log1p(r.Hi) < -log:
			r.Verdict = worseIf(r.Direction > 0)
		}
	}
}

// Name is that of the benchmark, with its package if the runs are of more than one.
func (r Row) Name() string { return key{r.Pkg, r.Bench, r.Unit}.name() }

// mere reports whether the row is of no strategy: the lanes say nothing of it.
func (r *Row) mere() bool { return !strings.Contains(r.Bench, "strategy=") }

// What two processes of one program lie apart, whatever the lanes of either say: code and
// memory lie elsewhere. scripts/alarms measures it.
const (
	betweenRuns  = 0.02 // times of operations, each sample of which has an allocator of its own
	betweenOther = 0.05 // other times: loops of a few nanoseconds on memory made once
	betweenBusy  = 0.10 // all times, where others had so much of the machine that it counts as busy: they take cache and memory too, which processor time does not show
)

// floorOf is the difference up to which none is called of a cell, as the logarithm of a
// ratio: what the strategy differs from itself by on that workload in either run, at least
// what half of the lanes stay below, and at least what two processes lie apart. A cell
// without a lane has most, what nine of ten stay below.
func (t *Table) floorOf(k key, most float64) float64 {
	if math.IsNaN(most) {
		return 0 // of files without lanes nothing is known
	}
	unit := laneOf(k)
	least := math.Log1p(betweenOther)
	if strings.HasPrefix(k.bench, schema.AllocFree.Name+"/") && k.unit == unit {
		least = math.Log1p(betweenRuns)
	}
	if t.Basis.Processor {
		least = math.Log1p(betweenBusy)
	}
	known := false
	for _, s := range []*Side{t.Old, t.New} {
		if d, ok := s.ownLane(k, unit); ok {
			least, known = max(least, d), true
		}
		if all := s.lanes(unit); len(all) > 0 {
			slices.Sort(all)
			least = max(least, all[len(all)/2])
		}
	}
	if known {
		return least
	}
	return max(least, most)
}

// floor is what strategies differ from themselves by in either run, as the logarithm of a
// ratio, in the unit of their lanes: what nine of ten lanes stay below, the largest of fewer
// than ten. It is NaN if there are no lanes.
func floor(lane string, sides ...*Side) float64 {
	most := math.NaN()
	for _, s := range sides {
		if all := s.lanes(lane); len(all) > 0 {
			slices.Sort(all)
			if f := all[len(all)*9/10]; !(f <= most) {
				most = f
			}
		}
	}
	return most
}

// Count is the number of rows of a verdict.
func (t *Table) Count(v Verdict) (n int) {
	for i := range t.Rows {
		if t.Rows[i].Verdict == v {
			n++
		}
	}
	return n
}

// Changed are the rows that changed: those for the worse first, and of these what changed
// most.
func (t *Table) Changed() []Row {
	rank := map[Verdict]int{Worse: 0, Changed: 1, Better: 2}
	var out []Row
	for _, r := range t.Rows {
		if r.Verdict != Same && r.Verdict != Unjudged {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(rank[a.Verdict], rank[b.Verdict]), cmp.Compare(math.Abs(b.Delta), math.Abs(a.Delta)))
	})
	return out
}
