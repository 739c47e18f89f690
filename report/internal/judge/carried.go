package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Reason is what a pick rests on. Only what carries over to a driver is a reason:
// placements do, times of user-space models do not.
type Reason int

// The reasons, the strongest first.
const (
	NoReason   Reason = iota // nothing that carries over decides
	Refusals                 // it refuses less
	PageTables               // its page tables have fewer entries
	Entries                  // its sg tables have fewer entries
	Broken                   // it breaks less of the free memory
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

// BrokenAlike is the difference in broken free memory, in percentage points, up to
// which it is no reason to prefer a strategy. [Alike] is that of entries.
const BrokenAlike = 1

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

// pick narrows those that did the same work down: to those with the fewest
// page-table entries, of them to those with the fewest sg entries, and of them to
// those that break least. Steps are what narrowed them down, and over whom the last
// one left out. What decides a step holds for each one kept against each one left out.
func (c Carried) pick(same []int) (picks []int, steps []Reason, over []int) {
	picks = same
	take := func(reason Reason, kept, left []int) {
		if len(left) > 0 {
			picks, steps, over = kept, append(steps, reason), left
		}
	}
	kept, left := c.byPageTables(picks)
	take(PageTables, kept, left)
	if known(c.Entries, picks) {
		kept, left := split(picks, func(a, b int) bool { return c.Entries[a]*Alike < c.Entries[b] })
		take(Entries, kept, left)
	}
	if known(c.Broken, picks) {
		kept, left := split(picks, func(a, b int) bool { return c.Broken[a]+BrokenAlike < c.Broken[b] })
		take(Broken, kept, left)
	}
	return picks, steps, over
}

// byPageTables divides strategies by page-table entries; left is empty when there is
// no policy under which all kept need fewer than all left out.
func (c Carried) byPageTables(of []int) (kept, left []int) {
	kept, left = split(of, c.needsLess)
	if _, ok := c.separating(kept, left); !ok {
		return of, nil
	}
	return kept, left
}

// split divides strategies into those kept and those left out, so that each of those
// kept is better than each of those left out: nobody is kept out by one that is little
// better than another that is kept. left is empty when that is impossible.
func split(of []int, better func(a, b int) bool) (kept, left []int) {
	for _, s := range of {
		if slices.ContainsFunc(of, func(o int) bool { return better(o, s) }) {
			left = append(left, s)
		} else {
			kept = append(kept, s)
		}
	}
	for i := 0; i < len(left); i++ {
		if slices.ContainsFunc(kept, func(k int) bool { return !better(k, left[i]) }) {
			kept, left = append(kept, left[i]), slices.Delete(left, i, i+1)
			i = -1 // the new one must be better than the others, too
		}
	}
	if len(kept) == 0 {
		return of, nil
	}
	slices.Sort(kept)
	return kept, left
}

// needsLess reports whether one strategy needs fewer page-table entries than another
// under some policy and not more under any.
func (c Carried) needsLess(one, than int) bool {
	less := false
	for _, p := range c.PageTables {
		if p.Entries[one] > p.Entries[than]*Alike {
			return false
		}
		less = less || p.Entries[one]*Alike < p.Entries[than]
	}
	return less
}

// separating is the first policy under which all of some strategies need fewer entries
// than all of some others.
func (c Carried) separating(few, many []int) (p PolicyEntries, ok bool) {
	for _, p := range c.PageTables {
		if most(p.Entries, few)*Alike < least(p.Entries, many) {
			return p, true
		}
	}
	return p, false
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

// Under are the page-table entries that the picks rest on: those under the first policy
// that tells all of them from all left out.
func (v *Verdict) Under() PolicyEntries {
	p, _ := v.Carried.separating(v.Picks, v.Over)
	return p
}

// less is the share by which every pick is below every one left out, at least.
func (v *Verdict) less(values []float64) float64 {
	return 1 - most(values, v.Picks)/least(values, v.Over)
}

// Margin is by how much every pick is better than every one that the last step left
// out, at least.
func (v *Verdict) Margin() float64 {
	switch v.Then() {
	case PageTables:
		return v.less(v.Under().Entries)
	case Entries:
		return v.less(v.Carried.Entries)
	case Broken:
		return (least(v.Carried.Broken, v.Over) - most(v.Carried.Broken, v.Picks)) / 100
	}
	return v.Saved
}

// Lowest are those of the strategies with the lowest value, all of them when all are
// equal; none when a value is not known.
func Lowest(values []float64, of []int) []int {
	if !known(values, of) {
		return nil
	}
	lowest := least(values, of)
	var out []int
	for _, s := range of {
		if values[s] == lowest {
			out = append(out, s)
		}
	}
	return out
}
