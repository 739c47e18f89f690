package stat

import (
	"math"
	"testing"
)

func TestHolm(t *testing.T) {
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} { // Holm's own example
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("adjusted p %d: %v, want %v", i, got[i], want)
		}
	}
}

func TestSamplesFor(t *testing.T) {
	for m, want := range map[int]int{1: 4, 2: 5, 7: 6, 15: 6, 23: 6, 24: 7} {
		if got := SamplesFor(m); got != want {
			t.Errorf("%d comparisons: %d samples, want %d", m, got, want)
		}
	}
}

// TestCutRank: one more than the critical values of U in printed tables (two-sided, 5 %),
// and beyond 400 pairs by the normal distribution: n1·n2/2 - 1.96·√(n1·n2·(n1+n2+1)/12).
func TestCutRank(t *testing.T) {
	for _, tt := range []struct{ n1, n2, want int }{
		{3, 3, 0}, {4, 4, 1}, {5, 5, 3}, {3, 5, 1}, {6, 8, 9}, {10, 10, 24}, {7, 20, 35}, {20, 20, 128},
		{21, 21, 142}, // 220.5 - 1.96·39.75
		{20, 30, 201}, // 300 - 1.96·50.50
		{9, 50, 132},  // 225 - 1.96·47.43 = 132.04
	} {
		if got := cutRank(tt.n1, tt.n2); got != tt.want {
			t.Errorf("%d and %d samples: rank %d, want %d", tt.n1, tt.n2, got, tt.want)
		}
	}
}
