package judge

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// Of five strategies one did less work and one refused what the others granted:
// whichever is named first, only the three that did the most work are compared.
func TestBaseDidLessWork(t *testing.T) {
	ns := map[string]float64{"buddy": 400, "rangemgr": 30, "tlsf": 70, "radix": 90, "segfit": 10}
	served := map[string]float64{"buddy": 20, "rangemgr": 100, "tlsf": 100, "radix": 100, "segfit": 99.9}
	for _, order := range []string{"buddy rangemgr tlsf radix segfit", "segfit tlsf buddy radix rangemgr", "radix segfit rangemgr buddy tlsf"} {
		names := strings.Fields(order)
		w := fixture.Workload{}
		for _, name := range names {
			w.Ns, w.Served = append(w.Ns, ns[name]), append(w.Served, served[name])
		}
		f := fixture.Planted(5, w)
		f.Strategies = names
		r := judged(t, f.Write(t))
		v := r.Verdicts[0]
		var same []string
		for _, s := range v.Same {
			same = append(same, names[s])
		}
		slices.Sort(same)
		if fmt.Sprint(same) != "[radix rangemgr tlsf]" || names[v.Best] != "rangemgr" || names[v.Next] != "tlsf" || v.Reason != Refusals || !slices.Equal(v.Picks, v.Same) {
			t.Errorf("%s: same work %v, best %s, next %s, reason %d, picks %v of %v", order, same, names[v.Best], names[v.Next], v.Reason, v.Picks, v.Same)
		}
		if r.Times.Tests != 3 {
			t.Errorf("%s: %d comparisons, want those of three strategies", order, r.Times.Tests)
		}
		for a := range names {
			for b := range names {
				_, ok := r.Times.Pair(v.Workload, a, b)
				if want := a != b && slices.Contains(v.Same, a) && slices.Contains(v.Same, b); ok != want {
					t.Errorf("%s: %s and %s are compared: %v, want %v", order, names[a], names[b], ok, want)
				}
			}
		}
	}
}

// What files say of the same exact quantity is checked, and a workload of which they
// say two things decides nothing.
func TestContradictions(t *testing.T) {
	const line = `BenchmarkAllocFree/strategy=rangemgr/workload=small`
	for _, tt := range []struct {
		name, file, line, old, new string
		about                      Contradictory
		all                        bool // change every such line
	}{
		{"a share against the placements", "run.bench", line, `100 served-pct`, `40 served-pct`, OfTrace, true},
		{"shares of two samples", "run.bench", line, `100 served-pct`, `40 served-pct`, TwoSamples, false},
		{"refusals against the placements", "curves.bench", `BenchmarkSeries/strategy=rangemgr/workload=small/step=600`, ` 0 refused`, ` 7 refused`, OfTrace, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fixture.Plain()
			dir := f.Write(t)
			if v := judged(t, dir).Verdicts[0]; v.Kind != Win {
				t.Fatalf("kind %d of a run that was not touched, want a win", v.Kind)
			}
			path := filepath.Join(dir, tt.file)
			data, err := os.ReadFile(path)
			fixture.Must(t, err)
			lines, changed := strings.Split(string(data), "\n"), 0
			for i, l := range lines {
				if strings.HasPrefix(l, tt.line) && strings.Contains(l, tt.old) && (tt.all || changed == 0) {
					lines[i] = strings.Replace(l, tt.old, tt.new, 1)
					changed++
				}
			}
			if changed == 0 {
				t.Fatal("no line to change")
			}
			fixture.Must(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o666))
			r := judged(t, dir)
			v := r.Verdicts[0]
			if v.Kind != Contradicted || len(v.Picks) > 0 || len(v.Same) > 0 || !slices.ContainsFunc(v.Contradictions, func(c Contradiction) bool { return c.About == tt.about && c.Strategy == 1 }) {
				t.Errorf("kind %d, picks %v, same %v, contradictions %+v", v.Kind, v.Picks, v.Same, v.Contradictions)
			}
			if _, ok := r.Times.Pair(v.Workload, 0, 1); ok {
				t.Error("times are compared all the same")
			}
			if entries, same := MeanEntries(r.Workloads[:1], 2, r.Builder); len(same) > 0 || len(Comparisons(v.Workload, 2)) > 0 {
				t.Errorf("entries %v are compared all the same", entries)
			}
		})
	}
}

// Placements of two workloads under one name contradict each other.
func TestTwoWorkloads(t *testing.T) {
	f := fixture.Plain()
	f.Strategies = []string{"buddy", "rangemgr"}
	dir := f.Write(t)
	other := fixture.Plain()
	other.Loads[0].Ops = 300
	fixture.Must(t, os.Rename(filepath.Join(other.Write(t), "placements", "small.rangemgr.trace.gz"), filepath.Join(dir, "placements", "small.rangemgr.trace.gz")))
	v := judged(t, dir).Verdicts[0]
	if v.Kind != Contradicted || v.Contradictions[len(v.Contradictions)-1].About != TwoWorkloads {
		t.Errorf("kind %d, contradictions %+v", v.Kind, v.Contradictions)
	}
}

