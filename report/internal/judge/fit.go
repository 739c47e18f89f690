package judge

import (
	"math"

	"github.com/aclements/go-moremath/stats"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// powerLaw is cost = a * n^b, fitted to the points of a curve by least squares
// on logarithms.
type powerLaw struct {
	A, B   float64
	Lo, Hi float64 // 95 % interval of b; infinite with two points
}

// fitPower fits a power law to costs at sizes. Each point counts once, however
// many samples its cost is the median of: samples of one size share whatever
// lifts that size off the line, a cache that was outgrown for one, so that
// counting each would make an interval of false narrowness. The interval is
// of the points around the line and includes noise and curvature. ok is false
// with less than two sizes, or with a size or a cost that has no logarithm.
func fitPower(sizes, costs []float64) (p powerLaw, ok bool) {
	l, ok := fit.Power(sizes, costs)
	half := slopeHalf(l, len(sizes))
	return powerLaw{math.Exp(l.Intercept), l.Slope, l.Slope - half, l.Slope + half}, ok
}

// slopeHalf is half the width of the interval of the slope of a line through n
// points, by Student's t; infinite for two points.
func slopeHalf(l fit.Line, n int) float64 {
	free := float64(n - 2)
	if free < 1 {
		return math.Inf(1)
	}
	return tQuantile(free) * math.Sqrt(l.Rest/free/l.Spread)
}

// tQuantile is the distance from 0 within which Student's t with so many
// degrees of freedom stays with the probability of all intervals here.
func tQuantile(free float64) float64 {
	return stats.InvCDF(stats.TDist{V: free})(1 - (1-stat.Confidence)/2)
}

// At is the cost that the law gives a size.
func (p powerLaw) At(n float64) float64 { return p.A * math.Pow(n, p.B) }

// Bounded reports whether the exponent has an interval.
func (p powerLaw) Bounded() bool { return !math.IsInf(p.Hi, 0) }

// Growth is what the interval of an exponent says.
type Growth int

const (
	GrowthUnknown Growth = iota // no interval, or one that reaches from slow to fast
	growthNone                  // holds 0 as it is shown, or lies below
	GrowthSlow                  // above 0, below what a logarithm may seem to have
	GrowthFast                  // above that
)

// Logarithmic is the exponent below which growth is called no faster than a
// logarithm's: over 1,000 to 1,000,000 a logarithm fits an exponent of 0.1,
// over 16 to 4,096 one of 0.2.
const Logarithmic = 0.2

func (p powerLaw) growth() Growth {
	switch {
	case !p.Bounded():
		return GrowthUnknown
	case p.Lo >= Logarithmic:
		return GrowthFast
	case p.Hi >= Logarithmic:
		return GrowthUnknown
	case p.Lo >= 0.005: // what is shown as 0.01
		return GrowthSlow
	}
	return growthNone
}
