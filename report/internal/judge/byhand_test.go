package judge

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// The smallest difference that samples can show, by a table of the normal distribution:
// (1.959964 + 0.841621) · spread · √(2/n) · √(π/3), and 2.241403 for 1.959964 where two
// comparisons share the level.
func TestDetectableByHand(t *testing.T) {
	for _, tt := range []struct {
		spread float64
		n, m   int
		want   float64
	}{
		{0.1, 8, 1, 0.143347},
		{0.02, 32, 1, 0.0143347},
		{0.1, 8, 2, 0.157746},
	} {
		if got := stat.Detectable(tt.spread, tt.n, tt.m); math.Abs(got/tt.want-1) > 1e-5 {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
}

// The points of a sweep of holes are medians of both times; the growth is that of holes of
// an eighth of the request and less.
func TestHolesByHand(t *testing.T) {
	const size = 64 << 10
	sweep := make(rundir.Holes)
	for hole, ns := range map[uint64]float64{64 << 10: 1, 32 << 10: 1, 16 << 10: 1, 8 << 10: 2, 4 << 10: 4} {
		sweep[rundir.HoleKey{Strategy: "a", Builder: "b", Size: size, Hole: hole}] = &rundir.HoleCell{
			Table: []float64{9 * ns, ns, ns}, P99: []float64{7 * ns, 3 * ns, 5 * ns}, Segs: float64(size / hole)}
	}
	lines := HolesLines(list.Names{"a"}, sweep)
	if len(lines) != 1 || len(lines[0].Points) != 5 {
		t.Fatalf("lines %+v", lines)
	}
	for i, ns := range []float64{1, 1, 1, 2, 4} {
		if p := lines[0].Points[i]; p.Median != ns || p.P99 != 5*ns || p.Segs != float64(size/p.Hole) {
			t.Errorf("point %+v, want %v and %v", p, ns, 5*ns)
		}
	}
	if f := FindHoles(lines); f.Growth != 2 || f.Entries != 16 || f.Costliest != 4 || f.FloorLo != 1 || f.FloorHi != 1 {
		t.Errorf("found %+v", f)
	}
}

// Times two in a hundred apart are those of one allocator, five are not.
func TestToldApartByHand(t *testing.T) {
	around := func(ns float64) []float64 { return []float64{ns, ns + 0.01, ns + 0.02, ns + 0.03, ns + 0.04} }
	self := &SelfTest{Able: 1}
	if !self.Calls(around(100), around(105)) && !self.Calls(around(105), around(100)) {
		t.Fatal("nothing is called of these samples")
	}
	for other, want := range map[float64]bool{102: false, 98: false, 105: true, 95: true} {
		if got := self.toldApart(around(100), around(other)); got != want {
			t.Errorf("100 and %v are told apart: %v", other, got)
		}
	}
}

// What the fastest saves is the difference of the medians, not an end of its interval.
func TestSavedByHand(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 60}})
	f.Noise = 0.05
	v := judged(t, f.Write(t)).Verdicts[0]
	a, b := v.Workload.Center(schema.AllocFree, schema.NsPerOp, 0), v.Workload.Center(schema.AllocFree, schema.NsPerOp, 1)
	if want := 1 - b/a; v.Best != 1 || math.Abs(v.Saved-want) > 1e-9 {
		t.Errorf("strategy %d saves %v, the medians %v", v.Best, v.Saved, want)
	}
}

// TestInvert: b is d more than a, so a is so much less than b; and back again.
func TestInvert(t *testing.T) {
	for _, tt := range []struct{ d, want float64 }{
		{0, 0}, {1, -0.5}, {-0.5, 1}, {0.25, -0.2}, {-1, math.Inf(1)}, {-2, math.Inf(1)}, {math.Inf(1), -1},
	} {
		if got := Invert(tt.d); got != tt.want && !(math.Abs(got-tt.want) < 1e-12) {
			t.Errorf("Invert(%v) = %v, want %v", tt.d, got, tt.want)
		}
	}
}
