package adversary

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// An Objective is what an attack is after.
type Objective string

// The objectives.
const (
	// Refusal: the largest share of a region that is free when a request is refused which is
	// not larger than that. The region is twice the live limit, requests are in one piece.
	Refusal Objective = "refusal"
	// Space: the largest region that does not suffice for the live limit, requests in one
	// piece. It is what Robson's bound is about.
	Space Objective = "region"
	// Segments: the most segments of one grant, requests in any number of pieces. The region
	// is twice the live limit: half of it is always free.
	Segments Objective = "segments"
	// Visits: how fast the visits of an operation grow with the live limit. All of the
	// region may be live.
	Visits Objective = "visits"
)

// Objectives are all of them.
func Objectives() []Objective { return []Objective{Refusal, Space, Segments, Visits} }

// A Target is what is attacked, and by which rules.
type Target struct {
	Strategy strategies.Strategy
	Aim      Objective
	Page     uint64 // bytes, the smallest request
	Live     uint64 // bytes that may be live: a multiple of 16 pages
	Largest  uint64 // bytes of the largest request
}

// worstLive is the live limit of a worst case, and worstPage the smallest request.
const (
	worstLive = 1 << 20
	worstPage = strategies.MinPage
)

// UsualTarget is that of the corpus, with requests of a page to so many: 1 MiB live, 32 MiB
// for [Visits].
func UsualTarget(s strategies.Strategy, aim Objective, largest uint64) Target {
	t := Target{Strategy: s, Aim: aim, Page: worstPage, Live: worstLive, Largest: largest * worstPage}
	if aim == Visits {
		t.Live *= 32
	}
	return t
}

// Validate reports what is wrong with t.
func (t Target) Validate() error {
	if err := (strategies.Region{Size: t.Page, Page: t.Page}).Validate(); err != nil {
		return err
	}
	switch pages := t.Live / t.Page; {
	case !slices.Contains(Objectives(), t.Aim):
		return fmt.Errorf("unknown objective %q (have %v)", t.Aim, Objectives())
	case t.Live%(16*t.Page) != 0 || pages < 16 || pages > MostLive:
		return fmt.Errorf("a live limit of %d bytes: it is 16 to %d pages of %d, and a multiple of 16", t.Live, MostLive, t.Page)
	case t.Largest%t.Page != 0 || t.Largest < t.Page || t.Largest > t.Live:
		return fmt.Errorf("a largest request of %d bytes: it is whole pages of %d, at most the live limit of %d", t.Largest, t.Page, t.Live)
	}
	return nil
}

// ratio is the largest request in smallest ones: Robson's n.
func (t Target) ratio() uint64 { return t.Largest / t.Page }

// rules are those of a game in a region of so many pages.
func (t Target) rules(pages uint64) Rules {
	return Rules{strategies.Region{Size: pages * t.Page, Page: t.Page}, t.Live, t.Largest, t.Aim}
}

// An Attack is a program with what it does to the target.
type Attack struct {
	Program Program `json:"program"`
	Value   float64 `json:"value"` // of the objective, more is worse for the strategy; 0: it does nothing
	Region  uint64  `json:"region"`
	Seen    float64 `json:"seen,omitempty"` // for Visits: the most of an operation at one of the limits
}

// Evaluate plays a program. Of two programs it says the same in whatever order.
func (t Target) Evaluate(p Program) (a Attack, err error) {
	defer strategies.Catch(&err)
	a.Program = p
	pages := t.Live / t.Page
	switch t.Aim {
	case Space:
		return t.space(p)
	case Visits:
		return t.steepness(p)
	}
	_, value, _, err := play(t.Strategy, t.rules(2*pages), p)
	return Attack{Program: p, Value: value, Region: 2 * t.Live}, err
}

// Trace is the operations of an attack, up to the one that it is about.
func (t Target) Trace(a Attack) (region strategies.Region, ops []workloads.Op, err error) {
	defer strategies.Catch(&err)
	r := t.rules(a.Region / t.Page)
	ops, _, _, err = play(t.Strategy, r, a.Program)
	return r.Region, ops, err
}

