package survival

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// times are so many operations each; below 0 it is censored.
func times(of ...int) []Time {
	var out []Time
	for _, n := range of {
		out = append(out, Time{max(n, -n), n < 0})
	}
	return out
}

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name        string
		times       []Time
		mid, lo, hi string
		confidence  float64
	}{
		{"one run", times(7), "7", "7", "7", 0},
		{"two", times(9, 7), "7", "7", "9", 0.5},
		{"five have no interval of 95 %", times(1, 2, 3, 4, 5), "3", "1", "5", 1 - 2./32},
		{"six have the whole range", times(6, 1, 2, 3, 4, 5), "3", "1", "6", 1 - 2./64},
		{"nine leave out one at either end", times(1, 2, 3, 4, 5, 6, 7, 8, 9), "5", "2", "8", 1 - 20./512},
		{"twelve leave out two", times(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), "6", "3", "10", 1 - 2*79./4096},
		{"the long ones censored", times(1, -100, 2, 3, 4, -100), "3", "1", ">100", 1 - 2./64},
		{"most censored", times(-100, 5, -100, -100, 6, -100), ">100", "5", ">100", 1 - 2./64},
		{"all censored", times(-10, -10, -10), ">10", ">10", ">10", 0.75},
		{"as long as the bound", times(-10, 10, 10), "10", "10", ">10", 0.75},
	} {
		m := Of(tt.times)
		if m.Mid.String() != tt.mid || m.Lo.String() != tt.lo || m.Hi.String() != tt.hi || math.Abs(m.Confidence-tt.confidence) > 1e-12 || m.Runs != len(tt.times) {
			t.Errorf("%s: %v [%v, %v] with %v of %d, want %s [%s, %s] with %v", tt.name, m.Mid, m.Lo, m.Hi, m.Confidence, m.Runs, tt.mid, tt.lo, tt.hi, tt.confidence)
		}
	}
	many := make([]Time, 3000) // 2^-3000 is no number
	for i := range many {
		many[i].N = i
	}
	if m := Of(many); m.Confidence < Confidence || m.Hi.N-m.Lo.N > 140 {
		t.Errorf("of 3,000 runs [%v, %v] with %v, want about 108 between", m.Lo, m.Hi, m.Confidence)
	}
}

// TestCoverage: of many samples of a distribution the share that is said, or more, has an
// interval with its median, whatever the distribution, with ties and with censoring.
func TestCoverage(t *testing.T) {
	const tries = 1000
	for _, tt := range []struct {
		name   string
		draw   func(*rand.Rand) int
		median int // at least half of all are at or below it, at least half at or above
	}{
		{"exponential", func(r *rand.Rand) int { return int(1000 * r.ExpFloat64()) }, 693},
		{"heavy tails", func(r *rand.Rand) int { return int(1000 / (1 - r.Float64())) }, 2000},
		{"few values", func(r *rand.Rand) int { return r.IntN(5) }, 2},
		{"two ages", func(r *rand.Rand) int { return 10 + 1e6*r.IntN(2)*r.IntN(2) + r.IntN(1000) }, 676},
	} {
		for _, n := range []int{6, 9, 20} {
			for _, bound := range []int{math.MaxInt, 2 * tt.median, tt.median / 2} {
				rng, held, said := rand.New(rand.NewPCG(uint64(n), uint64(bound))), 0, 0.0
				for range tries {
					sample := make([]Time, n)
					for i := range sample {
						sample[i].N = tt.draw(rng)
						if sample[i].N > bound {
							sample[i] = Time{bound, true}
						}
					}
					m := Of(sample)
					said = m.Confidence
					truth := Time{N: tt.median}
					if tt.median > bound {
						truth = Time{bound, true}
					}
					if Compare(m.Lo, truth) <= 0 && Compare(truth, m.Hi) <= 0 {
						held++
					}
				}
				noise := 3 * math.Sqrt(said*(1-said)/tries)
				if got := float64(held) / tries; said < Confidence || got < said-noise {
					t.Errorf("%s, %d runs up to %d: %.2f %% of the intervals have the median, %.2f %% are said", tt.name, n, bound, 100*got, 100*said)
				}
			}
		}
	}
}

func TestSteps(t *testing.T) {
	got := Steps(times(5, -9, 2, 5))
	if want := []Step{{2, 0.75}, {5, 0.25}}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	if got := Steps(times(-9, -9)); got != nil {
		t.Errorf("steps %v where nothing happened", got)
	}
	if got := Steps(nil); got != nil {
		t.Errorf("steps %v of no runs", got)
	}
}
