package judge

import (
	"math"

	"github.com/vramlab/vramlab/report/internal/rundir"
)

// standing is two strategies side by side at one size.
type standing struct {
	n     float64
	Ratio float64 // median time of the second by that of the first
	Told  bool    // their samples lie apart
}

// sameWork reports whether two strategies served as much; runs of old do not say.
func sameWork(c *rundir.ScalingCell, o *rundir.ScalingCell) bool {
	return c.Served == o.Served || math.IsNaN(c.Served) && math.IsNaN(o.Served)
}

// standings compares an operation of strategies a and b at every size at which
// both did the same work. Their difference is told by the rule for sentences
// about times, and not at all when calls of one cross into a C library.
func (s Scale) standings(self *SelfTest, op string, a, b int) []standing {
	la, lb := s.Of(a, op), s.Of(b, op)
	if la == nil || lb == nil || la.Time.crosses || lb.Time.crosses {
		return nil
	}
	var out []standing
	for _, p := range la.Points {
		for _, q := range lb.Points {
			if p.N == q.N && sameWork(p.ScalingCell, q.ScalingCell) {
				out = append(out, standing{p.N, q.Median / p.Median, self.toldApart(p.Time, q.Time)})
			}
		}
	}
	return out
}

// Crossover is where one strategy begins to take less time than another.
type Crossover struct {
	Below, Above int     // the strategy that takes less on either side
	At           float64 // the size, between two that were measured
	Lo, Hi       float64 // the nearest sizes at which the difference was told
}

// crossovers are the sizes at which the order of two strategies changes. A
// change counts only between two sizes at which it was told.
func crossovers(all []standing, a, b int) []Crossover {
	var out []Crossover
	last := -1
	for i, st := range all {
		if !st.Told {
			continue
		}
		if last >= 0 && (all[last].Ratio > 1) != (st.Ratio > 1) {
			c := Crossover{Below: b, Above: a, At: crossingPoint(all[last : i+1]), Lo: all[last].n, Hi: st.n}
			if all[last].Ratio > 1 { // b takes more below
				c.Below, c.Above = a, b
			}
			out = append(out, c)
		}
		last = i
	}
	return out
}

// crossingPoint is where the ratio becomes one, on a straight line between the
// two sizes around it; both axes are logarithms.
func crossingPoint(between []standing) float64 {
	for i := 1; i < len(between); i++ {
		p, q := between[i-1], between[i]
		if (p.Ratio > 1) != (q.Ratio > 1) {
			part := math.Log(p.Ratio) / (math.Log(p.Ratio) - math.Log(q.Ratio))
			return p.n * math.Pow(q.n/p.n, part)
		}
	}
	return between[0].n // not reached: the ends lie on either side
}

// Crossed is a pair of strategies on one operation with what became of it.
type Crossed struct {
	A, B      int
	Op        string
	Standings []standing
	At        []Crossover
}

// AllCrossed compares every pair of n strategies on every operation, the
// base's pairs first. One whose calls cross into a C library is compared with none: the
// crossing, which is not the library's work, would decide who takes less, and where.
func (s Scale) AllCrossed(self *SelfTest, strategies int) []Crossed {
	var out []Crossed
	for a := range strategies {
		for b := a + 1; b < strategies; b++ {
			for _, op := range rundir.ScalingOps {
				if st := s.standings(self, op, a, b); len(st) > 0 {
					out = append(out, Crossed{a, b, op, st, crossovers(st, a, b)})
				}
			}
		}
	}
	return out
}
