package report

import (
	"math"
	"slices"

	"golang.org/x/perf/benchfmt"
)

// batched is the number of operations that a replay hands a C library in one
// crossing, if its lines do not state what is left for an operation.
const batched = 4096

// crossingCell is what calling into a C library costs: samples of one crossing,
// in seconds, and how many operations of a replay share one.
type crossingCell struct {
	time  []float64
	batch float64
}

func (r *Run) addCrossing(res *benchfmt.Result, strategy string) {
	if !r.complete(res, "strategy", strategy) {
		return
	}
	times := appendTime(nil, res, unitOp)
	if len(times) == 0 {
		r.warn("%s: the line has no time of a crossing", where(res))
		return
	}
	c := r.curves.crossing[strategy]
	if c == nil {
		c = &crossingCell{batch: batched}
		r.curves.crossing[strategy] = c
	}
	c.time = append(c.time, times...)
	if share := appendTime(nil, res, "sec/batched-op"); len(share) > 0 {
		c.batch = max(1, math.Round(times[0]/share[0]))
	}
}

// crosses reports whether calls of a strategy are known to cross into a C library.
func (r *Run) crosses(strategy int) bool { return r.curves.crossing[r.strategies[strategy]] != nil }

// contained says whose times hold a crossing for each call, of the strategies that
// has chooses, and what that does to the finding. It is empty when none does.
func (r *Run) contained(has func(strategy int) bool, effect string) prose {
	var parts []string
	for s, name := range r.strategies {
		if !r.crosses(s) || !has(s) {
			continue
		}
		text, _ := timeText(r.curves.crossing[name].time)
		if len(parts) == 0 {
			parts = append(parts, "Times of "+mark(s)+" contain a crossing of "+text+" for each call")
		} else {
			parts = append(parts, "those of "+mark(s)+" one of "+text)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return prose(list(parts) + ", " + effect + ".")
}

// crossingSentence says what calling into a C library costs apart from the
// library's own work, and how much of it each operation carries. It is empty
// when no strategy is one.
func (r *Run) crossingSentence() string {
	var parts []string
	most, batch := 0.0, math.Inf(1)
	for _, name := range r.strategies {
		if c := r.curves.crossing[name]; c != nil {
			text, _ := timeText(c.time)
			parts = append(parts, text+" for "+name)
			most, batch = max(most, median(slices.Clone(c.time))), min(batch, c.batch)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	each := "each operation"
	if len(parts) > 1 {
		each += " at most"
	}
	return "one crossing takes " + list(parts) + "; a replay crosses once in " + exact(batch) + " operations, which adds " + duration(most/batch) + " to " + each
}
