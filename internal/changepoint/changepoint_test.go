package changepoint

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSplits: of 3, 3, 0, 0 the mean before the middle is 3 above the other, and the noise
// of such a difference is that of one value.
func TestSplits(t *testing.T) {
	want := map[int]float64{1: 2 * math.Sqrt(3./4), 2: 3, 3: 2 * math.Sqrt(3./4)}
	n := 0
	for i, d := range Splits([]float64{3, 3, 0, 0}) {
		if n++; math.Abs(d-want[i]) > 1e-12 {
			t.Errorf("at %d: %v, want %v", i, d, want[i])
		}
	}
	if n != len(want) {
		t.Errorf("%d places, want %d", n, len(want))
	}
	for range Splits([]float64{1}) {
		t.Error("one value has no place to split at")
	}
}

func TestRanks(t *testing.T) {
	got, deviation := ranks([]int{70, 10, 50, 50, 90})
	for i, want := range []float64{3, 0, 1.5, 1.5, 4} {
		if got[i] != want {
			t.Errorf("rank of value %d: %v, want %v", i, got[i], want)
		}
	}
	if want := math.Sqrt((1 + 4 + .25 + .25 + 4) / 4); math.Abs(deviation-want) > 1e-12 {
		t.Errorf("deviation %v, want %v", deviation, want)
	}
}

// TestWarmup: a slow beginning is found to the value, whatever interrupts disturb; a fast
// one, a slow end, one value and no values are none.
func TestWarmup(t *testing.T) {
	// series is n values about 100, of which those in [from, to) are higher by so much.
	series := func(n, from, to, by int) []int {
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		values := make([]int, n)
		for i := range values {
			values[i] = 100 + rng.IntN(5)
			if i >= from && i < to {
				values[i] += by
			}
			if i%17 == 11 {
				values[i] += 100_000 // somebody else had the core
			}
		}
		return values
	}
	for _, tt := range []struct {
		name   string
		values []int
		want   int
	}{
		{"a slow quarter", series(200, 0, 50, 20), 50},
		{"the slow half of twenty", series(20, 0, 10, 20), 10},
		{"a slow beginning of ten in a thousand", series(1000, 0, 10, 20), 10},
		{"no warm-up", series(200, 0, 0, 0), 0},
		{"a fast beginning", series(200, 0, 50, -20), 0},
		{"slow at the end", series(200, 150, 200, 20), 0},
		{"slow in the middle", series(300, 120, 180, 20), 0},
		{"all alike", make([]int, 100), 0},
		{"eight are enough", []int{9, 9, 9, 9, 1, 1, 1, 1}, 4},
		{"seven are not", []int{9, 9, 9, 1, 1, 1, 1}, 0},
		{"one value", []int{5}, 0},
		{"nothing", nil, 0},
	} {
		if got := Warmup(tt.values); got != tt.want {
			t.Errorf("%s: %d of %d values, want %d", tt.name, got, len(tt.values), tt.want)
		}
	}
	if got := Warmup(series(200, 0, 150, 20)); got < 50 || got > 100 {
		t.Errorf("a warm-up of three quarters: %d of 200 values left out, want some, but at most half", got)
	}
}

// TestWarmupFalseAlarms: in a random order hardly any series has a warm-up, with few
// distinct values (a clock that ticks slowly) or many, and heavy tails.
func TestWarmupFalseAlarms(t *testing.T) {
	const tries = 1000
	rng := rand.New(rand.NewPCG(3, 9))
	for _, n := range []int{10, 13, 30, 100, 400} {
		for _, values := range []int{3, 1 << 30} {
			alarms := 0
			for range tries {
				s := make([]float64, n)
				for i := range s {
					s[i] = math.Exp(float64(rng.IntN(values)) / float64(values) * 20)
				}
				if Warmup(s) > 0 {
					alarms++
				}
			}
			if float64(alarms) > FalseAlarms*tries {
				t.Errorf("%d values, %d distinct: %d of %d have a warm-up, want at most %v", n, values, alarms, tries, FalseAlarms*tries)
			}
		}
	}
}
