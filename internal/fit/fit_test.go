package fit

import (
	"math"
	"testing"
)

func TestThrough(t *testing.T) {
	for _, test := range []struct {
		x, y []float64
		want Line
	}{
		{[]float64{1, 2}, []float64{3, 5}, Line{1, 2, 0, 0.5}},
		{[]float64{0, 1, 2}, []float64{0, 3, 0}, Line{1, 0, 6, 2}}, // leaves 1, 4 and 1
		{[]float64{-1, 0, 1, 4}, []float64{7, 7, 7, 7}, Line{7, 0, 0, 14}},
	} {
		got, ok := Through(test.x, test.y)
		if !ok || got != test.want {
			t.Errorf("%v %v: %+v (%v), want %+v", test.x, test.y, got, ok, test.want)
		}
	}
	for _, x := range [][]float64{nil, {3}, {3, 3, 3}} {
		if l, ok := Through(x, x); ok {
			t.Errorf("%v: a line %+v through one place", x, l)
		}
	}
}

func TestPower(t *testing.T) {
	n := []float64{16, 64, 256, 1024}
	for _, test := range []struct {
		cost     func(n float64) float64
		exponent float64
	}{
		{func(n float64) float64 { return 3 }, 0},
		{func(n float64) float64 { return 3 * n }, 1},
		{func(n float64) float64 { return 10 * math.Sqrt(n) }, 0.5},
		{func(n float64) float64 { return 1 / n }, -1},
	} {
		var cost []float64
		for _, n := range n {
			cost = append(cost, test.cost(n))
		}
		l, ok := Power(n, cost)
		if !ok || math.Abs(l.Slope-test.exponent) > 1e-12 || l.Rest > 1e-20 {
			t.Errorf("exponent %v: %+v (%v)", test.exponent, l, ok)
		}
	}
	for _, bad := range []float64{0, -1, math.NaN()} {
		if _, ok := Power([]float64{1, 2}, []float64{1, bad}); ok {
			t.Errorf("a cost of %v has a logarithm", bad)
		}
		if _, ok := Power([]float64{1, bad}, []float64{1, 2}); ok {
			t.Errorf("a size of %v has a logarithm", bad)
		}
	}
}
