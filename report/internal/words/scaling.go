package words

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// symbol is the name of the size that grows, as it stands in a power law.
func symbol(s judge.Scale) string {
	if s.ByRegion {
		return "region"
	}
	return "live"
}

// sizeText is a size that grows.
func sizeText(s judge.Scale, n float64) string {
	if s.ByRegion {
		return text.Size(stat.ToBytes(n))
	}
	return text.Plural(n, "live object", "live objects")
}

// AxisText is a size that grows without its noun.
func AxisText(s judge.Scale, n float64) string {
	if s.ByRegion {
		return text.Size(stat.ToBytes(n))
	}
	return text.Exact(n)
}

// noun follows a size where it does not say by its unit what it is.
func noun(s judge.Scale) string {
	if s.ByRegion {
		return ""
	}
	return text.NBSP + "live objects"
}

// about is a size between two that were measured, with two digits: more would
// be more than an interpolation knows.
func about(s judge.Scale, n float64) string {
	if s.ByRegion {
		v, unit := text.SizeUnit(stat.ToBytes(n))
		return text.Short3(round2Digits(v)) + text.NBSP + unit
	}
	return text.Exact(math.Round(round2Digits(n)))
}

func round2Digits(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v))-1)
	return math.Round(v/p) * p
}

// SpanText is "From 1,000 to 1,000,000 live objects".
func SpanText(s judge.Scale) string {
	lo, hi := s.Span()
	if s.ByRegion {
		return "From " + text.Size(stat.ToBytes(lo)) + " to " + text.Size(stat.ToBytes(hi)) + " of region"
	}
	return "From " + text.Exact(lo) + " to " + sizeText(s, hi)
}

// FixedText says what stays.
func FixedText(s judge.Scale) string {
	if s.ByRegion {
		return text.Plural(float64(s.Fixed), "live object", "live objects")
	}
	return "a region of " + text.Size(s.Fixed)
}

// Exponent is an exponent with two decimals.
func Exponent(b float64) string {
	phrase := fmt.Sprintf("%.2f", math.Abs(b))
	if b < 0 && phrase != "0.00" {
		return text.Minus + phrase
	}
	return phrase
}

// ExponentInterval is "0.05 to 0.11", or why there is none.
func ExponentInterval(f judge.ScaleFit) string {
	switch {
	case !f.OK:
		return ""
	case !f.Bounded():
		return "two sizes, no interval"
	}
	return Exponent(f.Lo) + " to " + Exponent(f.Hi)
}

// law is "live^0.98".
func law(s judge.Scale, b float64) string { return symbol(s) + "^" + Exponent(b) }

// scaleFinding sorts the lines of a part by what their fits say.
type scaleFinding struct {
	fast, unknown []judge.ScaleLine
	rest          int
	bound         float64 // the greatest upper end of the rest's intervals
	grows         bool    // one of the rest does
}

// findGrowth sorts lines by the fit that of chooses; lines without one are
// left out.
func findGrowth(s judge.Scale, of func(judge.ScaleLine) judge.ScaleFit) scaleFinding {
	f := scaleFinding{bound: math.Inf(-1)}
	for _, l := range s.Lines {
		fit := of(l)
		if !fit.OK {
			continue
		}
		switch g := fit.Growth(); g {
		case judge.GrowthFast:
			f.fast = append(f.fast, l)
		case judge.GrowthUnknown:
			f.unknown = append(f.unknown, l)
		default:
			f.rest++
			f.bound = max(f.bound, fit.Hi)
			f.grows = f.grows || g == judge.GrowthSlow
		}
	}
	return f
}

func timeFit(l judge.ScaleLine) judge.ScaleFit { return l.Time }

func visitsFit(l judge.ScaleLine) judge.ScaleFit { return l.Visits }

// ScalingHeading states how cost grows with the size: which operations grow
// faster than a logarithm could, of which this run cannot tell, and what bounds
// all others. A run too noisy to call times speaks of exact visits.
func ScalingHeading(self *judge.SelfTest, s judge.Scale) text.Prose {
	return scalingHeading(self, s, "Too noisy to compare times; by exact counts of the places visited: ")
}

