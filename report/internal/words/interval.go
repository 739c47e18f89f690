package words

import (
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// TimeText is the median of some times with the half width of its interval,
// as the table of times has it; the interval is left out where too few samples
// give none.
func TimeText(times []float64) (value, spread string) {
	if len(times) == 0 {
		return text.None, ""
	}
	c := rundir.CellOfTimes(slices.Clone(times))
	if !math.IsInf(c.Sum.Lo, 0) {
		spread = SpreadText(c)
	}
	return text.Duration(c.Sum.Center), spread
}

// SpreadText is the half width of the median's interval as benchstat has it, up to 999 %.
func SpreadText(c *rundir.Cell) string {
	if c.IsExact {
		return "exact"
	}
	s := c.Sum.PctRangeString()
	if len(s) > len("999%") {
		s = ">999%" // these samples say nothing, however much more it is
	}
	return "±" + text.NBSP + strings.Replace(s, "%", text.NBSP+"%", 1)
}

// Probability is the p of a comparison in benchstat's words, or that there is
// none to state.
func Probability(p *judge.Pair) string {
	if p.Base.IsExact {
		return "exact"
	}
	return p.Cmp.String()
}

// Effect is the effect size of a comparison of times: in how many pairs of samples the
// other one is less, or more where that is most of them ([stat.Superiority]). It is empty
// for exact values.
func Effect(p *judge.Pair) string {
	if p.Base.IsExact {
		return ""
	}
	word, share := "less", stat.Superiority(p.Base.Sample.Values, p.Other.Sample.Values)
	if share < 0.5 {
		word, share = "more", 1-share
	}
	return word + " in " + text.Digits3(100*share) + text.NBSP + "%"
}
