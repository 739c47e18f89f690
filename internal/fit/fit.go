// Package fit fits lines and power laws by least squares.
package fit

import "math"

// A Line is y = Intercept + Slope*x through points.
type Line struct {
	Intercept, Slope float64
	Rest             float64 // sum of the squared distances in y that the line leaves
	Spread           float64 // sum of the squared distances of x from their mean
}

// Through is the line of least squares through the points. ok is false when all x
// are the same, or when there are no points.
func Through(x, y []float64) (l Line, ok bool) {
	n := float64(len(x))
	var mx, my, xy float64
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	for i := range x {
		l.Spread += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
	}
	if !(l.Spread > 0) {
		return Line{}, false
	}
	l.Slope = xy / l.Spread
	l.Intercept = my - l.Slope*mx
	for i := range x {
		d := y[i] - l.Intercept - l.Slope*x[i]
		l.Rest += d * d
	}
	return l, true
}

// Power is the law cost = exp(Intercept) * n^Slope, fitted to logarithms. ok is
// false where there is no line, or when an n or a cost has no logarithm.
func Power(n, cost []float64) (l Line, ok bool) {
	x, y := make([]float64, len(n)), make([]float64, len(n))
	for i := range n {
		if !(n[i] > 0) || !(cost[i] > 0) {
			return Line{}, false
		}
		x[i], y[i] = math.Log(n[i]), math.Log(cost[i])
	}
	return Through(x, y)
}
