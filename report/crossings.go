package report

import (
	"fmt"
	"math"
	"strings"
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
// times, and when they differ by more than two instances of one allocator do.
func (r *Run) standings(s scale, op string, a, b int) []standing {
	la, lb := s.of(a, op), s.of(b, op)
	if la == nil || lb == nil {
		return nil
	}
	var out []standing
	for _, p := range la.points {
		for _, q := range lb.points {
			if p.n == q.n && p.sameWork(q.scalingCell) {
				out = append(out, standing{p.n, q.median / p.median, r.toldApart(p.time, q.time)})
			}
		}
	}
	return out
}

// toldApart reports whether a difference between two sets of times may be put
// into a sentence, whichever is less.
func (r *Run) toldApart(a, b []float64) bool {
	ratio := median(append([]float64(nil), a...)) / median(append([]float64(nil), b...))
	if math.Max(ratio, 1/ratio) < 1+max(loud, r.self.typical) {
		return false
	}
	return r.calls(a, b) || r.calls(b, a)
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

// allCrossed compares every two strategies on every operation, the base's
// pairs first. One whose calls cross into a C library is compared with none: the
// crossing, which is not the library's work, would decide who takes less, and where.
func (r *Run) allCrossed(s scale) []crossed {
	var out []crossed
	for a := range r.strategies {
		for b := a + 1; b < len(r.strategies); b++ {
			if r.crosses(a) || r.crosses(b) {
				continue
			}
			for _, op := range scalingOps {
				if st := r.standings(s, op, a, b); len(st) > 0 {
					out = append(out, crossed{a, b, op, st, crossovers(st, a, b)})
				}
			}
		}
	}
	return out
}

// sentence says where the two cross; it is empty where they do not.
func (c crossed) sentence(s scale) prose {
	what := upperFirst(c.op)
	switch len(c.at) {
	case 0:
		return ""
	case 1:
		x := c.at[0]
		return prose(fmt.Sprintf("%s: below about %s %s takes less time, above %s (told apart at %s and at %s).", what,
			s.about(x.at)+s.noun(), mark(x.below), mark(x.above), s.axisText(x.lo), s.axisText(x.hi)))
	}
	var at []string
	for _, x := range c.at {
		at = append(at, s.about(x.at))
	}
	first := c.at[0]
	return prose(fmt.Sprintf("%s: %s takes less time at first, and changes places with %s at about %s.", what, mark(first.below), mark(first.above), list(at)))
}

// mostCrossings are put into sentences; a table has all.
const mostCrossings = 6

// crossingSentences say where strategies cross, the base's pairs first.
func (r *Run) crossingSentences(s scale) []prose {
	var out []prose
	left := 0
	for _, c := range r.allCrossed(s) {
		switch text := c.sentence(s); {
		case text == "":
		case len(out) < mostCrossings:
			out = append(out, text)
		default:
			left++
		}
	}
	if left > 0 {
		out = append(out, prose(plural(float64(left), "more crossing", "more crossings")+" in the table of every two strategies."))
	}
	return out
}

// outcome is the cell of a table: who takes less, where the two could be told
// apart, and by how much.
func (c crossed) outcome(s scale) prose {
	told, lo, hi := 0, math.Inf(1), math.Inf(-1)
	for _, st := range c.standings {
		if st.told {
			told++
			lo, hi = min(lo, st.ratio-1), max(hi, st.ratio-1)
		}
	}
	switch {
	case told == 0:
		return "not told apart"
	case len(c.at) > 0:
		var at []string
		for _, x := range c.at {
			at = append(at, s.about(x.at)+" "+mark(x.above))
		}
		return prose(mark(c.at[0].below) + ", from about " + strings.Join(at, ", from about "))
	}
	less, more := c.a, amountRange(lo, hi)
	if hi < 0 {
		less, more = c.b, amountRange(invert(hi), invert(lo))
	}
	text := mark(less) + ", the other takes " + more
	if told < len(c.standings) {
		text += fmt.Sprintf(" (told apart at %d of %d sizes)", told, len(c.standings))
	}
	return prose(text)
}

// amountRange is "12 to 58 % more time" or "1.2 to 31 times the time".
func amountRange(lo, hi float64) string {
	if hi >= 1 {
		return span(round2(1+lo), round2(1+hi), " times the time")
	}
	return span(round2(100*lo), round2(100*hi), nbsp+"% more time")
}
