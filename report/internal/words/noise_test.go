package words

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// The noise is told of comparisons that could differ, and no others.
func TestNoise(t *testing.T) {
	counted := func(n int) fixture.Run { f := fixture.Pair1(2); f.Count = n; return f }
	one := fixture.Pair1(1)
	one.Count = 4
	none := fixture.Pair1(2)
	none.NoLanes = true
	short := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}, Ops: 2})
	off := fixture.Pair1(2)
	off.Drift = 1
	for _, tt := range []struct {
		name string
		run  fixture.Run
		want string
	}{
		{"enough", counted(6), "each strategy against itself: 0 of 2 comparisons differed; the largest difference is "},
		{"one lane", one, "each strategy against itself: 0 of 1 comparison differed; the largest difference is "},
		{"a run that was stopped", counted(1), "unknown: no strategy has samples enough to differ from itself (4 or more a lane)"},
		{"three samples", counted(3), "unknown: no strategy has samples enough"},
		{"no lanes", none, "unknown: this run has no lane of a strategy against itself"},
		{"too short", short, "unknown: replays are too short to time a strategy against itself"},
		{"off by double", off, "failed: each strategy against itself: 1 of 2 comparisons differed; half of the second medians are off by at least 50 %; the largest difference is a factor of 2"},
	} {
		r := testrun.Load(t, tt.run.Write(t))
		if got := strings.ReplaceAll(NoiseText(r.Times.Self), text.NBSP, " "); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A run that was stopped says how much of it is there.
func TestFound(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}}, fixture.Workload{Ns: []float64{100, 100}})
	f.Meta = "# workloads: wa wb wc\n"
	dir := f.Write(t)
	path := filepath.Join(dir, "run.bench")
	data, err := os.ReadFile(path)
	fixture.Must(t, err)
	const last = "BenchmarkAllocFree/strategy=rangemgr/workload=wb"
	fixture.Must(t, os.WriteFile(path, data[:strings.LastIndex(string(data), last)], 0o666))
	r := testrun.Load(t, dir)
	got := fmt.Sprint(WorkloadsFound(r.Workloads, r.Facts), ", ", SamplesFound(r.Workloads, len(r.Strategies)))
	if got = strings.ReplaceAll(got, text.NBSP, " "); got != "2 of 3 workloads, 9 to 10 samples" {
		t.Errorf("found %s", got)
	}
}

// What of two strategies is too little is said of those that have too little.
func TestTooSeldom(t *testing.T) {
	w := rundir.NewWorkload("w")
	sample := func(b *schema.Bench, s, n int) {
		w.Cells[rundir.CellKey{Bench: b, Strategy: s, Unit: schema.NsPerOp}] = rundir.CellOfTimes(make([]float64, n))
	}
	sample(schema.AllocFree, 0, 6)
	sample(schema.AllocFree, 1, 3)
	v := judge.Verdict{Workload: w, Timed: []int{0, 1}}
	if got, want := samplesPerSide(v), "3"+text.NBSP+"samples of "+text.Mark(1); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	self := &judge.SelfTest{Able: 1}
	both := text.List(text.Marks(v.Timed))
	for again, want := range []string{" were not measured a second time here", " were not measured a second time here, or too seldom", " were measured a second time too seldom here"} {
		if again > 0 {
			sample(schema.AA, again-1, 1)
		}
		if got := noiseUnknown(self, v); got != both+want {
			t.Errorf("got %q, want %q", got, both+want)
		}
	}
}
