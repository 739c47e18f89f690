package report

import "math"

// workload is one workload of a run with what was measured of each strategy on
// it and what its placement traces show.
type workload struct {
	name  string
	title string // from the traces, else the name
	doc   string // one sentence, may be empty

	placed   []*placement             // by strategy; nil where there is no trace
	cells    map[cellKey]*cell        // run.bench
	moments  map[int][]moment         // by strategy: the state over time, sorted by operation
	counted  map[int]work             // by strategy: what it counted in a replay
	policies map[policyKey]policyCell // what page tables cost
}

// newWorkload has nothing measured on it.
func newWorkload(name string) *workload {
	return &workload{
		name: name, title: name,
		cells:    make(map[cellKey]*cell),
		moments:  make(map[int][]moment),
		counted:  make(map[int]work),
		policies: make(map[policyKey]policyCell),
	}
}

// cell is a cell without a builder in its name, nil when the run has none.
func (w *workload) cell(bench, unit string, s int) *cell {
	return w.cells[cellKey{bench, "", s, unit}]
}

// center is the median (or exact value) of a cell, NaN without one.
func (w *workload) center(bench, unit string, s int) float64 {
	return w.cell(bench, unit, s).center()
}

// table is a cell of a table builder, nil when the run has none.
func (w *workload) table(builder, unit string, s int) *cell {
	return w.cells[cellKey{benchTable, builder, s, unit}]
}

// series is the state over the operations under a strategy.
func (w *workload) series(s int) []moment { return w.moments[s] }

// policy is what page tables cost a strategy under a driver policy; ok is
// false when that was not counted.
func (w *workload) policy(s int, policy string) (c policyCell, ok bool) {
	c, ok = w.policies[policyKey{s, policy}]
	return c, ok
}

// placement is the trace of a strategy on the workload, nil without one.
func (w *workload) placement(s int) *placement {
	if s < len(w.placed) {
		return w.placed[s]
	}
	return nil
}

// anyPlacement is some strategy's trace: the requests are the same in all.
func (w *workload) anyPlacement() *placement {
	for _, p := range w.placed {
		if p != nil {
			return p
		}
	}
	return nil
}

// served is the share of requests that a strategy granted, in percent.
func (w *workload) served(s int) float64 {
	if p := w.placement(s); p != nil && p.requests > 0 {
		return 100 * float64(p.granted) / float64(p.granted+p.refusals.n)
	}
	return w.center(benchTime, unitServed, s)
}

// refused is how many of how many requests a strategy refused; ok is false
// without a trace, when only the share is known.
func (w *workload) refused(s int) (n, of int, ok bool) {
	if p := w.placement(s); p != nil {
		return p.refusals.n, p.requests, true
	}
	return 0, 0, false
}

// meanBroken is the mean over a run of the free memory outside whole 2 MiB
// pages, in percent of what is free.
func (w *workload) meanBroken(s int) float64 {
	sum, n := 0.0, 0
	for _, m := range w.series(s) {
		if !math.IsNaN(m.broken) {
			sum, n = sum+m.broken, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// peak is the most memory any strategy had live.
func (w *workload) peak() uint64 {
	var most uint64
	for _, p := range w.placed {
		if p != nil {
			most = max(most, p.peak)
		}
	}
	return most
}
