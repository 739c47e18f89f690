package report

import (
	_ "embed"
	"math"
	"slices"
	"strings"
)

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

func makePolicyGroup(names Names, workloads []*workload, w *workload) policyGroup {
	g := policyGroup{Title: w.title}
	for _, name := range policies(workloads...) {
		first := true
		for s := range names {
			if c, ok := w.policy(s, name); ok {
				row := c.row()
				row.First, row.Policy, row.Name, row.Class = first, name, names[s], class(s)
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

//go:embed page/pagetables.html
var pagetablesHTML string

// PageTablesSection is what page tables cost.
var PageTablesSection = Section{
	ID:       "pagetables",
	Title:    "Page tables",
	Template: pagetablesHTML,
	Make:     maker(makePolicies),
}

// policiesSection is what mapping tables costs under the policies of drivers.
type policiesSection struct {
	Head
	Main   policyGroup // of the workload that the heading speaks of
	Others []policyGroup
}

func makePolicies(in In) (p policiesSection, err error) {
	var groups []policyGroup
	var titles []*workload
	for _, w := range in.workloads {
		if g := makePolicyGroup(in.strategies, in.workloads, w); len(g.Rows) > 0 {
			groups, titles = append(groups, g), append(titles, w)
		}
	}
	if len(groups) == 0 {
		p.Head = Head{Heading: "What the page tables cost was not counted",
			Missing: "This run has no counts of page-table entries (curves.bench holds no BenchmarkPolicy lines)."}
		return p, nil
	}
	shown := max(0, slices.Index(titles, wider(swings(len(in.strategies), in.workloads...)).w))
	p.Head = Head{
		Heading: markup(in.strategies, policiesHeading(in.strategies, in.workloads)),
		How: titles[shown].title + withFacts(titles[shown]) + ", one replay under each driver's policy: its smallest blocks, its builder, its longest segment. " +
			"Entries are those that map one table, the largest first; the bar shows how many of the bytes " + strings.Join([]string{pteSizes[0].name, pteSizes[1].name}, ", ") + " and " + pteSizes[2].name + " entries map.",
		Note: "All counts are exact means per table. Virtual addresses begin at a multiple of 2" + nbsp + "MiB, and each entry is the largest that both addresses and the rest of the segment allow; fragment bits and the upper levels of the page tables are not counted. " +
			"Reach: bytes that 512 TLB entries map. Waste: granted beyond what was asked, of what was granted. Where more is refused, fewer entries are no gain." + leftOut(in.strategies, in.workloads),
	}
	p.Main = groups[shown]
	p.Others = slices.Delete(groups, shown, shown+1)
	return p, nil
}
