package fit

import "math"

// NonNegative is the weights of least squares, none of them negative, with which the
// columns of rows add up to y: rows[i][j] belongs to y[i] and to weight j. Rows are of
// one length. The search goes from weight to weight until none changes by more than a
// billionth.
func NonNegative(rows [][]float64, y []float64) []float64 {
	if len(rows) == 0 {
		return nil
	}
	const rounds = 200_000 // far more than columns that are not alike need
	n := len(rows[0])
	with, gram := make([]float64, n), make([][]float64, n) // products of columns with y, and with each other
	for j := range n {
		gram[j] = make([]float64, n)
		for i, r := range rows {
			with[j] += r[j] * y[i]
			for k := range n {
				gram[j][k] += r[j] * r[k]
			}
		}
	}
	w := make([]float64, n)
	for range rounds {
		changed := false
		for j := range w {
			if gram[j][j] == 0 {
				continue
			}
			rest := with[j]
			for k := range w {
				rest -= gram[j][k] * w[k]
			}
			to := max(0, w[j]+rest/gram[j][j])
			step := to - w[j]
			changed = changed || step > 1e-9*to || -step > 1e-9*w[j]
			w[j] = to
		}
		if !changed {
			break
		}
	}
	return w
}

// NonNegativeRobust is like [NonNegative], with the least sum of distances instead of their
// squares: a row that does not go with the others moves little.
func NonNegativeRobust(rows [][]float64, y []float64) []float64 {
	const rounds, least = 20, 0.03 // least distance that counts, relative to y
	w := NonNegative(rows, y)
	for range rounds {
		scaled, to := make([][]float64, len(rows)), make([]float64, len(rows))
		for i, r := range rows {
			distance := -y[i]
			for j := range r {
				distance += w[j] * r[j]
			}
			weight := 1 / math.Sqrt(max(math.Abs(distance), least*math.Abs(y[i])))
			scaled[i], to[i] = make([]float64, len(r)), weight*y[i]
			for j := range r {
				scaled[i][j] = weight * r[j]
			}
		}
		w = NonNegative(scaled, to)
	}
	return w
}
