package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// symbol is the name of the size that grows, as it stands in a power law.
func (s scale) symbol() string {
	if s.byRegion {
		return "region"
	}
	return "live"
}

// sizeText is a size that grows.
func (s scale) sizeText(n float64) string {
	if s.byRegion {
		return size(toBytes(n))
	}
	return plural(n, "live object", "live objects")
}

// axisText is a size that grows without its noun.
func (s scale) axisText(n float64) string {
	if s.byRegion {
		return size(toBytes(n))
	}
	return exact(n)
}

// noun follows a size where it does not say by its unit what it is.
func (s scale) noun() string {
	if s.byRegion {
		return ""
	}
	return nbsp + "live objects"
}

// about is a size between two that were measured, with two digits: more would
// be more than an interpolation knows.
func (s scale) about(n float64) string {
	if s.byRegion {
		v, unit := sizeUnit(toBytes(n))
		return short3(round2Digits(v)) + nbsp + unit
	}
	return exact(math.Round(round2Digits(n)))
}

func round2Digits(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v))-1)
	return math.Round(v/p) * p
}

// spanText is "From 1,000 to 1,000,000 live objects".
func (s scale) spanText() string {
	lo, hi := s.span()
	if s.byRegion {
		return "From " + size(toBytes(lo)) + " to " + size(toBytes(hi)) + " of region"
	}
	return "From " + exact(lo) + " to " + s.sizeText(hi)
}

// fixedText says what stays.
func (s scale) fixedText() string {
	if s.byRegion {
		return plural(float64(s.fixed), "live object", "live objects")
	}
	return "a region of " + size(s.fixed)
}

// exponent is an exponent with two decimals.
func exponent(b float64) string {
	text := fmt.Sprintf("%.2f", math.Abs(b))
	if b < 0 && text != "0.00" {
		return minus + text
	}
	return text
}

// interval is "0.05 to 0.11", or why there is none.
func (f scaleFit) interval() string {
	switch {
	case !f.ok:
		return ""
	case !f.bounded():
		return "two sizes, no interval"
	}
	return exponent(f.lo) + " to " + exponent(f.hi)
}

// law is "live^0.98".
func (s scale) law(b float64) string { return s.symbol() + "^" + exponent(b) }

// scaleFinding sorts the lines of a part by what their fits say.
type scaleFinding struct {
	fast, unknown []scaleLine
	rest          int
	bound         float64 // the greatest upper end of the rest's intervals
	grows         bool    // one of the rest does
}

// findGrowth sorts lines by the fit that of chooses; lines without one are
// left out.
func (s scale) findGrowth(of func(scaleLine) scaleFit) scaleFinding {
	f := scaleFinding{bound: math.Inf(-1)}
	for _, l := range s.lines {
		fit := of(l)
		if !fit.ok {
			continue
		}
		switch g := fit.growth(); g {
		case growthFast:
			f.fast = append(f.fast, l)
		case growthUnknown:
			f.unknown = append(f.unknown, l)
		default:
			f.rest++
			f.bound = max(f.bound, fit.hi)
			f.grows = f.grows || g == growthSlow
		}
	}
	return f
}

func timeFit(l scaleLine) scaleFit   { return l.time }
func visitsFit(l scaleLine) scaleFit { return l.visits }

