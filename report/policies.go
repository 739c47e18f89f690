package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// entries are the page-table entries of a table, of all sizes.
func (c policyCell) entries() float64 { return c.pte[0] + c.pte[1] + c.pte[2] }

// shares are the parts of the bytes that entries of each size map, in percent.
func (c policyCell) shares() (out [len(pteSizes)]float64) {
	all := 0.0
	for i, s := range pteSizes {
		all += c.pte[i] * s.bytes
	}
	for i, s := range pteSizes {
		if all > 0 {
			out[i] = 100 * c.pte[i] * s.bytes / all
		}
	}
	return out
}

// policies are the driver policies that the run has lines of.
func (r *Run) policies() []string {
	var out []string
	for k := range r.curves.tables.policies {
		if r.strategy(k.strategy) >= 0 && r.workload(k.workload) != nil {
			out = append(out, k.policy)
		}
	}
	return known(out, "i915", "amdgpu", "xe")
}

// policyCellOf is a cell, ok is false without one.
func (r *Run) policyCellOf(w *workload, s int, policy string) (c policyCell, ok bool) {
	c, ok = r.curves.tables.policies[policyKey{r.strategies[s], w.name, policy}]
	return c, ok
}

// A contestant is one cell of a comparison in which only the strategy or only
// the policy differs.
type contestant struct {
	strategy int
	policy   string
	cell     policyCell
}

// swing is the widest difference in page-table entries of such comparisons.
// The zero swing says that there was none.
type swing struct {
	w            *workload
	least, most  contestant
	times        float64
	strategyOnly bool // the policy is the same
}

