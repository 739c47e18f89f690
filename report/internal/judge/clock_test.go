package judge

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A run that says how its clock ticks is taken at its word; of one that does not the tick
// is guessed: here no two times lie on a grid, so it is a nanosecond.
func TestClockStated(t *testing.T) {
	for _, tt := range []struct {
		meta    string
		tick    float64
		guessed bool
	}{
		{"", 1e-9, true},
		{"# clock: 1ns\n", 1e-9, false},
		{"# clock: 100ns\n", 1e-7, false},
		{"# clock: 15.6ms\n", 0.0156, false},
		{"# clock: nonsense\n", 1e-9, true},
		{"# clock: -5ns\n", 1e-9, true},
		{"# clock: 20h\n", 1e-9, true},
	} {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 50}})
		f.Meta = tt.meta
		r := judged(t, f.Write(t))
		if c := r.Times.Clock; c.Tick != tt.tick || c.Guessed != tt.guessed {
			t.Errorf("%q: clock %+v", tt.meta, c)
		}
		// A replay of 1,000 operations takes 50 µs: 50,000 ticks, 500, or 3.
		want := Win
		if tt.tick > 5e-8 {
			want = Short
		}
		if got := r.Verdicts[0].Kind; got != want {
			t.Errorf("%q: kind %d, want %d", tt.meta, got, want)
		}
	}
}