// scalingHeading states how cost grows with the size: which operations grow
// faster than a logarithm could, of which this run cannot tell, and what bounds
// all others. A run too noisy to call times speaks of exact visits.
func scalingHeading(self *SelfTest, s scale) prose {
	if self.Failed {
		f := s.findGrowth(visitsFit)
		if f.empty() {
			return "This run is too noisy to say how times grow"
		}
		return "Too noisy to call times; by places looked at, which are exact: " + prose(lowerFirst(string(s.growthHeading(f, visitsFit))))
	}
	f := s.findGrowth(timeFit)
	if f.empty() {
		lo, _ := s.span()
		return prose("One size, " + s.sizeText(lo) + ", shows no growth")
	}
	return s.growthHeading(f, timeFit)
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func (f scaleFinding) empty() bool { return f.rest == 0 && len(f.fast) == 0 && len(f.unknown) == 0 }

// growthHeading is the heading of a finding.
func (s scale) growthHeading(f scaleFinding, of func(scaleLine) scaleFit) prose {
	head := s.spanText() + " "
	switch {
	case len(f.fast) > 0:
		head += growing(f.fast, func(l scaleLine) string { return " as " + s.law(of(l).b) })
		if len(f.unknown) > 0 {
			head += "; this run cannot tell how " + growing(f.unknown, nil) + s.countedInstead(f.unknown)
		}
	case f.rest == 0 && len(f.unknown) > 1:
		head += "this run cannot tell how any operation grows" + s.countedInstead(f.unknown)
	case len(f.unknown) > 0:
		head += "this run cannot tell how " + growing(f.unknown, nil) + s.countedInstead(f.unknown)
	case f.grows:
		return prose(head + "no operation grows faster than " + s.law(f.bound))
	case f.bound < 0.005:
		return prose(head + "no operation grows")
	default:
		return prose(head + "no growth is found; exponents above " + exponent(f.bound) + " are excluded")
	}
	switch {
	case f.rest == 0:
	case f.bound < 0.005:
		head += "; the rest does not grow"
	default:
		head += "; the rest grows no faster than " + s.law(f.bound)
	}
	return prose(head)
}

// countedInstead is what exact visits say of the lines whose times say nothing;
// it is empty unless they tell it of all of them.
func (s scale) countedInstead(unknown []scaleLine) string {
	v := scale{byRegion: s.byRegion, lines: unknown}.findGrowth(visitsFit)
	const exactly = " (places looked at, which are exact: "
	switch {
	case len(unknown) == 0 || v.rest < len(unknown):
		return ""
	case v.bound < 0.005:
		return exactly + "no growth)"
	}
	return exactly + "no faster than " + s.law(v.bound) + ")"
}

// mostOperations operations are named in a heading, the others counted.
const mostOperations = 3

// growing is "list's alloc grows as live^0.98 and list's free as live^0.97",
// with what follows each name from say.
func growing(lines []scaleLine, say func(scaleLine) string) string {
	verb := "grows"
	if len(lines) > 1 && say == nil {
		verb = "grow"
	}
	var parts []string
	for i, l := range lines {
		if i == mostOperations && len(lines) > i+1 {
			parts = append(parts, count(len(lines)-i)+nbsp+"others")
			break
		}
		part := mark(l.strategy) + "'s " + l.op
		if say != nil {
			if i == 0 {
				part += " " + verb
			}
			part += say(l)
		}
		parts = append(parts, part)
	}
	if say == nil {
		return list(parts) + " " + verb
	}
	return list(parts)
}

// strategySentence says of a strategy what was measured and fitted.
func (s scale) strategySentence(strategy int) prose {
	var parts []string
	for _, op := range scalingOps {
		l := s.of(strategy, op)
		if l == nil {
			continue
		}
		first, last := l.points[0], l.points[len(l.points)-1]
		text := op + " " + duration(first.median) + " at " + s.axisText(first.n)
		if len(l.points) > 1 {
			text += ", " + duration(last.median) + " at " + s.axisText(last.n)
		}
		if l.time.ok {
			text += ", " + s.law(l.time.b) + " (" + l.time.interval() + ")"
		}
		if l.visits.ok {
			text += ", visits " + s.law(l.visits.b)
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return prose(mark(strategy) + ": " + strings.Join(parts, "; ") + ".")
}

// sweptCrossings says whose times in some parts of the sweep contain a crossing.
func sweptCrossings(names Names, crossings Crossings, parts []scale) prose {
	return contained(names, crossings, func(strategy int) bool {
		return slices.ContainsFunc(parts, func(s scale) bool {
			return s.of(strategy, scalingOps[0]) != nil || s.of(strategy, scalingOps[1]) != nil
		})
	}, "which pulls exponents towards 0; comparisons with others are left out")
}

// scalingSentences are what the scaling sweep found: for each size that grows the
// finding, a line for every strategy, and where strategies cross; at last whose
// times contain a crossing into a C library. There are none without a sweep.
func scalingSentences(names Names, self *SelfTest, scaling Scaling, crossings Crossings) []prose {
	var out []prose
	shown, _ := scales(names, scaling, crossings)
	for _, s := range shown {
		all := []prose{scalingHeading(self, s) + prose(" ("+s.fixedText()+"; in brackets 95"+nbsp+"% intervals).")}
		for i := range names {
			all = append(all, s.strategySentence(i))
		}
		all = append(all, crossingSentences(names, self, s)...)
		for _, text := range all {
			if text != "" {
				out = append(out, text)
			}
		}
	}
	if text := sweptCrossings(names, crossings, shown); text != "" {
		out = append(out, text)
	}
	return out
}
