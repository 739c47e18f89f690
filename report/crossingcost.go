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
