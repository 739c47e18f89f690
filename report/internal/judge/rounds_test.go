package judge

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A level that all samples leave in the middle of the run is told, one that moves by less
// than it is worth telling is not, nor is any over a few rounds.
func TestDrift(t *testing.T) {
	for _, tt := range []struct {
		name  string
		count int
		shift float64
		lost  float64
		ok    bool
		at    int
	}{
		{"steady", 12, 0, 0, true, 0},
		{"slower", 12, 0.05, 0, true, 6},
		{"faster, on a busy machine", 12, -0.05, 0.4, true, 6},
		{"hardly slower", 12, 0.004, 0, true, 0},
		{"too few to tell", 6, 0.05, 0, true, 0},
		{"too few to draw", 5, 0.05, 0, false, 0},
	} {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{300, 150}, CPU: []float64{90, 80}}, fixture.Workload{Ns: []float64{300, 150}, CPU: []float64{90, 80}})
		f.Noise, f.Count, f.Shift, f.Cores, f.Lost = 0.002, tt.count, tt.shift, true, tt.lost
		r := judged(t, f.Write(t))
		d, ok := r.Times.DriftOf(r.Workloads)
		if ok != tt.ok || d.At != tt.at || tt.at > 0 && math.Abs(d.By-tt.shift) > 0.003 {
			t.Errorf("%s: %v, at %d by %v, want %v at %d by %v", tt.name, ok, d.At, d.By, tt.ok, tt.at, tt.shift)
		}
		if !ok {
			continue
		}
		samples, lost := 0, 0
		for _, round := range d.Rounds {
			samples, lost = samples+round.N, lost+len(round.Lost)
			if !(round.Lo <= round.Mid && round.Mid <= round.Hi) || round.N != 8 {
				t.Errorf("%s: %+v", tt.name, round)
			}
		}
		if len(d.Rounds) != tt.count || samples != r.Basis.Of || lost != r.Basis.N {
			t.Errorf("%s: %d rounds, %d samples, %d of them interrupted; want %d, %d, %d", tt.name, len(d.Rounds), samples, lost, tt.count, r.Basis.Of, r.Basis.N)
		}
	}
}
