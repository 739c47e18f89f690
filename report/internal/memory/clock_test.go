package memory

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// TestClock draws over seconds where every sample of every strategy has its time.
func TestClock(t *testing.T) {
	nan := math.NaN()
	at := func(seconds ...float64) (m []rundir.Moment) {
		for i, s := range seconds {
			m = append(m, rundir.Moment{Op: 10 * (i + 1), Seconds: s})
		}
		return m
	}
	for _, c := range []struct {
		name        string
		one, two    []rundir.Moment
		last, first float64
		unit        string
	}{
		{"times", at(0, 1.5, 4), at(0, 1.5, 3), 4, 0, " s"},
		{"at once", at(0, 0), at(0, 0), 20, 10, " ops"},
		{"no times", at(nan, nan), at(nan, nan), 20, 10, " ops"},
		{"one has none", at(0, 1), at(nan, nan), 20, 10, " ops"},
		{"back in time", at(0, 2, 1), at(0, 2, 3), 30, 10, " ops"},
		{"no samples", nil, nil, 1, 0, ""},
	} {
		w := &rundir.Workload{Moments: map[int][]rundir.Moment{0: c.one, 1: c.two}}
		got := clockOf(list.Names{"a", "b"}, w)
		if got.last != c.last || c.unit != "" && got.unit != c.unit {
			t.Errorf("%s: the axis ends at %v%s, want %v%s", c.name, got.last, got.unit, c.last, c.unit)
		}
		if c.one != nil && got.at(c.one[0]) != c.first {
			t.Errorf("%s: the first sample is at %v, want %v", c.name, got.at(c.one[0]), c.first)
		}
	}
}
