package adversary

import (
	"context"
	"errors"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A Worst is the largest region that is known not to suffice for a strategy.
type Worst struct {
	Live, Largest uint64 // bytes: what may be live, and the largest request
	Region        uint64 // bytes of the region that is refused; 0: none was found
	By            string // the trace of the corpus, or "" for a program that was played
}

// WorstSizes are the largest requests for which a report shows the worst case: 2 to 64
// pages.
func WorstSizes() []uint64 {
	var list []uint64
	for n := uint64(2); n <= 64; n *= 2 {
		list = append(list, n*worstPage)
	}
	return list
}

// WorstOf is the worst case of s with requests of a page to largest bytes: of
// Robson's program and the [Climb], which are played, and of the traces of the corpus with
// such requests, also of those that were found for others: strategies that place alike
// share them.
func WorstOf(ctx context.Context, s strategies.Strategy, largest uint64) (w Worst, err error) {
	t := UsualTarget(s, Space, largest/worstPage)
	w = Worst{Live: t.Live, Largest: largest}
	top := uint8(bits.Len64(t.ratio()) - 1)
	for _, p := range []Program{Ladder(Occupy, top), Climb(top)} {
		if err := ctx.Err(); err != nil {
			return w, err
		}
		a, err := t.Evaluate(p)
		if err != nil {
			return w, err
		}
		if a.Value > 0 {
			w.Region = max(w.Region, a.Region)
		}
	}
	known, err := Corpus()
	if err != nil {
		return w, err
	}
	for _, p := range known {
		fits := p.Claim.Kind == Refusal && p.Region.Page == t.Page && largestOf(p.Ops) <= largest
		if !fits || p.Region.Size <= w.Region {
			continue
		}
		if err := ctx.Err(); err != nil {
			return w, err
		}
		if c, err := Measure(s, p.Region, p.Ops, Refusal, 1); err == nil && c.Live <= t.Live {
			w.Region, w.By = p.Region.Size, p.Name
		} else if v := new(strategies.Violation); errors.As(err, &v) {
			return w, err
		}
	}
	return w, nil
}

// Ratio is the region that is needed at least, by what is live: a page more than was
// refused. It is 0 if nothing was refused.
func (w Worst) Ratio() float64 {
	if w.Region == 0 {
		return 0
	}
	return float64(w.Region+worstPage) / float64(w.Live)
}

// Bound is what the best allocator needs, by what is live ([Robson]).
func (w Worst) Bound() float64 { return w.perLive(Robson) }

// FirstFit is what first fit by address needs at most, by what is live ([FirstFit]).
func (w Worst) FirstFit() float64 { return w.perLive(FirstFit) }

// HalfFit is what half fit needs at most, by what is live ([HalfFit]).
func (w Worst) HalfFit() float64 { return w.perLive(HalfFit) }

func (w Worst) perLive(bound func(m, n uint64) float64) float64 {
	m := w.Live / worstPage
	return bound(m, w.Largest/worstPage) / float64(m)
}

// largestOf is the largest request of operations.
func largestOf(ops []workloads.Op) (most uint64) {
	for i := range ops {
		if ops[i].Kind == workloads.Alloc {
			most = max(most, ops[i].Req.Size)
		}
	}
	return most
}