// ScalingBrief is the same for a line of a terminal.
func ScalingBrief(self *judge.SelfTest, s judge.Scale) text.Prose {
	return scalingHeading(self, s, "By exact counts: ")
}

// scalingHeading is the heading; where a run is too noisy, with what says that counts are
// spoken of.
func scalingHeading(self *judge.SelfTest, s judge.Scale, counts text.Prose) text.Prose {
	if self.Failed {
		f := findGrowth(s, visitsFit)
		if f.empty() {
			return "This run is too noisy to say how times grow"
		}
		return counts + text.Prose(text.LowerFirst(string(growthHeading(s, f, visitsFit))))
	}
	f := findGrowth(s, timeFit)
	if f.empty() {
		lo, _ := s.Span()
		return text.Prose("One size, " + sizeText(s, lo) + ", shows no growth")
	}
	return growthHeading(s, f, timeFit)
}

func (f scaleFinding) empty() bool { return f.rest == 0 && len(f.fast) == 0 && len(f.unknown) == 0 }

// growthHeading is the heading of a finding.
func growthHeading(s judge.Scale, f scaleFinding, of func(judge.ScaleLine) judge.ScaleFit) text.Prose {
	head := SpanText(s) + " "
	switch {
	case len(f.fast) > 0:
		head += growing(f.fast, func(l judge.ScaleLine) string { return " as " + law(s, of(l).B) })
		if len(f.unknown) > 0 {
			head += "; this run cannot tell how " + growing(f.unknown, nil) + countedInstead(s, f.unknown)
		}
	case f.rest == 0 && len(f.unknown) > 1:
		head += "this run cannot tell how any operation grows" + countedInstead(s, f.unknown)
	case len(f.unknown) > 0:
		head += "this run cannot tell how " + growing(f.unknown, nil) + countedInstead(s, f.unknown)
	case f.grows:
		return text.Prose(head + "no operation grows faster than " + law(s, f.bound))
	case f.bound < 0.005:
		return text.Prose(head + "no operation grows")
	default:
		return text.Prose(head + "no growth is found; exponents above " + Exponent(f.bound) + " are excluded")
	}
	switch {
	case f.rest == 0:
	case f.bound < 0.005:
		head += "; the rest does not grow"
	default:
		head += "; the rest grows no faster than " + law(s, f.bound)
	}
	return text.Prose(head)
}

// countedInstead is what exact visits say of the lines whose times say nothing;
// it is empty unless they tell it of all of them.
func countedInstead(s judge.Scale, unknown []judge.ScaleLine) string {
	v := findGrowth(judge.Scale{ByRegion: s.ByRegion, Lines: unknown}, visitsFit)
	const exactly = " (exact counts of the places visited: "
	switch {
	case len(unknown) == 0 || v.rest < len(unknown):
		return ""
	case v.bound < 0.005:
		return exactly + "no growth)"
	}
	return exactly + "no faster than " + law(s, v.bound) + ")"
}

// mostOperations operations are named in a heading, the others counted.
const mostOperations = 3

// growing is "list's alloc grows as live^0.98 and list's free as live^0.97",
// with what follows each name from say.
func growing(lines []judge.ScaleLine, say func(judge.ScaleLine) string) string {
	verb := "grows"
	if len(lines) > 1 && say == nil {
		verb = "grow"
	}
	var parts []string
	for i, l := range lines {
		if i == mostOperations && len(lines) > i+1 {
			parts = append(parts, text.Count(len(lines)-i)+text.NBSP+"others")
			break
		}
		part := text.Mark(l.Strategy) + "'s " + l.Op
		if say != nil {
			if i == 0 {
				part += " " + verb
			}
			part += say(l)
		}
		parts = append(parts, part)
	}
	if say == nil {
		return text.List(parts) + " " + verb
	}
	return text.List(parts)
}

