package history

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/change"
)

// refusing are the units that say what was refused: they are called also where the work is
// unequal, since they say so.
var refusing = []string{
	schema.ServedPct.Name, schema.FailPct.Name, schema.Refused.Name, schema.RefusedOp.Name, schema.NeverServed.Name,
}

// cutByWork finds for each series the points at which its strategy began to serve another
// share of its workload: an allocator that refuses more is faster, and its tables are
// others, and neither is a change of what the figure is about.
func (h *History) cutByWork() {
	known := make(map[string][]int) // by benchmark
	told := make([][]string, len(h.Points))
	for i := range h.Series {
		s := &h.Series[i]
		work := change.Work(s.Bench)
		if work == "" || slices.Contains(refusing, s.Unit) {
			continue
		}
		cuts, ok := known[s.Bench]
		if !ok {
			shares := h.shares(s)
			for at := 1; at < len(shares); at++ {
				a, b := shares[at-1], shares[at]
				if a == b || math.IsNaN(a) && math.IsNaN(b) {
					continue
				}
				cuts = append(cuts, at)
				if say := fmt.Sprintf("%s (served %s, then %s)", work, share(a), share(b)); !slices.Contains(told[at], say) {
					told[at] = append(told[at], say)
				}
			}
			known[s.Bench] = cuts
		}
		s.cuts = cuts
	}
	for at, works := range told {
		if len(works) == 0 {
			continue
		}
		const most = 3
		text := strings.Join(works[:min(len(works), most)], ", ")
		if n := len(works) - most; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		h.Notes = append(h.Notes, fmt.Sprintf("unequal work from %s on: %s; no step there is called of times, or of exact figures other than those of what was refused", h.Points[at].Name, text))
	}
}

// shares are the shares of requests that the strategy of a series served at each point.
func (h *History) shares(s *Series) (all []float64) {
	for _, p := range h.Points {
		all = append(all, p.Side.Served(s.Bench, s.Unit))
	}
	return all
}

func share(pct float64) string {
	if math.IsNaN(pct) {
		return "a share that is not known"
	}
	return number(pct) + " %"
}

// spans are the parts of the series of equal work, as half-open ranges of points.
func (s *Series) spans() (all [][2]int) {
	from := 0
	for _, at := range append(slices.Clone(s.cuts), len(s.Values)) {
		all = append(all, [2]int{from, at})
		from = at
	}
	return all
}
