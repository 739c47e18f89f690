package rundir

import (
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
)

// Curves is curves.bench: what is drawn rather than compared. What it says about
// one workload is kept with the [Workload].
type Curves struct {
	Harness    []float64 // seconds per operation of the replay loop alone, by the clock of [Basis]
	Holes      Holes
	Builders   Builders
	Lookups    Lookups
	Migrations Migrations
	Refs       Refs
	Scaling    Scaling
	Concurrent Concurrent
	Crossing   Crossings
	Worst      Worst
	Ageing     Ageing
}

func newCurves() Curves {
	return Curves{
		Holes:      make(Holes),
		Builders:   make(Builders),
		Lookups:    make(Lookups),
		Migrations: make(Migrations),
		Refs:       make(Refs),
		Scaling:    make(Scaling),
		Concurrent: make(Concurrent),
		Crossing:   make(Crossings),
		Worst:      make(Worst),
		Ageing:     make(Ageing),
	}
}

// readers take a line of each benchmark of curves.bench; a line of any other is
// skipped.
var readers = map[*schema.Bench]func(r *Run, l line){
	schema.Harness:            readHarness,
	schema.CallTimes:          readSamples,
	schema.Series:             readMoment,
	schema.Counters:           readWork,
	schema.Hardware:           readSamples,
	schema.KernelWork:         readKernelWork,
	schema.Deviations:         readDeviations,
	schema.SmallestRegion:     readSmallest,
	schema.FewestEntries:      readFewest,
	schema.Distance:           readDistance,
	schema.Defrag:             readDefrag,
	schema.Managed:            readManaged,
	schema.ManagedLock:        readManagedLock,
	schema.ManagedFlow:        readManagedFlow,
	schema.RegionLock:         readManagedLock,
	schema.HindsightBound:     readHindsight,
	schema.SmallestInOnePiece: readWhole,
	schema.Policies:           readPolicy,
	schema.Walks:              readWalk,
	schema.Holes:              func(r *Run, l line) { r.Curves.Holes.add(l) },
	schema.Builders:           func(r *Run, l line) { r.Curves.Builders.add(l) },
	schema.Lookups:            func(r *Run, l line) { r.Curves.Lookups.add(l) },
	schema.Migrate:            func(r *Run, l line) { r.Curves.Migrations.add(l) },
	schema.Ref:                func(r *Run, l line) { r.Curves.Refs.add(l) },
	schema.Scaling:            func(r *Run, l line) { r.Curves.Scaling.add(l) },
	schema.Concurrent:         func(r *Run, l line) { r.Curves.Concurrent.add(l) },
	schema.Ageing:             func(r *Run, l line) { r.Curves.Ageing.add(l) },
	schema.Crossing:           func(r *Run, l line) { r.Curves.Crossing.add(l) },
	schema.WorstCase:          func(r *Run, l line) { r.Curves.Worst.add(l) },
}

// readCurves reads curves.bench, which need not be there.
func (r *Run) readCurves(path string) {
	data, err := readBench(path, r.Warnings)
	if err != nil {
		r.unread(schema.Curves, err)
		return
	}
	if how := r.otherRun(readMeta(data)); how != "" {
		r.Warnings.leaveOut("%s: is of another run and left out: %s", path, how)
		return
	}
	data = r.finished(schema.Curves, data)
	eachLine(path, data, r.Warnings, r.checked.look, func(l line) {
		r.CurveLines++
		if read := readers[l.bench]; read != nil {
			read(r, l)
		} else if l.bench == nil {
			l.unknown()
		} else {
			l.misplaced()
		}
	})
	for _, w := range r.Workloads {
		for _, m := range w.Moments {
			slices.SortStableFunc(m, func(a, b Moment) int { return a.Op - b.Op })
		}
		for _, d := range w.Defrag {
			slices.SortStableFunc(d, func(a, b Defrag) int { return a.Op - b.Op })
		}
	}
}

func readHarness(r *Run, l line) {
	unit := schema.NsPerOp
	if r.Basis.Processor() {
		unit = schema.CPUNs
	}
	r.Curves.Harness = l.appendTime(r.Curves.Harness, unit)
}

func readMoment(r *Run, l line) {
	m, good := momentOf(l)
	if w, s, ok := r.of(l); ok && good {
		w.Moments[s] = append(w.Moments[s], m)
	}
}

func readWork(r *Run, l line) {
	if w, s, ok := r.of(l); ok {
		w.Counted[s] = workOf(l)
	}
}

func readKernelWork(r *Run, l line) {
	k, good := kernelWorkOf(l)
	if w, s, ok := r.of(l); ok && good {
		w.Kernel[s] = k
	}
}

func readDeviations(r *Run, l line) {
	if w, s, ok := r.of(l); ok && l.complete(schema.Strategy, schema.Workload) {
		w.Deviating[s] = deviationsOf(l)
	}
}