// strategySentence says of a strategy what was measured and fitted.
func strategySentence(s judge.Scale, strategy int) text.Prose {
	var parts []string
	for _, op := range rundir.ScalingOps {
		l := s.Of(strategy, op)
		if l == nil {
			continue
		}
		first, last := l.Points[0], l.Points[len(l.Points)-1]
		phrase := op + " " + text.Duration(first.Median) + " at " + AxisText(s, first.N)
		if len(l.Points) > 1 {
			phrase += ", " + text.Duration(last.Median) + " at " + AxisText(s, last.N)
		}
		if l.Time.OK {
			phrase += ", " + law(s, l.Time.B) + " (" + ExponentInterval(l.Time) + ")"
		}
		if l.Visits.OK {
			phrase += ", visits " + law(s, l.Visits.B)
		}
		parts = append(parts, phrase)
	}
	if len(parts) == 0 {
		return ""
	}
	return text.Prose(text.Mark(strategy) + ": " + strings.Join(parts, "; ") + ".")
}

// GrowthCrossings says whose times in some parts of the sweep contain a crossing.
func GrowthCrossings(names list.Names, crossings rundir.Crossings, parts []judge.Scale) text.Prose {
	return contained(names, crossings, func(strategy int) bool {
		return slices.ContainsFunc(parts, func(s judge.Scale) bool {
			return s.Of(strategy, rundir.ScalingOps[0]) != nil || s.Of(strategy, rundir.ScalingOps[1]) != nil
		})
	}, "which pulls exponents towards 0; comparisons with others are left out")
}

// ScalingSentences are what the scaling sweep found: for each size that grows the
// finding, a line for every strategy, and where strategies cross; at last whose
// times contain a crossing into a C library. There are none without a sweep.
func ScalingSentences(names list.Names, self *judge.SelfTest, scaling rundir.Scaling, crossings rundir.Crossings) []text.Prose {
	var out []text.Prose
	shown, _ := judge.Scales(names, scaling, crossings)
	for _, s := range shown {
		all := []text.Prose{ScalingHeading(self, s) + text.Prose(" ("+FixedText(s)+"; in brackets 95"+text.NBSP+"% intervals).")}
		for i := range names {
			all = append(all, strategySentence(s, i))
		}
		all = append(all, CrossingSentences(names, self, s)...)
		for _, phrase := range all {
			if phrase != "" {
				out = append(out, phrase)
			}
		}
	}
	if phrase := GrowthCrossings(names, crossings, shown); phrase != "" {
		out = append(out, phrase)
	}
	return out
}

// RefusedShares says which strategies refused requests in a part, and what that
// does to comparisons; it is empty when none did.
func RefusedShares(s judge.Scale) text.Prose {
	var parts []string
	least := make(map[int]float64)
	for _, l := range s.Lines {
		for _, p := range l.Points {
			if before, ok := least[l.Strategy]; p.Served < 100 && (!ok || p.Served < before) {
				least[l.Strategy] = p.Served
			}
		}
	}
	for _, l := range s.Lines {
		if served, ok := least[l.Strategy]; ok {
			parts = append(parts, text.Mark(l.Strategy)+" "+text.Percent(100-served))
			delete(least, l.Strategy)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return text.Prose("Largest share of requests refused: " + text.List(parts) + ". Strategies are compared at a size only where they served the same.")
}

// ScalingNote says what limits the sweep.
func ScalingNote(names list.Names, self *judge.SelfTest) string {
	note := "Points are medians, strokes the range of their samples, dashes the fitted law a·n^b, rings where strategies cross. The 95" + text.NBSP + "% interval of b is of the points around the law (Student's t, one degree of freedom for each size beyond two): it includes noise and curvature, and a curve that bends is not a power law. " +
		"Growth below " + Exponent(judge.Logarithmic) + " is reported as no faster than logarithmic: over three decades a logarithm fits 0.1."
	if len(names) > 1 {
		note += " Strategies cross only between sizes at which all samples of one lie below those of the other, by " + text.Percent(100*self.LeastTold()) + " at least; the point between is interpolated."
	}
	return note + " The region is equally full at every point: more objects in the same region are smaller ones. Visits are counted and exact; the interval of their exponent shows curvature alone."
}