// space finds the largest region, in pages, in which the program wins, from the live limit
// up to far more than Robson's bound. It is found by bisection: a larger one by chance is
// missed.
func (t Target) space(p Program) (Attack, error) {
	pages := t.Live / t.Page
	wins := func(region uint64) (bool, error) {
		_, _, ok, err := play(t.Strategy, t.rules(region), p)
		return ok, err
	}
	lo, hi := pages-1, uint64(0)
	for step := max(1, pages/8); hi == 0; step *= 2 {
		at := lo + step
		ok, err := wins(at)
		switch {
		case err != nil:
			return Attack{}, err
		case !ok:
			hi = at
		case at > 64*pages:
			return Attack{Program: p, Value: float64(at+1) / float64(pages), Region: at * t.Page}, nil
		default:
			lo = at
		}
	}
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		ok, err := wins(mid)
		if err != nil {
			return Attack{}, err
		}
		if ok {
			lo = mid
		} else {
			hi = mid
		}
	}
	if lo < pages {
		return Attack{Program: p, Value: 0, Region: t.Live}, nil
	}
	return Attack{Program: p, Value: float64(lo+1) / float64(pages), Region: lo * t.Page}, nil
}

// steps are the live limits, relative to the target's, at which a search looks for growth.
var steps = []uint64{64, 16, 4, 1}

// Limits are the live limits, in pages, at which a search for visits plays each program.
func (t Target) Limits() (list []uint64) {
	for _, part := range steps {
		list = append(list, t.part(part))
	}
	return list
}

// steepness is the least exponent with which the visits of an operation grow from one
// live limit to the next. A step that happens once, as where an index is made, is no
// growth. One visit is added, since fewer are none either.
func (t Target) steepness(p Program) (Attack, error) {
	a := Attack{Program: p, Value: math.Inf(1), Region: t.Live}
	var last float64
	for i, part := range steps {
		v, _, err := t.visits(p, t.part(part))
		if err != nil {
			return Attack{}, err
		}
		a.Seen = max(a.Seen, v)
		if v++; i > 0 {
			a.Value = min(a.Value, math.Log(v/last)/math.Log(float64(steps[i-1]/part)))
			if a.Value <= 0 {
				a.Value = 0
				return a, nil
			}
		}
		last = v
	}
	a.Value = math.Round(a.Value*1000) / 1000
	return a, nil
}

// visits plays the program at a live limit of so many pages: the visits of an operation of
// its probe, and the work of the game, in operations and visits; none if the probe was too
// short to tell.
func (t Target) visits(p Program, pages uint64) (each float64, work uint64, err error) {
	t.Live = pages * t.Page
	g, err := played(t.Strategy, t.rules(pages), p)
	if err != nil || g.asked < leastProbes {
		return g.best, 0, err
	}
	work = uint64(len(g.ops))
	if c, ok := strategies.As[strategies.Counter](g.a); ok {
		work += c.Counters().Visits
	}
	return g.best, work, nil
}

// leastProbes is the number of requests from which on a probe tells what an operation takes.
const leastProbes = 8

// How far growths are played: up to some live limit, and no further than the first by which
// so much work is exceeded, in operations and visits; but as far as it takes to tell a law.
const (
	quickLimit = 1 << 13 // of the tests of the corpus, in pages
	chooseWork = 1 << 20
	growthPart = 128 // the largest live limit of a claim, by that of the target
)

var growthWork uint64 = 1 << 26 // tests have less

// growth plays a program from one live limit to another, in pages.
func (t Target) growth(ctx context.Context, p Program, from, to, most uint64) (g Growth, err error) {
	defer strategies.Catch(&err)
	g = Growth{From: from, Largest: t.ratio()}
	var done uint64
	for n := from; n <= min(to, MostLive) && (done <= most || len(g.Visits) <= fit.LeastDoublings); n *= 2 {
		if err := ctx.Err(); err != nil {
			return g, err
		}
		v, work, err := t.visits(p, n)
		if err != nil {
			return g, err
		}
		if work == 0 && len(g.Visits) > fit.LeastDoublings {
			break
		}
		done += work
		g.Visits = append(g.Visits, math.Round(100*v)/100)
	}
	return g, nil
}