// readSamples keeps all values of a line, each as a sample.
func readSamples(r *Run, l line) {
	w, s, ok := r.of(l)
	if !ok || !l.complete(l.bench.Keys...) {
		return
	}
	for _, v := range l.Values {
		u := schema.FindUnit(v.Unit)
		if u == nil || !sane(v.Value) || isTime(u) && v.Value == 0 {
			continue
		}
		k := sampleKey{l.bench, s, l.get(schema.Op), u}
		w.samples[k] = l.appendSample(w.samples[k], v.Value)
	}
}

func readSmallest(r *Run, l line) {
	v, good := smallestOf(l)
	if w, s, ok := r.of(l); ok && good {
		w.Smallest[s] = v
	}
}

func readDefrag(r *Run, l line) {
	d, good := defragOf(l)
	if w, s, ok := r.of(l); ok && good && len(w.Defrag[s]) < mostAsked {
		w.Defrag[s] = append(w.Defrag[s], d)
	}
}

func readManaged(r *Run, l line) {
	w, s, ok := r.of(l)
	if !ok {
		return
	}
	if p, known := l.pressure(); known {
		if m, good := managedOf(l); good {
			w.Managed[ManagedKey{s, p}] = m
		}
	}
}

func readManagedFlow(r *Run, l line) {
	w, s, ok := r.of(l)
	if !ok || !l.complete(schema.From, schema.To) {
		return
	}
	if p, known := l.pressure(); known {
		key := ManagedKey{s, p}
		if f, good := flowOf(l); good && len(w.Flows[key]) < mostFlows {
			w.Flows[key] = append(w.Flows[key], f)
		}
	}
}

// readManagedLock takes a sample of the 99th percentile of hold times, of VRAM or of a region.
func readManagedLock(r *Run, l line) {
	w, s, ok := r.of(l)
	if !ok || !l.complete(l.bench.Keys...) {
		return
	}
	if p, known := l.pressure(); known {
		key := lockKey{ManagedKey{s, p}, l.get(schema.Op), l.get(schema.Memory)}
		w.locks[key] = l.appendTime(w.locks[key], schema.P99Ns)
	}
}

// readHindsight skips a line whose bounds are none.
func readHindsight(r *Run, l line) {
	h := Hindsight{l.number(schema.LowerBoundBytes), l.number(schema.UpperBoundBytes)}
	if w := r.Workload(l.get(schema.Workload)); w != nil && l.complete(schema.Workload) && h.Lower > 0 && h.Upper >= h.Lower {
		w.Hindsight = h
	}
}

func readWhole(r *Run, l line) {
	v := Whole{l.number(schema.RegionBytes), l.count(schema.OtherRequests)}
	if w, s, ok := r.of(l); ok && l.complete(schema.Strategy, schema.Workload) && v.Bytes > 0 {
		w.Whole[s] = v
	}
}

func readPolicy(r *Run, l line) {
	c, good := policyOf(l)
	w, s, ok := r.of(l)
	switch key := (policyKey{s, l.get(schema.Policy)}); {
	case !ok || !good:
	case l.nothingServed():
		w.refusing = append(w.refusing, key)
	default:
		w.policies[key] = c
	}
}

func readFewest(r *Run, l line) {
	f, good := fewestOf(l)
	w := r.Workload(l.get(schema.Workload))
	if w == nil && l.get(schema.Workload) != "" {
		l.warn.tally("lines of a strategy or a workload that run.bench has no result of")
	} else if good && w != nil {
		w.Fewest[l.get(schema.Policy)] = f
	}
}

func readDistance(r *Run, l line) {
	d, good := distanceOf(l)
	if w, s, ok := r.of(l); ok && good {
		w.distances[policyKey{s, l.get(schema.Policy)}] = d
	}
}

func readWalk(r *Run, l line) {
	if w, s, ok := r.of(l); ok && l.complete(schema.Strategy, schema.Workload, schema.Policy) {
		w.walks[policyKey{s, l.get(schema.Policy)}] = walkOf(l)
	}
}

// strategies are the strategies of the growth measurement and of the concurrent
// replays, by name.
func (c Curves) strategies() []string {
	var out []string
	for k := range c.Scaling {
		out = append(out, k.Strategy)
	}
	for k := range c.Concurrent {
		out = append(out, k.Strategy)
	}
	return list.Known(out)
}

// of finds whose line it is; ok is false when run.bench has no result of the
// strategy or of the workload, which is counted.
func (r *Run) of(l line) (w *Workload, strategy int, ok bool) {
	w, strategy = r.Workload(l.get(schema.Workload)), r.Strategies.Index(l.get(schema.Strategy))
	if ok = w != nil && strategy >= 0; !ok && l.get(schema.Workload) != "" && l.get(schema.Strategy) != "" {
		l.warn.tally("lines of a strategy or a workload that run.bench has no result of")
	}
	return w, strategy, ok
}
