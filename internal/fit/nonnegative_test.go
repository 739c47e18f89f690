package fit

import (
	"math"
	"testing"
)

// TestNonNegativeRobust: one point far off does not move the line through the others.
func TestNonNegativeRobust(t *testing.T) {
	rows := [][]float64{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}}
	got := NonNegativeRobust(rows, []float64{3, 5, 70, 9, 11})
	if math.Abs(got[0]-1) > 0.1 || math.Abs(got[1]-2) > 0.1 {
		t.Errorf("%v, want 1 and 2", got)
	}
}

func TestNonNegative(t *testing.T) {
	for _, c := range []struct {
		rows [][]float64
		y    []float64
		want []float64
	}{
		{[][]float64{{1, 0}, {0, 1}, {1, 1}}, []float64{2, 3, 5}, []float64{2, 3}},
		{[][]float64{{1, 1}, {1, 2}, {1, 3}}, []float64{1, 1, 1}, []float64{1, 0}},
		{[][]float64{{1, 1}, {1, 2}, {1, 3}}, []float64{3, 2, 1}, []float64{2, 0}}, // a negative slope is none
		{[][]float64{{1, 0}, {2, 0}}, []float64{4, 8}, []float64{4, 0}},            // of a column of nothing
		{[][]float64{{1}, {1}}, []float64{-1, -2}, []float64{0}},
		{nil, nil, nil},
	} {
		got := NonNegative(c.rows, c.y)
		if len(got) != len(c.want) {
			t.Fatalf("%v: %v, want %v", c.rows, got, c.want)
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-9 {
				t.Errorf("%v = %v: %v, want %v", c.rows, c.y, got, c.want)
			}
		}
	}
}
