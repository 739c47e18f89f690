package judge

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/internal/fit"
)

// norris is a data set of the NIST Statistical Reference Datasets (calibration
// of ozone monitors, y then x), whose line is certified to 15 digits.
var norris = [][2]float64{
	{0.1, 0.2}, {338.8, 337.4}, {118.1, 118.2}, {888.0, 884.6}, {9.2, 10.1}, {228.1, 226.5}, {668.5, 666.3}, {998.5, 996.3}, {449.1, 448.6},
	{778.9, 777.0}, {559.2, 558.2}, {0.3, 0.4}, {0.1, 0.6}, {778.1, 775.5}, {668.8, 666.9}, {339.3, 338.0}, {448.9, 447.5}, {10.8, 11.6},
	{557.7, 556.0}, {228.3, 228.1}, {998.0, 995.8}, {888.8, 887.6}, {119.6, 120.2}, {0.3, 0.3}, {0.6, 0.3}, {557.6, 556.8}, {339.3, 339.1},
	{888.0, 887.2}, {998.5, 999.0}, {778.9, 779.0}, {10.2, 11.1}, {117.6, 118.3}, {228.9, 229.2}, {668.4, 669.1}, {449.2, 448.9}, {0.2, 0.5},
}

func TestFitLineCertified(t *testing.T) {
	var x, y []float64
	for _, p := range norris {
		x, y = append(x, p[1]), append(y, p[0])
	}
	l, ok := fit.Through(x, y)
	half := slopeHalf(l, len(x))
	const t34 = 2.0322445093177 // the table's quantile for 34 degrees of freedom
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"intercept", l.Intercept, -0.262323073774029},
		{"slope", l.Slope, 1.00211681802045},
		{"error of the slope", half / t34, 0.429796848199937e-3},
	} {
		if !ok || math.Abs(tt.got/tt.want-1) > 1e-9 {
			t.Errorf("%s %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

// Two of Anscombe's four sets, which have one line and one interval, as powers
// of e.
func TestFitPowerAnscombe(t *testing.T) {
	x := []float64{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5}
	for _, y := range [][]float64{
		{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68},
		{9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74},
	} {
		var n, c []float64
		for i := range x {
			n, c = append(n, math.Exp(x[i])), append(c, math.Exp(y[i]))
		}
		p, ok := fitPower(n, c)
		for i, d := range []float64{math.Log(p.A) - 3, p.B - 0.5, p.Lo - 0.233, p.Hi - 0.767} {
			if !ok || math.Abs(d) > 0.002 {
				t.Errorf("number %d of %+v is off by %v", i, p, d)
			}
		}
	}
}

// The interval holds the true exponent as often as it says, with as few points
// as a sweep has.
func TestIntervalCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	const rounds = 2000
	n := []float64{1e3, 1e4, 1e5, 1e6}
	held := 0
	for range rounds {
		b, noise := 1.2*r.Float64(), 0.01+0.1*r.Float64()
		var c []float64
		for _, v := range n {
			c = append(c, 30*math.Pow(v, b)*math.Exp(noise*r.NormFloat64()))
		}
		p, ok := fitPower(n, c)
		if !ok || !p.Bounded() || p.Lo > p.B || p.B > p.Hi {
			t.Fatalf("no fit of %v: %+v", c, p)
		}
		if p.Lo <= b && b <= p.Hi {
			held++
		}
	}
	if share := float64(held) / rounds; share < 0.935 || share > 0.965 {
		t.Errorf("the interval holds the exponent in %v of all cases, want 0.95", share)
	}
}

func TestGrowth(t *testing.T) {
	decades := []float64{1e3, 1e4, 1e5, 1e6}
	law := func(f func(n float64) float64) powerLaw {
		var c []float64
		for _, n := range decades {
			c = append(c, f(n))
		}
		p, ok := fitPower(decades, c)
		if !ok {
			t.Fatal("no fit")
		}
		return p
	}
	for _, tt := range []struct {
		name string
		law  powerLaw
		want Growth
	}{
		{"flat", law(func(n float64) float64 { return 50 }), growthNone},
		{"falling", law(func(n float64) float64 { return 50 / math.Sqrt(n) }), growthNone},
		{"logarithm", law(func(n float64) float64 { return 5 * math.Log2(n) }), GrowthSlow},
		{"logarithm from 16 to 4,096", logFrom16(t), GrowthSlow},
		{"root", law(math.Sqrt), GrowthFast},
		{"linear", law(func(n float64) float64 { return 3 * n }), GrowthFast},
		{"flat, then linear", law(func(n float64) float64 { return 1e5 + n }), GrowthUnknown},
		{"two points", powerLaw{1, 1, math.Inf(-1), math.Inf(1)}, GrowthUnknown},
		{"about the limit", powerLaw{1, 0.2, 0.15, 0.25}, GrowthUnknown},
	} {
		if got := tt.law.growth(); got != tt.want {
			t.Errorf("%s: growth %d of %+v, want %d", tt.name, got, tt.law, tt.want)
		}
	}
}

// logFrom16 is a law of a cost that has a floor beside its logarithm, as all
// real ones have.
func logFrom16(t *testing.T) powerLaw {
	t.Helper()
	var n, c []float64
	for v := 16.0; v <= 4096; v *= 4 {
		n, c = append(n, v), append(c, 10+5*math.Log2(v))
	}
	p, ok := fitPower(n, c)
	if !ok {
		t.Fatal("no fit")
	}
	return p
}

func TestNoFit(t *testing.T) {
	for _, tt := range []struct{ n, c []float64 }{
		{nil, nil}, {[]float64{5}, []float64{1}}, {[]float64{5, 5}, []float64{1, 2}},
		{[]float64{1, 2}, []float64{0, 1}}, {[]float64{0, 2}, []float64{1, 1}}, {[]float64{1, 2}, []float64{1, math.NaN()}},
	} {
		if p, ok := fitPower(tt.n, tt.c); ok {
			t.Errorf("%v over %v fits %+v", tt.c, tt.n, p)
		}
	}
	p, ok := fitPower([]float64{1, 10}, []float64{2, 20})
	if !ok || math.Abs(p.B-1) > 1e-12 || p.Bounded() || math.Abs(p.At(100)-200) > 1e-9 {
		t.Errorf("two points give %+v, %v", p, ok)
	}
}
