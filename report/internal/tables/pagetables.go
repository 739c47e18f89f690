package tables

import (
	_ "embed"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed pagetables.html
var pagetablesHTML string

// PageTables is what page tables cost.
var PageTables = section.Section{
	ID:       "pagetables",
	Title:    "Page tables",
	Template: pagetablesHTML,
	Make:     section.Maker(makePolicies),
}

// policiesSection is what mapping tables costs under the policies of drivers.
type policiesSection struct {
	section.Head
	Main   policyGroup // of the workload that the heading speaks of
	Others []policyGroup
}

func makePolicies(in judge.Run) (p policiesSection, err error) {
	var groups []policyGroup
	var titles []*rundir.Workload
	for _, w := range in.Workloads {
		if g := makePolicyGroup(in.Strategies, in.Workloads, w); len(g.Rows) > 0 {
			groups, titles = append(groups, g), append(titles, w)
		}
	}
	if len(groups) == 0 {
		p.Head = section.Head{Heading: "What the page tables cost was not counted",
			Missing: section.Lacks("counts of page-table entries", schema.Policies) + "."}
		return p, nil
	}
	shown := max(0, slices.Index(titles, judge.Wider(judge.Swings(len(in.Strategies), in.Workloads...)).W))
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.PoliciesHeading(in.Strategies, in.Workloads)),
		How: titles[shown].Title + words.WithFacts(titles[shown]) + ", one replay under each driver's policy: its smallest blocks, its builder, its longest segment. " +
			"Entries are those that map one table, the largest first; the bar shows how many of the bytes " + pteSizes() + " entries map.",
		Note: "All counts are exact means per table. Virtual addresses begin at a multiple of 2" + text.NBSP + "MiB, and each entry is the largest that both addresses and the rest of the segment allow; fragment bits and the upper levels of the page tables are not counted. " +
			"Reach: bytes that 512 TLB entries map. Waste: granted beyond what was asked, of what was granted. Where more is refused, fewer entries are no gain." + words.LeftOut(in.Strategies, in.Workloads) +
			words.GrantedNothing(in.Strategies, in.Workloads),
	}
	p.Main = groups[shown]
	p.Others = slices.Delete(groups, shown, shown+1)
	return p, nil
}

// policyGroup are the tables of one workload.
type policyGroup struct {
	ID    string // what the matrix links to
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

func makePolicyGroup(names list.Names, workloads []*rundir.Workload, w *rundir.Workload) policyGroup {
	g := policyGroup{ID: section.Anchor("pagetables", w.Name), Title: w.Title}
	for _, name := range rundir.Policies(workloads...) {
		first := true
		for s := range names {
			if c, ok := w.Policy(s, name); ok {
				row := policyRowOf(c)
				row.First, row.Policy, row.Name, row.Class = first, words.Driver(name), names[s], theme.Class(s)
				g.Rows = append(g.Rows, row)
				first = false
			}
		}
	}
	return g
}

// policyRowOf are the texts of a cell.
func policyRowOf(c rundir.PolicyCell) policyRow {
	row := policyRow{Entries: text.Short3(c.Entries())}
	shares := judge.Shares(c)
	for i := range rundir.PTESizes {
		row.Counts = append(row.Counts, text.Short3(c.PTE[i]))
		row.Split = append(row.Split, theme.PercentCSS(shares[i]/100))
	}
	reach := text.None
	if !math.IsNaN(c.Reach) {
		reach = text.Size(stat.ToBytes(c.Reach))
	}
	row.Values = []string{percentOrNone(shares[0]), percentOrNone(min(100, shares[0]+shares[1])), reach,
		percentOrNone(c.Waste), text.Short3(10 * (100 - c.Served)), text.Short3(c.Segs)}
	return row
}

// pteSizes names the sizes of page-table entries.
func pteSizes() string {
	var sizes []string
	for _, s := range rundir.PTESizes {
		sizes = append(sizes, text.Size(uint64(s.Bytes)))
	}
	return text.List(sizes)
}

func percentOrNone(v float64) string {
	if math.IsNaN(v) {
		return text.None
	}
	return text.Percent(v)
}
