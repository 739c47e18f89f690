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
	PageTables []PolicyEntries // of the policies under which all served the same
	Entries    []float64       // of an sg table, mean
	Broken     []float64       // free memory outside whole 2 MiB pages, mean in percent
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

// carriedOf collects what the strategies leave in memory.
func carriedOf(w *rundir.Workload, strategies int, builder string, same []int) Carried {
	var c Carried
	for s := range strategies {
		c.Entries = append(c.Entries, w.Table(builder, schema.SegsPerTable, s).Center())
		c.Broken = append(c.Broken, w.MeanBroken(s))
	}
	measured := [][]float64{c.Entries, c.Broken}
	for _, policy := range rundir.Policies(w) {
		if values, fair := EntriesUnder(w, strategies, policy, same); fair {
			c.PageTables = append(c.PageTables, PolicyEntries{policy, values})
			measured = append(measured, values)
		}
	}
	c.Equal = true
	for _, values := range measured {
		if known(values, same) {
			c.Known = true
			for _, s := range same {
				c.Equal = c.Equal && values[s] == values[same[0]]
			}
		}
	}
	return c
}

// EntriesUnder are the page-table entries of a table under a policy, by strategy.
// They are fair when the strategies in question served the same share under it.
func EntriesUnder(w *rundir.Workload, strategies int, policy string, of []int) (entries []float64, fair bool) {
	served := make([]float64, strategies)
	for s := range strategies {
		served[s] = math.NaN()
		entries = append(entries, math.NaN())
		if c, ok := w.Policy(s, policy); ok {
			served[s], entries[s] = c.Served, c.Entries()
		}
	}
	fair = known(served, of)
	for _, s := range of {
		fair = fair && served[s] == served[of[0]]
	}
	return entries, fair
}

// pick narrows those that did the same work down: to those with the fewest
// page-table entries, of them to those with the fewest sg entries, and of them to
// those that break least. Steps are what narrowed them down, and over whom the last
// one left out.
func (c Carried) pick(same []int) (picks []int, steps []Reason, over []int) {
	picks = same
	narrow := func(reason Reason, keep func(s int) bool) {
		var kept, left []int
		for _, s := range picks {
			if keep(s) {
				kept = append(kept, s)
			} else {
				left = append(left, s)
			}
		}
		if len(kept) > 0 && len(left) > 0 {
			picks, steps, over = kept, append(steps, reason), left
		}
	}
	narrow(PageTables, func(s int) bool {
		return !slices.ContainsFunc(picks, func(o int) bool { return c.needsLess(o, s) })
	})
	if known(c.Entries, picks) {
		most := least(c.Entries, picks) * Alike
		narrow(Entries, func(s int) bool { return c.Entries[s] <= most })
	}
	if known(c.Broken, picks) {
		most := least(c.Broken, picks) + BrokenAlike
		narrow(Broken, func(s int) bool { return c.Broken[s] <= most })
	}
	return picks, steps, over
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

// Widest are the page-table entries under the policy under which the picks need
// fewer than those left out by most.
func (v *Verdict) Widest() (widest PolicyEntries) {
	most := math.Inf(-1)
	for _, p := range v.Carried.PageTables {
		if m := v.less(p.Entries); m > most {
			most, widest = m, p
		}
	}
	return widest
}

// less is the share by which the best of the picks is below the best of those left
// out.
func (v *Verdict) less(values []float64) float64 {
	return 1 - least(values, v.Picks)/least(values, v.Over)
}

// Margin is by how much the picks are better than the best of those that the last
// step left out.
func (v *Verdict) Margin() float64 {
	switch v.Then() {
	case PageTables:
		return v.less(v.Widest().Entries)
	case Entries:
		return v.less(v.Carried.Entries)
	case Broken:
		return (least(v.Carried.Broken, v.Over) - least(v.Carried.Broken, v.Picks)) / 100
	}
	return v.Saved
}
