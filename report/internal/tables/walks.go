package tables

import (
	"cmp"
	_ "embed"
	"fmt"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed walks.html
var walksHTML string

// Walks is what walking a table to a byte costs, and what mapping it for another device
// makes of it.
var Walks = section.Section{
	ID:       "walks",
	Title:    "Walks of tables",
	Template: walksHTML,
	Optional: true, // runs of before have none
	Make:     section.Maker(makeWalks),
}

// walksSection is what walking tables costs.
type walksSection struct {
	section.Head
	Longest []walkGroup // of the workloads with the longest walks
	Others  []walkGroup
}

// walkGroup are the tables of one workload.
type walkGroup struct {
	Title string
	Rows  []walkRow
}

// walkRow is a strategy on a workload: segments, steps to a page and by an index, segments
// for devices.
type walkRow struct {
	Name, Class string
	Values      []string
}

// mostWalks is the number of workloads that stand in the table at once.
const mostWalks = 4

// walkPolicies are the policies whose tables are walked, the first that the run has: the
// drivers that look for pages from the first block on come first.
var walkPolicies = []string{"amdgpu", "xe", "xe_6.11", "i915", "nouveau"}

func makeWalks(in judge.Run) (p walksSection, err error) {
	policy := walkPolicy(len(in.Strategies), in.Workloads)
	if policy == "" {
		p.Head.Missing = section.Lacks("counts of walks", schema.Walks) + "."
		return p, nil
	}
	longest := func(w *rundir.Workload) (most float64) {
		for s := range in.Strategies {
			if c, ok := w.Walk(s, policy); ok && c.Steps > most {
				most = c.Steps
			}
		}
		return most
	}
	order := slices.Clone(in.Workloads)
	slices.SortStableFunc(order, func(a, b *rundir.Workload) int { return cmp.Compare(longest(b), longest(a)) })
	for _, w := range order {
		g := makeWalkGroup(in.Strategies, w, policy)
		switch {
		case len(g.Rows) == 0:
		case len(p.Longest) < mostWalks:
			p.Longest = append(p.Longest, g)
		default:
			p.Others = append(p.Others, g)
		}
	}
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.WalksHeading(order[0], len(in.Strategies), policy)),
		How: fmt.Sprintf("Tables under the policy %s. Steps to a page, the mean over all pages: segments passed from the first one on, as amdgpu and xe look for a page that the CPU faults on; by an index, which no driver has, ends of segments compared. "+
			"Behind an IOMMU with pages of that size: segments for another GPU that maps the table as a whole.", words.Driver(policy)),
		Note: "All counts are exact. Without an IOMMU a device has the segments of the table, and also where a driver maps block by block, as amdgpu and xe do." + words.LookupTimes(in.Curves.Lookups),
	}
	return p, nil
}

// walkPolicy is the policy whose tables are shown; "" if no walk was counted.
func walkPolicy(strategies int, workloads []*rundir.Workload) string {
	for _, policy := range walkPolicies {
		for _, w := range workloads {
			for s := range strategies {
				if c, ok := w.Walk(s, policy); ok && !math.IsNaN(c.Steps) {
					return policy
				}
			}
		}
	}
	return ""
}

func makeWalkGroup(names list.Names, w *rundir.Workload, policy string) walkGroup {
	g := walkGroup{Title: w.Title}
	for s := range names {
		if c, ok := w.Walk(s, policy); ok {
			row := walkRow{Name: names[s], Class: theme.Class(s)}
			for _, v := range []float64{c.Segs, c.Steps, c.Compared, c.DMA, c.DMA64K} {
				row.Values = append(row.Values, short3OrNone(v))
			}
			g.Rows = append(g.Rows, row)
		}
	}
	return g
}

func short3OrNone(v float64) string {
	if math.IsNaN(v) {
		return text.None
	}
	return text.Short3(v)
}
