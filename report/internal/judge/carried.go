package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Carried is what strategies that did the same work leave in memory: exact, by
// strategy, NaN where it was not measured.
type Carried struct {
	PageTables []PolicyEntries // of the policies under which all did the same work
	Counted    bool            // page-table entries of all were counted, whoever did the same work
	Gaps       []string        // policies of the run under which they were not counted for all, if they were under some
	Entries    []float64       // of an sg table, mean
	Broken     []float64       // free memory outside whole 2 MiB pages, mean over the run in percent
	Equal      bool            // none of it differs among those that did the same work
	Known      bool            // some of it was measured of all of them
}

// PolicyEntries are the page-table entries of a table under a driver policy.
type PolicyEntries struct {
	Policy  string
	Entries []float64 // mean, by strategy
}

// carriedOf collects what some strategies leave in memory.
func (t *Times) carriedOf(w *rundir.Workload, builder string, of []int) Carried {
	strategies := t.strategies
	var c Carried
	for s := range strategies {
		c.Entries = append(c.Entries, w.Table(builder, schema.SegsPerTable, s).Center())
		c.Broken = append(c.Broken, w.MeanBroken(s))
	}
	measured := [][]float64{c.Entries, c.Broken}
	for _, policy := range t.policies {
		values := entriesUnder(w, strategies, policy)
		if known(values, of) {
			c.Counted = true
		} else {
			c.Gaps = append(c.Gaps, policy)
		}
		equal := Equal(w, strategies, policy)
		if !slices.ContainsFunc(of, func(s int) bool { return !slices.Contains(equal, s) }) {
			c.PageTables = append(c.PageTables, PolicyEntries{policy, values})
			measured = append(measured, values)
		}
	}
	if !c.Counted {
		c.Gaps = nil
	}
	c.Equal = true
	for _, values := range measured {
		if known(values, of) {
			c.Known = true
			for _, s := range of {
				c.Equal = c.Equal && values[s] == values[of[0]]
			}
		}
	}
	return c
}

// entriesUnder are the page-table entries of a table under a policy, by strategy.
func entriesUnder(w *rundir.Workload, strategies int, policy string) []float64 {
	var out []float64
	for s := range strategies {
		v := math.NaN()
		if c, ok := w.Policy(s, policy); ok {
			v = c.Entries()
		}
		out = append(out, v)
	}
	return out
}

// known reports whether every one of the strategies has a value.
func known(values []float64, of []int) bool {
	for _, s := range of {
		if math.IsNaN(values[s]) {
			return false
		}
	}
	return len(of) > 0
}

// least is the lowest value of the strategies.
func least(values []float64, of []int) float64 {
	l := math.Inf(1)
	for _, s := range of {
		l = min(l, values[s])
	}
	return l
}

// most is the highest value of the strategies.
func most(values []float64, of []int) float64 {
	m := math.Inf(-1)
	for _, s := range of {
		m = max(m, values[s])
	}
	return m
}

// MeanEntries is the mean number of entries of a table by strategy, over the
// workloads on which all of them did the same work and have tables; those are the
// second result.
func MeanEntries(workloads []*rundir.Workload, strategies int, builder string) (mean []float64, same []*rundir.Workload) {
	all := make([][]float64, strategies)
	for _, w := range workloads {
		of := Equal(w, strategies, Own)
		entries := make([]float64, strategies)
		for s := range strategies {
			entries[s] = w.Table(builder, schema.SegsPerTable, s).Center()
		}
		if len(of) < strategies || !known(entries, of) {
			continue
		}
		same = append(same, w)
		for s, v := range entries {
			all[s] = append(all[s], v)
		}
	}
	for _, v := range all {
		mean = append(mean, stat.Mean(v))
	}
	return mean, same
}
