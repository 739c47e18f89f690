package words

import (
	"fmt"
	"math"
	"slices"
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

// SeriesHeading states where the workload ended or, where everything was freed by then,
// how it stood when most was live: the largest hole of each strategy at one moment.
func SeriesHeading(names list.Names, w *rundir.Workload) text.Prose {
	st, ok := judge.Telling(names, w)
	if !ok {
		return "There is no moment at which something is live with all strategies"
	}
	when := "After " + text.Operations(st.Op) + " "
	if !st.AtEnd {
		when = "After " + text.Operations(st.Op) + ", when most is live, "
	}
	var parts []string
	var same []int
	first := math.NaN()
	for s := range names {
		m, ok := st.Of[s]
		if !ok || math.IsNaN(m.Largest) {
			continue
		}
		size := text.Size(stat.ToBytes(m.Largest))
		if len(parts) == 0 {
			first = m.Largest
			parts = append(parts, fmt.Sprintf("%s's largest hole is %s", text.Mark(s), size))
		} else {
			parts = append(parts, fmt.Sprintf("%s's %s", text.Mark(s), size))
		}
		if m.Largest == first {
			same = append(same, s)
		}
	}
	switch {
	case len(parts) == 0:
		return text.Prose(when + "the holes are not known")
	case len(parts) > 1 && len(same) == len(parts):
		return text.Prose(when + "the largest hole is " + text.Size(stat.ToBytes(first)) + " with " + text.List(text.Marks(same)))
	}
	return text.Prose(when + text.List(parts))
}

// SeriesMoment says at which moment the numbers are read that stand beside the lines of
// a series: the one of its heading.
func SeriesMoment(names list.Names, w *rundir.Workload) string {
	st, ok := judge.Telling(names, w)
	switch {
	case !ok:
		return "The numbers at the right are those of the last sample."
	case st.AtEnd:
		return "The numbers at the right are those after " + text.Operations(st.Op) + "."
	}
	return "The numbers at the right are those after " + text.Operations(st.Op) + ", when most is live: the upright line."
}

// LessWork names those that did less work than the others, whose memory is therefore
// emptier; nothing when all did the same.
func LessWork(names list.Names, w *rundir.Workload) string {
	same := judge.Equal(w, len(names), judge.Own)
	var less []string
	for _, s := range judge.Present(w, len(names)) {
		if !slices.Contains(same, s) {
			less = append(less, names[s])
		}
	}
	switch {
	case len(less) == 0 || len(names) == 1:
		return ""
	case len(same) == 0:
		return " The strategies did not do the same work here."
	}
	return " " + text.List(less) + " did less work here: requests were refused."
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

// DefragHeading says how much less moves copy than evictions write, where both help.
func DefragHeading(names list.Names, workloads []*rundir.Workload) text.Prose {
	var ratios []float64
	refused := 0
	for _, w := range workloads {
		for s := range names {
			for _, d := range w.Defrag[s] {
				if d.Granted() {
					continue
				}
				refused++
				if r := d.Evicted / d.Moved; d.Moved > 0 && !math.IsNaN(r) && !math.IsInf(r, 0) {
					ratios = append(ratios, r)
				}
			}
		}
	}
	if len(ratios) == 0 {
		return text.Prose(fmt.Sprintf("%s in one piece refused, and none that both moves and eviction serve", text.Plural(float64(refused), "request", "requests")))
	}
	return text.Prose(fmt.Sprintf("For room in one piece, evicting the oldest writes %s the bytes that moving objects copies: the median of %s of %s requests, which both serve",
		text.Plural(stat.Median(ratios), "time", "times"), text.Count(len(ratios)), text.Count(refused)))
}
