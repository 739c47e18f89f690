package age

import (
	"math"
	"math/rand/v2"
	"testing"
)

// settles is when a curve of n values is called steady, counted in values; 0: never.
func settles(n int, value func(i int) float64) (at, since int, confidence float64) {
	var s settling
	for i := range n {
		if since, confidence, ok := s.add(value(i)); ok {
			return i + 1, since, confidence
		}
	}
	return 0, 0, 0
}

// wandering is noise in which neighbours are alike: each value is so much of the one before,
// and the deviation of all of them is as given.
func wandering(seed uint64, alike, deviation float64) func() float64 {
	rng, last := rand.New(rand.NewPCG(seed, 7)), 0.0
	last = rng.NormFloat64() * deviation
	return func() float64 {
		last = alike*last + math.Sqrt(1-alike*alike)*deviation*rng.NormFloat64()
		return last
	}
}

// TestPlanted: a flat curve is steady at the first look, a ramp only after it ends, and one
// that always rises never is.
func TestPlanted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     int
		value func(i int) float64
		want  int // 0: never
	}{
		{"flat", 1024, func(int) float64 { return 0.3 }, 256},
		{"all of free memory lost", 1024, func(int) float64 { return 1 }, 256},
		{"a ramp that ends before the window of the second look", 1024, func(i int) float64 { return min(0.5, float64(i)/400) }, 512},
		{"a ramp into the window of the second", 2048, func(i int) float64 { return min(0.9, float64(i)/400) }, 1024},
		{"always rising", 4096, func(i int) float64 { return float64(i) / 2000 }, 0},
		{"rising by its age", 1 << 14, func(i int) float64 { return 0.2 * math.Log2(float64(i+1)) }, 0},
		{"a step in the window", 511, func(i int) float64 { return math.Floor(float64(i) / 192) }, 0},
		{"a small step in the window", 511, func(i int) float64 { return 0.04 * math.Floor(float64(i)/192) }, 0},
		{"too short", 255, func(int) float64 { return 0.3 }, 0},
	} {
		at, since, confidence := settles(tt.n, tt.value)
		if at != tt.want {
			t.Errorf("%s: steady after %d values, want %d", tt.name, at, tt.want)
		}
		if at > 0 && (since != at/2 || confidence < Confidence || confidence > 1) {
			t.Errorf("%s: steady from %d of %d on with confidence %v", tt.name, since, at, confidence)
		}
	}
}

// shareSteady is how often a curve with noise is called steady before value n, in percent.
func shareSteady(tries, n int, alike, deviation float64, level func(i int) float64) float64 {
	found := 0
	for seed := range tries {
		noise := wandering(uint64(seed), alike, deviation)
		if at, _, _ := settles(n, func(i int) float64 { return level(i) + noise() }); at > 0 {
			found++
		}
	}
	return 100 * float64(found) / float64(tries)
}

// TestFalseAlarms holds what the package says: a curve whose last two quarters differ by the
// tolerance at every look, rising all the time or by jumps just between them, is called steady
// in few runs, and flat ones with little noise in many. -v prints the shares.
func TestFalseAlarms(t *testing.T) {
	// The means of the third and the fourth quarter of a curve a*log2(i) differ by 0.49 a.
	edge := func(times float64) func(int) float64 {
		return func(i int) float64 { return times * Tolerance / 0.4902 * math.Log2(float64(i+1)) }
	}
	// Its jumps are between the quarters of the looks after 256, 512 and 1,024 values.
	jumps := func(i int) (level float64) {
		for look := firstLook; look*3/4 <= i; look *= 2 {
			level += Tolerance
		}
		return level
	}
	flat := func(int) float64 { return 0.3 }
	const tries, n = 1000, 1024
	for _, tt := range []struct {
		name             string
		alike, deviation float64
		level            func(int) float64
		least, most      float64 // percent
	}{
		{"at the edge, no noise to speak of", 0, 1e-6, edge(1.001), 0, 0},
		{"at the edge", 0, 0.05, edge(1), 0, 5},
		{"at the edge, neighbours alike by 0.8", 0.8, 0.05, edge(1), 0, 5},
		{"at the edge, neighbours alike by 0.95", 0.95, 0.03, edge(1), 0, 5},
		{"at the edge, alike by 0.95, more noise", 0.95, 0.06, edge(1), 0, 5},
		{"at the edge, neighbours alike by 0.98", 0.98, 0.03, edge(1), 0, 8},
		{"jumps", 0, 0.05, jumps, 0, 5},
		{"jumps, neighbours alike by 0.95", 0.95, 0.03, jumps, 0, 7},
		{"jumps, alike by 0.95, more noise", 0.95, 0.06, jumps, 0, 5},
		{"jumps, neighbours alike by 0.98", 0.98, 0.03, jumps, 0, 13},
		{"twice as steep, alike by 0.95", 0.95, 0.03, edge(2), 0, 1},
		{"flat", 0, 0.05, flat, 95, 100},
		{"flat, neighbours alike by 0.95", 0.95, 0.03, flat, 40, 100},
		{"flat, alike by 0.95, more noise", 0.95, 0.06, flat, 0, 50},
	} {
		got := shareSteady(tries, n, tt.alike, tt.deviation, tt.level)
		t.Logf("%-45s steady in %5.1f %% of runs", tt.name, got)
		if got < tt.least || got > tt.most {
			t.Errorf("%s: steady in %.1f %% of runs, want %v to %v", tt.name, got, tt.least, tt.most)
		}
	}
}

// TestAtMost against all orders of small samples, and a number of Mann and Whitney's table.
func TestAtMost(t *testing.T) {
	for m := 1; m <= 4; m++ {
		for n := 1; n <= 4; n++ {
			count, all := make([]float64, m*n+1), 0.0
			for set := range 1 << (m + n) { // which of the ranks are the first sample's
				pairs, first := 0, 0
				for i := range m + n {
					if set>>i&1 == 1 {
						first++
					} else {
						pairs += first
					}
				}
				if first == m {
					count[pairs]++
					all++
				}
			}
			sum := 0.0
			for u, c := range count {
				sum += c
				if got := atMost(u, m, n); math.Abs(got-sum/all) > 1e-12 {
					t.Errorf("at most %d of %d and %d: %v, want %v", u, m, n, got, sum/all)
				}
			}
		}
	}
	if got := atMost(13, 8, 8); math.Abs(got-0.025) > 0.001 { // 13 is the critical value at 5 %, two sides
		t.Errorf("at most 13 of 8 and 8: %v", got)
	}
}
