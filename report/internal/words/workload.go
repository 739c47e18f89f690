package words

import (
	"fmt"
	"math"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// RegionFacts describes the region of a workload: "16 GiB, 4 KiB–64 MiB, 85 %".
func RegionFacts(w *rundir.Workload, long bool) string {
	p := w.AnyPlacement()
	if p == nil {
		return ""
	}
	parts := []string{text.Size(p.Region.Size)}
	if long && p.Requests > 0 {
		span := text.Size(p.Smallest)
		if p.Biggest > p.Smallest {
			span += "–" + text.Size(p.Biggest)
		}
		parts = append(parts, span)
	}
	parts = append(parts, text.Percent(100*float64(w.Peak())/float64(p.Region.Managed()))+" full")
	return strings.Join(parts, ", ")
}

// WithFacts are the facts about a region as they follow a title.
func WithFacts(w *rundir.Workload) string {
	if f := RegionFacts(w, true); f != "" {
		return ", " + f
	}
	return ""
}

// SeriesHeading states where the workload ended.
func SeriesHeading(names list.Names, w *rundir.Workload) text.Prose {
	type end struct {
		s       int
		largest float64
	}
	var ends []end
	for s := range names {
		if m := w.Series(s); len(m) > 0 && !math.IsNaN(m[len(m)-1].Largest) {
			ends = append(ends, end{s, m[len(m)-1].Largest})
		}
	}
	after := "After " + text.Count(judge.LastOp(names, w)) + " operations "
	if len(ends) == 0 {
		return text.Prose(after + "the holes are not known")
	}
	parts := []string{fmt.Sprintf("%s's largest hole is %s", text.Mark(ends[0].s), text.Size(stat.ToBytes(ends[0].largest)))}
	equal := true
	for _, e := range ends[1:] {
		parts = append(parts, fmt.Sprintf("%s's %s", text.Mark(e.s), text.Size(stat.ToBytes(e.largest))))
		equal = equal && e.largest == ends[0].largest
	}
	if equal && len(ends) > 1 {
		return text.Prose(after + "the largest hole is " + text.Size(stat.ToBytes(ends[0].largest)) + " with " + text.List(text.Marks(text.Indices(len(ends)))))
	}
	return text.Prose(after + text.List(parts))
}

// SizesHeading states how many blocks a request becomes.
func SizesHeading(names list.Names, w *rundir.Workload) text.Prose {
	var parts []string
	for s := range names {
		if b := w.Placement(s).BlocksPer(); b > 0 {
			parts = append(parts, text.Plural(b, text.Mark(s)+" block", text.Mark(s)+" blocks"))
		}
	}
	if len(parts) == 0 {
		return "No request was granted"
	}
	return text.Prose("A request becomes " + text.List(parts) + " on average")
}
