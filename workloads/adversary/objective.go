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

// MostLive is the largest live limit in pages: a game of more takes long.
const MostLive = 1 << 20

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
	return Attack{p, value, 2 * t.Live}, err
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
			return Attack{p, float64(at+1) / float64(pages), at * t.Page}, nil
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
		return Attack{p, 0, t.Live}, nil
	}
	return Attack{p, float64(lo+1) / float64(pages), lo * t.Page}, nil
}

// visits plays the program at a live limit of so many pages: the visits of an operation of
// its probe.
func (t Target) visits(p Program, pages uint64) (float64, error) {
	t.Live = pages * t.Page
	_, value, _, err := play(t.Strategy, t.rules(pages), p)
	return value, err
}

// steps are the live limits, relative to the target's, at which a search looks for growth.
var steps = []uint64{64, 16, 4, 1}

// steepness is the least exponent with which the visits of an operation grow from one
// live limit to the next. A step that happens once, as where an index is made, is no
// growth. One visit is added, since fewer are none either.
func (t Target) steepness(p Program) (Attack, error) {
	a := Attack{p, math.Inf(1), t.Live}
	var last float64
	for i, part := range steps {
		v, err := t.visits(p, t.part(part))
		if err != nil {
			return Attack{}, err
		}
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

// Growth is the exponent with which the visits of an operation grow with the live limit, in
// pages, fitted to all limits; and the visits at each.
func (t Target) Growth(ctx context.Context, p Program, limits []uint64) (exponent float64, visits []float64, err error) {
	defer strategies.Catch(&err)
	var n, cost []float64
	for _, pages := range limits {
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		v, err := t.visits(p, pages)
		if err != nil {
			return 0, nil, err
		}
		n, cost, visits = append(n, float64(pages)), append(cost, v+1), append(visits, v)
	}
	if l, ok := fit.Power(n, cost); ok {
		exponent = math.Round(l.Slope*1000) / 1000
	}
	return exponent, visits, nil
}
