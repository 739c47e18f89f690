package report

import (
	"math"
	"slices"
	"strings"
)

// timeText is the median of some times with the half width of its interval,
// as the table of times has it; the interval is left out where too few samples
// give none.
func timeText(times []float64) (value, spread string) {
	if len(times) == 0 {
		return none, ""
	}
	c := cellOfTimes(slices.Clone(times))
	if !math.IsInf(c.sum.Lo, 0) {
		spread = spreadText(c)
	}
	return duration(c.sum.Center), spread
}

// spreadText is the half width of the median's interval as benchstat has it.
func spreadText(c *cell) string {
	if c.isExact {
		return "exact"
	}
	s := c.sum.PctRangeString()
	return "±" + nbsp + strings.Replace(s, "%", nbsp+"%", 1)
}

// probability is the p of a comparison in benchstat's words, or that there is
// none to state.
func probability(p *Pair) string {
	if p.Base.isExact {
		return "exact"
	}
	return p.Cmp.String()
}