// widen takes a comparison in when its difference is wider. Cells count only
// when they serve as much as the one that serves most: who refuses large
// requests needs fewer entries.
func (s *swing) widen(w *workload, all []contestant, strategyOnly bool) {
	served := 0.0
	for _, c := range all {
		served = max(served, c.cell.served)
	}
	all = slices.DeleteFunc(all, func(c contestant) bool { return c.cell.served < served || !(c.cell.entries() > 0) })
	if len(all) < 2 {
		return
	}
	byEntries := func(a, b contestant) int {
		switch x, y := a.cell.entries(), b.cell.entries(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	least, most := slices.MinFunc(all, byEntries), slices.MaxFunc(all, byEntries)
	if times := most.cell.entries() / least.cell.entries(); times > s.times {
		*s = swing{w, least, most, times, strategyOnly}
	}
}

// swings are the widest differences that strategies make under one policy,
// and that policies make to one strategy.
func (r *Run) swings() (strategies, policies swing) {
	names := r.policies()
	for _, w := range r.workloads {
		for _, name := range names {
			var all []contestant
			for s := range r.strategies {
				if c, ok := r.policyCellOf(w, s, name); ok {
					all = append(all, contestant{s, name, c})
				}
			}
			strategies.widen(w, all, true)
		}
		for s := range r.strategies {
			var all []contestant
			for _, name := range names {
				if c, ok := r.policyCellOf(w, s, name); ok {
					all = append(all, contestant{s, name, c})
				}
			}
			policies.widen(w, all, false)
		}
	}
	return strategies, policies
}

// wider is the wider of the two, the strategies' when they are equal.
func wider(strategies, policies swing) swing {
	if policies.times > strategies.times {
		return policies
	}
	return strategies
}

// alike is the factor up to which page-table entries count as the same.
const alike = 1.05

// policiesHeading says what decides how many page-table entries tables need,
// the strategy or the policy, and by how much.
func (r *Run) policiesHeading() prose {
	byStrategy, byPolicy := r.swings()
	most := wider(byStrategy, byPolicy)
	switch {
	case most.times == 0:
		return prose(r.entriesRange())
	case most.times < alike:
		return prose("Page tables cost the same under every " + r.compared(byStrategy, byPolicy) + ", within " + percent(100*(most.times-1)))
	}
	title := clean(most.w.title)
	least, worst := short3(most.least.cell.entries()), plural(most.most.cell.entries(), "page-table entry", "page-table entries")
	if most.strategyOnly {
		return prose(fmt.Sprintf("%s: under %s a table of %s needs %s, one of %s %s%s", title, most.least.policy,
			mark(most.most.strategy), worst, mark(most.least.strategy), least, otherwise("policies", byPolicy)))
	}
	return prose(fmt.Sprintf("%s: a table of %s needs %s under %s, %s under %s%s", title, mark(most.most.strategy),
		worst, most.most.policy, least, most.least.policy, otherwise("strategies", byStrategy)))
}

// compared names what there were several of.
func (r *Run) compared(byStrategy, byPolicy swing) string {
	switch {
	case byPolicy.times == 0:
		return "strategy"
	case byStrategy.times == 0:
		return "policy"
	}
	return "strategy and policy"
}

// otherwise is the heading's part about the lesser difference.
func otherwise(who string, s swing) string {
	switch {
	case s.times == 0:
		return ""
	case s.times < alike:
		return "; " + who + " differ by " + percent(100*(s.times-1)) + " at most"
	}
	return "; " + who + " differ by a factor of " + short3(s.times) + " at most"
}

// entriesRange is the heading where there is nothing to compare.
func (r *Run) entriesRange() string {
	lo, hi := math.Inf(1), 0.0
	for _, w := range r.workloads {
		for _, name := range r.policies() {
			for s := range r.strategies {
				if c, ok := r.policyCellOf(w, s, name); ok {
					lo, hi = min(lo, c.entries()), max(hi, c.entries())
				}
			}
		}
	}
	return "A table needs " + span(short3(lo), short3(hi), nbsp+"page-table entries")
}

// policyGroup are the tables of one workload.
type policyGroup struct {
	Title string
	Rows  []policyRow
}

// policyRow is a strategy under a policy; First begins the policy's rows.
type policyRow struct {
	First               bool
	Policy, Name, Class string
	Entries             string
	Counts              []string // by size of entry
	Split               []string // widths in percent, by size of entry
	Values              []string // coverage, reach, waste, refused
}

func (r *Run) policyGroup(w *workload) policyGroup {
	g := policyGroup{Title: w.title}
	for _, name := range r.policies() {
		first := true
		for s := range r.strategies {
			if c, ok := r.policyCellOf(w, s, name); ok {
				row := c.row()
				row.First, row.Policy, row.Name, row.Class = first, name, r.strategies[s], class(s)
				g.Rows = append(g.Rows, row)
				first = false
			}
		}
	}
	return g
}

// row are the texts of a cell.
func (c policyCell) row() policyRow {
	row := policyRow{Entries: short3(c.entries())}
	shares := c.shares()
	for i := range pteSizes {
		row.Counts = append(row.Counts, short3(c.pte[i]))
		row.Split = append(row.Split, percentCSS(shares[i]/100))
	}
	reach := none
	if !math.IsNaN(c.reach) {
		reach = size(toBytes(c.reach))
	}
	row.Values = []string{percentOrNone(shares[0]), percentOrNone(min(100, shares[0]+shares[1])), reach,
		percentOrNone(c.waste), short3(10 * (100 - c.served)), short3(c.segs)}
	return row
}

func percentOrNone(v float64) string {
	if math.IsNaN(v) {
		return none
	}
	return percent(v)
}

func (r *Run) fillPolicies(p *page, _ []verdict) error {
	var groups []policyGroup
	var titles []*workload
	for _, w := range r.workloads {
		if g := r.policyGroup(w); len(g.Rows) > 0 {
			groups, titles = append(groups, g), append(titles, w)
		}
	}
	if len(groups) == 0 {
		p.Policies = section{Heading: "What the page tables cost was not counted",
			Missing: "This run has no counts of page-table entries (curves.bench holds no BenchmarkPolicy lines)."}
		return nil
	}
	shown := max(0, slices.Index(titles, wider(r.swings()).w))
	p.Policies = section{
		Heading: r.html(r.policiesHeading()),
		How: titles[shown].title + withFacts(titles[shown]) + ", one replay under each driver's policy: its smallest blocks, its builder, its longest segment. " +
			"Entries are those that map one table, the largest first; the bar shows how many of the bytes " + strings.Join([]string{pteSizes[0].name, pteSizes[1].name}, ", ") + " and " + pteSizes[2].name + " entries map.",
		Note: "All counts are exact means per table. Virtual addresses begin at a multiple of 2" + nbsp + "MiB, and each entry is the largest that both addresses and the rest of the segment allow; fragment bits and the upper levels of the page tables are not counted. " +
			"Reach: bytes that 512 TLB entries map. Waste: granted beyond what was asked, of what was granted. Where more is refused, fewer entries are no gain.",
	}
	p.PolicyMain = groups[shown]
	p.PolicyOthers = slices.Delete(groups, shown, shown+1)
	return nil
}
