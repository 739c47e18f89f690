package changepoint

import (
	"math/rand/v2"
	"testing"
)

// TestWidest: the place has two values on either side, and there is none where none differ.
func TestWidest(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		at     int
	}{
		{nil, 0}, {[]float64{1}, 0}, {[]float64{1, 2, 3}, 0}, {[]float64{1, 1, 1, 1}, 0},
		{[]float64{1, 1, 2, 2}, 2}, {[]float64{3, 3, 3, 1, 1}, 3}, {[]float64{9, 1, 1, 1, 1}, 2},
	} {
		if at, _ := widest(tt.values); at != tt.at {
			t.Errorf("%v: at %d, want %d", tt.values, at, tt.at)
		}
	}
}

// TestShift: Shift calls a level in noise as rarely as it says, whatever the number of values, and
// finds one that is there.
func TestShift(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{LeastShift - 1, LeastShift, 10, 25} {
		called, found := 0, 0
		const tries = 60
		for range tries {
			v := make([]float64, n)
			for i := range v {
				v[i] = rng.ExpFloat64()
			}
			if _, p := Shift(v); p < 0.05 {
				called++
			}
			for i := n / 2; i < n; i++ {
				v[i] += 20
			}
			if at, p := Shift(v); at == n/2 && p < 0.05 {
				found++
			}
		}
		t.Logf("%d values: called in %d of %d, found in %d", n, called, tries, found)
		if called > 9 { // 3 are expected; more than 9 once in a thousand
			t.Errorf("%d values: a level was called in %d of %d without one", n, called, tries)
		}
		if n < LeastShift && found > 0 || n >= LeastShift && found < tries {
			t.Errorf("%d values: found %d of %d", n, found, tries)
		}
	}
}