// A lane off by half counts as one off by double: in the floor, in what is called,
// and in whether the run is silenced.
func TestSymmetricLanes(t *testing.T) {
	for _, delta := range []float64{-0.5, 1} {
		self := SelfTest{}
		for i := range 18 { // two strategies on nine workloads
			l := Lane{Workload: fmt.Sprint("w", i/2)}
			l.Pair.Cmp = benchmath.Comparison{P: 0.5, N1: 10, N2: 10}
			if i%6 == 0 {
				l.Pair.Delta, l.Pair.Cmp.P = delta, 0.001
			}
			self.Lanes = append(self.Lanes, l)
		}
		self.judge()
		if self.Largest != 1 || math.Abs(self.Floor("w0")-math.Ln2) > 1e-12 {
			t.Errorf("lanes off by %v: largest %v, floor %v", delta, self.Largest, self.Floor("w0"))
		}
		// Three of 18 lanes off by two speak of the workloads they are of, and of those that
		// have none; the lanes of another say that its own cells were spared.
		if f := self.Floor("w1"); f != 0 {
			t.Errorf("three lanes off by %v: floor %v of a workload with lanes that agree", delta, f)
		}
		if f := self.Floor("none"); math.Abs(f-math.Ln2) > 1e-12 {
			t.Errorf("three lanes off by %v: floor %v of a workload without one", delta, f)
		}
		if (Pair{Delta: -0.45, Lo: -0.46, Hi: -0.44}).beyond(self.Floor("w0")) {
			t.Error("45 % less time is called beyond a floor of two")
		}
		if !(Pair{Delta: -0.58, Lo: -0.59, Hi: -0.57}).beyond(self.Floor("w0")) || !(Pair{Delta: 1.4, Lo: 1.3, Hi: 1.5}).beyond(self.Floor("w0")) {
			t.Error("a difference wholly beyond the floor is not called")
		}
	}
}

// A win needs its whole interval beyond the floor.
func TestIntervalAndFloor(t *testing.T) {
	floor := math.Log(1.171)
	for _, tt := range []struct {
		p    Pair
		want bool
	}{
		{Pair{Delta: 0.18, Lo: 0.118, Hi: 0.25}, false},
		{Pair{Delta: 0.18, Lo: 0.172, Hi: 0.25}, true},
		{Pair{Delta: -0.18, Lo: -0.25, Hi: -0.118}, false},
		{Pair{Delta: -0.18, Lo: -0.25, Hi: -0.147}, true},
		{Pair{Delta: 0.5, Lo: math.Inf(-1), Hi: math.Inf(1)}, false},
		{Pair{Delta: -1, Lo: -1, Hi: -1}, true},
	} {
		if got := tt.p.beyond(floor); got != tt.want {
			t.Errorf("%v (%v to %v) beyond a floor of 17.1 %%: %v", tt.p.Delta, tt.p.Lo, tt.p.Hi, got)
		}
	}
}

// The tick is a nanosecond, the unit of the files, unless all times lie on a
// coarser grid, and a replay of less than a thousand is not compared.
func TestClock(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ops   int
		tick  float64 // ns: the times are rounded to it
		ns    float64
		want  float64
		short bool
	}{
		{"three operations", 3, 1, 40, 1, true},
		{"a long replay, on no grid", 1000, 1, 40, 4, false},
		{"25 ns, 40 µs", 1000, 25, 40, 25, false},
		{"25 ns, 20 µs", 500, 25, 40, 25, true},
		{"100 ns", 1000, 100, 80, 100, true},
	} {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{tt.ns, tt.ns * 1.1}, Ops: tt.ops})
		f.Noise = 0.02
		dir := f.Write(t)
		for _, name := range []string{"run.bench", "aa.bench"} {
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			fixture.Must(t, err)
			text := regexp.MustCompile(`[0-9.]+ ns/op`).ReplaceAllStringFunc(string(data), func(s string) string {
				var v float64
				fmt.Sscan(s, &v)
				return fmt.Sprint(math.Round(v*float64(tt.ops)/tt.tick)*tt.tick/float64(tt.ops), " ns/op")
			})
			fixture.Must(t, os.WriteFile(path, []byte(text), 0o666))
		}
		r := judged(t, dir)
		if got := r.Times.Clock.Tick / nanosecond; math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: a tick of %v ns, want %v", tt.name, got, tt.want)
		}
		if v := r.Verdicts[0]; (v.Kind == Short) != tt.short {
			t.Errorf("%s: kind %d, want too short: %v", tt.name, v.Kind, tt.short)
		}
		if tt.short && (r.Times.Tests > 0 || len(r.Times.Self.Lanes) > 0) {
			t.Errorf("%s: %d comparisons and %d lanes of what is too short to time", tt.name, r.Times.Tests, len(r.Times.Self.Lanes))
		}
	}
}

// What a run could have detected is never less than a tick.
func TestDetectsATick(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{2, 2}, Ops: 1000})
	f.Noise = 0
	r := judged(t, f.Write(t))
	if got := r.Times.Detects(r.Workloads[0], 0, 1); got < 1.0/2001 {
		t.Errorf("a run of 2,000 ticks detects %v", got)
	}
}
