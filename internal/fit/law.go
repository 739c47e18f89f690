package fit

import (
	"fmt"
	"math"
)

// A Kind is a family of laws by which a cost grows.
type Kind string

// The kinds.
const (
	Level     Kind = "no growth"
	Logarithm Kind = "a logarithm" // also its square
	PowerLaw  Kind = "a power"
	Undecided Kind = "undecided" // a power, or a logarithm less a constant: larger n would tell
)

// A Law is how a cost grows with n, as far as the costs at hand tell.
type Law struct {
	Kind     Kind
	Exponent float64 // of n over the last four doublings, whatever the kind is
	Step     float64 // the cost that each of these doublings adds
}

// String is the law in words.
func (l Law) String() string {
	switch l.Kind {
	case Level:
		return "no growth in the last doublings"
	case Logarithm:
		return fmt.Sprintf("a logarithm: %.1f visits more each doubling", l.Step)
	case PowerLaw:
		return fmt.Sprintf("n^%.2f", l.Exponent)
	}
	return fmt.Sprintf("undecided: n^%.2f in the last doublings, or a logarithm less a constant", l.Exponent)
}

// LeastDoublings is how many doublings of n it takes at least to tell laws apart.
const LeastDoublings = 6

const (
	lastDoublings = 4    // over which the local exponent is taken
	level         = 0.02 // local exponents below are no growth
	suspect       = 0.2  // local exponents from here on may be those of a power
	half          = suspect / 2
	clearly       = 1.5   // the factor of residues by which one family fits better than the other
	blur          = 0.005 // relative error of a cost that is always reckoned with
)

// LawOf tells a power of n from a logarithm, by the costs at an n, twice that, four times
// and so on. ok is false for fewer than [LeastDoublings] doublings, and if a cost is not
// above zero.
//
// The exponent over the last four doublings decides first: log n has less than n^0.2 there,
// and so has its square where n is above 22,000; and a power that has less cannot be told
// from them in the range at hand. From n^0.2 on two families are fitted to all costs, by
// least squares of the relative errors: a + b i + c i², i being doublings and neither b nor
// c below zero, and a + b n^p. The one with the smaller residue is the law, if it is smaller
// by a third; and a power has to grow in both halves of the last doublings, which a step
// does not. TestErrorRates measures how often that errs.
//
// Tried and rejected: the exponent of a power that is fitted to all costs. From 512 to
// 32,768 it is 0.23 for log n less 7, and 0.7 for a curve that levels off after a rise.
func LawOf(cost []float64) (l Law, ok bool) {
	n := len(cost)
	if n <= LeastDoublings {
		return Law{}, false
	}
	x, y := make([]float64, n), make([]float64, n) // in doublings, and the logarithm of the cost
	for i, c := range cost {
		if !(c > 0) {
			return Law{}, false
		}
		x[i], y[i] = float64(i), math.Log2(c)
	}
	slope := func(values []float64, from, to int) float64 {
		line, _ := Through(x[from:to+1], values[from:to+1])
		return line.Slope
	}
	last, middle := n-1, n-1-lastDoublings/2
	l.Exponent, l.Step = slope(y, last-lastDoublings, last), slope(cost, last-lastDoublings, last)
	switch steady := min(slope(y, last-lastDoublings, middle), slope(y, middle, last)) >= half; {
	case l.Exponent < level:
		l.Kind = Level
	case l.Exponent < suspect:
		l.Kind = Logarithm
	default:
		l.Kind = Undecided
		floor := float64(n) * blur * blur
		log, power := logResidue(cost)+floor, powerResidue(cost)+floor
		if log > clearly*power && steady {
			l.Kind = PowerLaw
		} else if power > clearly*log {
			l.Kind = Logarithm
		}
	}
	return l, true
}

// logResidue is the least residue of a + b (i + t i²) over t, i being doublings.
func logResidue(cost []float64) float64 {
	best := residue(cost, func(i float64) float64 { return i * i })
	for t := range 101 {
		best = min(best, residue(cost, func(i float64) float64 { return i + float64(t*t)/1000*i*i }))
	}
	return best
}

// powerResidue is the least residue of a + b n^p over p from 0.02 to 2.
func powerResidue(cost []float64) float64 {
	best := math.Inf(1)
	for p := 1; p <= 100; p++ {
		best = min(best, residue(cost, func(i float64) float64 { return math.Exp2(i * float64(p) / 50) }))
	}
	return best
}

// residue is the sum of the squared relative errors that the best a + b of(i), b not below
// zero, leaves of the costs.
func residue(cost []float64, of func(i float64) float64) (sum float64) {
	var w, mx, my, xx, xy float64 // weights, means, and sums of products of distances
	for i, c := range cost {
		w, mx, my = w+1/(c*c), mx+of(float64(i))/(c*c), my+1/c
	}
	mx, my = mx/w, my/w
	for i, c := range cost {
		x := of(float64(i)) - mx
		xx, xy = xx+x*x/(c*c), xy+x*(c-my)/(c*c)
	}
	b := max(0, xy/xx)
	for i, c := range cost {
		e := 1 - (my+b*(of(float64(i))-mx))/c
		sum += e * e
	}
	return sum
}
