package fit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// curve is a cost by n, which its name says.
type curve struct {
	name string
	of   func(n float64) float64
	is   Kind
}

var logarithms = []curve{
	{"10", func(float64) float64 { return 10 }, Level},
	{"log n", math.Log2, Logarithm},
	{"log n less 7", func(n float64) float64 { return math.Log2(n) - 7 }, Logarithm},
	{"log n less 8.5", func(n float64) float64 { return math.Log2(n) - 8.5 }, Logarithm},
	{"log² n", func(n float64) float64 { return math.Log2(n) * math.Log2(n) }, Logarithm},
	{"log² (n/64)", func(n float64) float64 { return math.Log2(n/64) * math.Log2(n/64) }, Logarithm},
	{"n/(n+20,000)", func(n float64) float64 { return 80 * n / (n + 20000) }, Level},
	{"a step at 30,000", func(n float64) float64 {
		if n > 30000 {
			return 40
		}
		return 10
	}, Level},
}

var powers = []curve{
	{"n^0.25", func(n float64) float64 { return math.Pow(n, 0.25) }, PowerLaw},
	{"n^0.3", func(n float64) float64 { return math.Pow(n, 0.3) }, PowerLaw},
	{"n^0.4", func(n float64) float64 { return math.Pow(n, 0.4) }, PowerLaw},
	{"n^0.5", math.Sqrt, PowerLaw},
	{"n", func(n float64) float64 { return n / 10 }, PowerLaw},
	{"50 + n^0.5", func(n float64) float64 { return 50 + math.Sqrt(n) }, PowerLaw},
	{"10 log n + n^0.5", func(n float64) float64 { return 10*math.Log2(n) + math.Sqrt(n) }, PowerLaw},
	{"n^0.3 log n", func(n float64) float64 { return math.Pow(n, 0.3) * math.Log2(n) }, PowerLaw},
}

// costs are those of a curve from 512 on.
func (c curve) costs(doublings int, noise float64, rng *rand.Rand) (list []float64) {
	for i := range doublings + 1 {
		list = append(list, c.of(float64(int(512)<<i))*math.Exp(noise*rng.NormFloat64()))
	}
	return list
}

// TestLawOf tells exact curves apart over eleven doublings, from 512 to a million.
func TestLawOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range append(logarithms, powers...) {
		l, ok := LawOf(c.costs(11, 0, rng))
		near := c.name == "n/(n+20,000)" && l.Kind == Logarithm // 0.09 in the last doublings
		if !ok || l.Kind != c.is && !near {
			t.Errorf("%s: %v (%+v)", c.name, l, l)
		}
	}
	for _, bad := range [][]float64{nil, {1, 2, 3, 4, 5, 6}, {1, 2, 3, 0, 5, 6, 7}, {1, 2, 3, math.NaN(), 5, 6, 7}} {
		if l, ok := LawOf(bad); ok {
			t.Errorf("%v: %v", bad, l)
		}
	}
}

// TestErrorRates measures how often noise makes the test err. A power that is called a
// logarithm is a defect missed, a logarithm that is called a power a false alarm.
func TestErrorRates(t *testing.T) {
	const rounds = 50
	for _, c := range []struct {
		doublings                 int
		noise                     float64 // standard deviation of the relative error of each cost
		alarms, missed, undecided float64 // at most so many percent
	}{
		{6, 0, 0, 0, 13}, {6, 0.02, 1, 6, 45}, {6, 0.05, 4, 12, 60},
		{8, 0.02, 0.5, 2, 20}, {8, 0.05, 2, 4, 40},
		{11, 0, 0, 0, 0}, {11, 0.02, 0, 0.5, 2}, {11, 0.05, 1, 2, 15},
	} {
		alarms, missed, undecided := 0, 0, 0
		tell := func(curves []curve, wrong func(Kind) bool, count *int) {
			for i, of := range curves {
				rng, own := rand.New(rand.NewPCG(uint64(i), 7)), 0
				for range rounds {
					l, _ := LawOf(of.costs(c.doublings, c.noise, rng))
					if wrong(l.Kind) {
						own++
					}
					if l.Kind == Undecided {
						undecided++
					}
				}
				*count += own
				t.Logf("%d doublings, noise %.2f: %-16s wrong in %.1f %%", c.doublings, c.noise, of.name, 100*float64(own)/rounds)
			}
		}
		tell(logarithms, func(k Kind) bool { return k == PowerLaw }, &alarms)
		tell(powers, func(k Kind) bool { return k == Logarithm || k == Level }, &missed)
		percent := func(n, of int) float64 { return 100 * float64(n) / float64(of*rounds) }
		a, m, u := percent(alarms, len(logarithms)), percent(missed, len(powers)), percent(undecided, len(logarithms)+len(powers))
		t.Logf("%d doublings, noise %.2f: %.1f %% false alarms, %.1f %% missed, %.1f %% undecided", c.doublings, c.noise, a, m, u)
		if a > c.alarms || m > c.missed || u > c.undecided {
			t.Errorf("%d doublings, noise %.2f: %.1f %% false alarms, %.1f %% missed, %.1f %% undecided", c.doublings, c.noise, a, m, u)
		}
	}
}
