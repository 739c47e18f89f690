package report

import (
	"math"
)

// standing is two strategies side by side at one size.
type standing struct {
	n     float64
	ratio float64 // median time of the second by that of the first
	told  bool    // their samples lie apart
}

// servedAlike is the difference in requests served, in percent, up to which the
// times of two strategies are compared: a refusal would have to take thirty
// operations to make up what a difference must have to be called.
const servedAlike = 0.1

// sameWork reports whether two strategies served as much, as far as is known.
func (c *scalingCell) sameWork(o *scalingCell) bool {
	return !(math.Abs(c.served-o.served) > servedAlike)
}

// standings compares an operation of strategies a and b at every size at which
// both did the same work. They are told apart by the rule for sentences about
// times, and not at all when calls of one cross into a C library.
func (s scale) standings(self *SelfTest, op string, a, b int) []standing {
	la, lb := s.of(a, op), s.of(b, op)
	if la == nil || lb == nil || la.time.crosses || lb.time.crosses {
		return nil
	}
	var out []standing
	for _, p := range la.points {
		for _, q := range lb.points {
			if p.n == q.n && p.sameWork(q.scalingCell) {
				out = append(out, standing{p.n, q.median / p.median, self.ToldApart(p.time, q.time)})
			}
		}
	}
	return out
}

// crossover is where one strategy begins to take less time than another.
type crossover struct {
	below, above int     // who takes less on either side
	at           float64 // the size, between two that were measured
	lo, hi       float64 // the nearest sizes at which the two were told apart
}

// crossovers are the sizes at which the order of two strategies changes. A
// change counts only between two sizes at which they were told apart.
func crossovers(all []standing, a, b int) []crossover {
	var out []crossover
	last := -1
	for i, st := range all {
		if !st.told {
			continue
		}
		if last >= 0 && (all[last].ratio > 1) != (st.ratio > 1) {
			c := crossover{below: b, above: a, at: crossingPoint(all[last : i+1]), lo: all[last].n, hi: st.n}
			if all[last].ratio > 1 { // b takes more below
				c.below, c.above = a, b
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
		if (p.ratio > 1) != (q.ratio > 1) {
			part := math.Log(p.ratio) / (math.Log(p.ratio) - math.Log(q.ratio))
			return p.n * math.Pow(q.n/p.n, part)
		}
	}
	return between[0].n // not reached: the ends lie on either side
}

// crossed is a pair of strategies on one operation with what became of it.
type crossed struct {
	a, b      int
	op        string
	standings []standing
	at        []crossover
}

// allCrossed compares every two of so many strategies on every operation, the
// base's pairs first. One whose calls cross into a C library is compared with none: the
// crossing, which is not the library's work, would decide who takes less, and where.
func (s scale) allCrossed(self *SelfTest, strategies int) []crossed {
	var out []crossed
	for a := range strategies {
		for b := a + 1; b < strategies; b++ {
			for _, op := range scalingOps {
				if st := s.standings(self, op, a, b); len(st) > 0 {
					out = append(out, crossed{a, b, op, st, crossovers(st, a, b)})
				}
			}
		}
	}
	return out
}
