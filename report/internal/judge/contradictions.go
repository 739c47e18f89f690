package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A Contradiction is a quantity of which the files of a run say two things, or one that
// cannot be. Nothing is judged from a workload that has one.
type Contradiction struct {
	About    Contradictory
	Strategy int
	Other    int           // of [TwoWorkloads] and [TwoRequests], the strategy it contradicts
	Bench    *schema.Bench // of what the quantity was measured
	Unit     *schema.Unit  // of A and B
	Policy   string        // of [OfRequests]
	Op       int           // of [OfTrace] and a series: after so many operations
	A, B     float64       // what is said first, and what is said against it
}

// Contradictory is what files disagree about.
type Contradictory int

// What files disagree about.
const (
	TwoSamples   Contradictory = iota // samples of an exact quantity differ
	Impossible                        // A is beyond B, a bound that the line itself or the unit sets
	OfTrace                           // a file of results says A, the placements B
	TwoWorkloads                      // placements of two strategies: requests in all
	TwoRequests                       // placements of two strategies: what the requests ask for, or the region
	OfRequests                        // page tables under a policy map A bytes each, requests ask for B
)

// Contradictions checks what the files say of a workload against each other.
func Contradictions(w *rundir.Workload, strategies int) []Contradiction {
	var out []Contradiction
	for _, c := range w.Clashes {
		about := Impossible
		if c.Samples {
			about = TwoSamples
		}
		out = append(out, Contradiction{About: about, Strategy: c.Strategy, Bench: c.Bench, Unit: c.Unit, A: c.Said, B: c.Against})
	}
	first := -1
	for s := range strategies {
		p := w.Placement(s)
		if p == nil || p.Requests == 0 {
			continue
		}
		for _, c := range ofTrace(w, s, p) {
			if !slices.ContainsFunc(out, func(o Contradiction) bool { return o.Strategy == s && o.Bench == c.Bench && o.Unit == c.Unit }) {
				out = append(out, c)
			}
		}
		if first < 0 {
			first = s
		} else if of := w.Placement(first); of.Requests != p.Requests {
			out = append(out, Contradiction{About: TwoWorkloads, Strategy: s, Other: first, A: float64(p.Requests), B: float64(of.Requests)})
		} else if of.Asked != p.Asked || of.Region != p.Region {
			out = append(out, Contradiction{About: TwoRequests, Strategy: s, Other: first})
		}
	}
	return append(out, ofRequests(w, strategies)...)
}

// ofRequests checks the page tables of those that served everything under a policy that
// asks for no more than the workload does: on average they map what a request asks for.
func ofRequests(w *rundir.Workload, strategies int) (out []Contradiction) {
	p := w.AnyPlacement()
	if p == nil || p.Biggest >= mostMapped {
		return nil
	}
	bytes, ok := p.MeanRequest()
	if !ok {
		return nil
	}
	const rounding = 1e-8
	for s := range strategies {
		for _, policy := range rundir.Policies(w) {
			c, ok := w.Policy(s, policy)
			if ok && c.Served == 100 && c.Waste == 0 && math.Abs(c.Mapped()-bytes) > rounding*bytes {
				out = append(out, Contradiction{About: OfRequests, Strategy: s, Bench: schema.Policies, Policy: policy, A: c.Mapped(), B: bytes})
				break
			}
		}
	}
	return out
}

// mostMapped are the bytes of an object that has no table.
const mostMapped = 1 << 44

// ofTrace checks what the files of results say of a strategy against its trace.
func ofTrace(w *rundir.Workload, s int, p *rundir.Placement) (out []Contradiction) {
	said, counted := w.Center(schema.AllocFree, schema.ServedPct, s), w.Served(s)
	if one := 100 / float64(p.Requests); math.Abs(said-counted) > one/2 { // a request is lost or won; NaN is not
		out = append(out, Contradiction{About: OfTrace, Strategy: s, Bench: schema.AllocFree, Unit: schema.ServedPct, A: said, B: counted})
	}
	for _, segs := range w.Segs(s) {
		if most := p.MostSegs(); segs > most && p.Granted > 0 && p.Biggest < mostMapped {
			out = append(out, Contradiction{About: OfTrace, Strategy: s, Bench: schema.SGTable, Unit: schema.SegsPerTable, A: segs, B: most})
			break
		}
	}
	points := pointsOf(w.Series(s), p.At)
	for _, q := range quantities {
		for i, at := range points {
			if c, ok := q.check(at); ok {
				c.Strategy, c.Bench, c.Op = s, schema.Series, points[i].Op
				out = append(out, c)
				break
			}
		}
	}
	return out
}

