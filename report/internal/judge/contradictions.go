package judge

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A Contradiction is an exact quantity of which the files of a run say two things.
// Nothing is judged from a workload that has one.
type Contradiction struct {
	About    Contradictory
	Strategy int
	Other    int     // of [TwoWorkloads], the strategy it contradicts
	A, B     float64 // what is said first, and what is said against it
}

// Contradictory is what files disagree about.
type Contradictory int

// What files disagree about.
const (
	TwoShares    Contradictory = iota // run.bench: samples of served-pct differ (percent)
	ShareOfTrace                      // run.bench and the placements: requests served (percent)
	SeriesCount                       // curves.bench and the placements: requests refused
	TwoWorkloads                      // placements of two strategies: requests in all
)

// Contradictions checks what the files say of a workload against each other.
func Contradictions(w *rundir.Workload, strategies int) []Contradiction {
	var out []Contradiction
	first := -1
	for s := range strategies {
		if c := w.Cell(schema.AllocFree, schema.ServedPct, s); c != nil {
			values := c.Sample.Values // sorted
			if lo, hi := values[0], values[len(values)-1]; lo != hi {
				out = append(out, Contradiction{About: TwoShares, Strategy: s, A: lo, B: hi})
			}
		}
		p := w.Placement(s)
		if p == nil || p.Requests == 0 {
			continue
		}
		out = append(out, ofTrace(w, s, p)...)
		if first < 0 {
			first = s
		} else if of := w.Placement(first); of.Requests != p.Requests {
			out = append(out, Contradiction{TwoWorkloads, s, first, float64(p.Requests), float64(of.Requests)})
		}
	}
	return out
}

// ofTrace checks a strategy's share of requests served, and the refusals in its
// series, against its trace.
func ofTrace(w *rundir.Workload, s int, p *rundir.Placement) (out []Contradiction) {
	said, counted := w.Center(schema.AllocFree, schema.ServedPct, s), w.Served(s)
	if one := 100 / float64(p.Requests); math.Abs(said-counted) > one/2 { // a request is lost or won; NaN is not
		out = append(out, Contradiction{About: ShareOfTrace, Strategy: s, A: said, B: counted})
	}
	m := w.Series(s)
	if len(m) == 0 || m[len(m)-1].Op < p.Ops { // the series of a run that was stopped
		return out
	}
	refused := 0.0
	for _, at := range m {
		refused += at.Refused
	}
	if n := float64(p.Refusals.N); refused != n && !math.IsNaN(refused) {
		out = append(out, Contradiction{About: SeriesCount, Strategy: s, A: refused, B: n})
	}
	return out
}
