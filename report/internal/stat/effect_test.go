package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aclements/go-moremath/stats"
)

func TestSuperiority(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{3, 4}, []float64{1, 2}, 1},
		{[]float64{1, 2}, []float64{3, 4}, 0},
		{[]float64{1, 1}, []float64{1, 1}, 0.5},
		{[]float64{1, 3}, []float64{2}, 0.5},
		{[]float64{2, 2, 5}, []float64{1, 2, 9}, (3 + 0.5*2 + 1) / 9},
		{[]float64{5, 2, 2}, []float64{9, 2, 1}, (3 + 0.5*2 + 1) / 9},
	} {
		if got := Superiority(c.a, c.b); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%v and %v: %v, want %v", c.a, c.b, got, c.want)
		}
		if sum := Superiority(c.a, c.b) + Superiority(c.b, c.a); math.Abs(sum-1) > 1e-15 {
			t.Errorf("%v and %v: both ways make %v, not 1", c.a, c.b, sum)
		}
	}
	if !math.IsNaN(Superiority(nil, []float64{1})) || !math.IsNaN(Superiority([]float64{1}, nil)) {
		t.Error("nothing is superior to something")
	}
}

// TestSuperiorityIsU: it is the statistic of the rank test by the number of pairs.
func TestSuperiorityIsU(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		a, b := make([]float64, 1+r.IntN(12)), make([]float64, 1+r.IntN(12))
		for _, side := range [][]float64{a, b} {
			for i := range side {
				side[i] = float64(r.IntN(20))
			}
		}
		u, err := stats.MannWhitneyUTest(a, b, stats.LocationDiffers)
		if err != nil { // all are equal
			continue
		}
		if got, want := Superiority(a, b), u.U/float64(len(a)*len(b)); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v and %v: %v, U says %v", a, b, got, want)
		}
	}
}

func TestGeoMean(t *testing.T) {
	if got := GeoMean([]float64{1, 4, 16}); math.Abs(got-4) > 1e-12 {
		t.Errorf("got %v, want 4", got)
	}
	if got := GeoMean(nil); !math.IsNaN(got) {
		t.Errorf("of nothing: %v", got)
	}
}