// A point is a moment of a series beside what the trace shows of it.
type point struct {
	rundir.Moment
	rundir.Snapshot
	Op           int
	refusedSoFar float64 // by the moments up to this one
	requests     float64 // by the trace since the moment before, NaN when that is not known
	holdsBack    bool    // the allocator had less to give than is not granted
}

// pointsOf are the moments of which the trace shows the state for sure.
func pointsOf(moments []rundir.Moment, at []rundir.Snapshot) (out []point) {
	refused, k := 0.0, 0
	before := rundir.Snapshot{Sure: true}
	adjoins := true
	for _, m := range moments {
		refused += m.Refused
		if k == len(at) || at[k].Op != m.Op {
			adjoins = false
			continue
		}
		p := point{Moment: m, Snapshot: at[k], Op: m.Op, refusedSoFar: refused, requests: math.NaN()}
		p.holdsBack = m.Free < float64(p.Snapshot.Free)
		if adjoins && before.Sure {
			p.requests = float64(p.RequestsSoFar - before.RequestsSoFar)
		}
		if p.Sure {
			out = append(out, p)
		}
		before, adjoins = at[k], true
		k++
	}
	return out
}

// A quantity of a series that the trace shows, too: a rule of this package. A new one is
// a line in quantities. What one of the two does not have is NaN.
type quantity struct {
	unit          *schema.Unit
	said, counted func(p point) float64
	most          bool // an allocator may hold back some: it says no more than the trace shows
	whole         bool // comparable only where it holds nothing back
}

var quantities = []quantity{
	{unit: schema.LiveBytes,
		said:    func(p point) float64 { return p.Moment.Live },
		counted: func(p point) float64 { return float64(p.Snapshot.Live) }},
	{unit: schema.FreeBytes, most: true,
		said:    func(p point) float64 { return p.Moment.Free },
		counted: func(p point) float64 { return float64(p.Snapshot.Free) }},
	{unit: schema.LargestBytes, most: true,
		said:    func(p point) float64 { return p.Moment.Largest },
		counted: func(p point) float64 { return float64(p.Snapshot.Largest) }},
	{unit: schema.FragPct, whole: true,
		said:    func(p point) float64 { return p.Frag },
		counted: func(p point) float64 { return p.outside(p.Snapshot.Free - p.Snapshot.Largest) }},
	{unit: schema.Unusable64KPct, whole: true,
		said:    func(p point) float64 { return p.Unusable64K },
		counted: func(p point) float64 { return p.outside(p.Outside64K) }},
	{unit: schema.Unusable2MPct, whole: true,
		said:    func(p point) float64 { return p.Broken },
		counted: func(p point) float64 { return p.outside(p.Outside2M) }},
	{unit: schema.Refused,
		said:    func(p point) float64 { return p.refusedSoFar },
		counted: func(p point) float64 { return float64(p.FailsSoFar) }},
	{unit: schema.FailPct,
		said:    func(p point) float64 { return p.Fail },
		counted: func(p point) float64 { return 100 * p.Refused / max(1, p.requests) }},
}

// outside is a share of the free memory, in percent: NaN without any.
func (p point) outside(bytes uint64) float64 {
	if p.Snapshot.Free == 0 {
		return math.NaN()
	}
	return 100 * float64(bytes) / float64(p.Snapshot.Free)
}

// check reports what the two say, if they differ.
func (q quantity) check(p point) (c Contradiction, ok bool) {
	if q.whole && (p.holdsBack || math.IsNaN(p.Moment.Free)) {
		return c, false
	}
	said, counted := q.said(p), q.counted(p)
	const rounding = 1e-9
	if !(math.Abs(said-counted) > rounding*max(100, counted)) || q.most && p.holdsBack && said < counted { // NaN is not
		return c, false
	}
	return Contradiction{About: OfTrace, Unit: q.unit, A: said, B: counted}, true
}
