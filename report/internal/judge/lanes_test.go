package judge

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// edited is the run with every match in run.bench and aa.bench replaced.
func edited(t *testing.T, f fixture.Run, pattern, by string) Run {
	t.Helper()
	dir := f.Write(t)
	for _, name := range []string{"run.bench", "aa.bench"} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		fixture.Must(t, err)
		fixture.Must(t, os.WriteFile(path, regexp.MustCompile(pattern).ReplaceAll(data, []byte(by)), 0o666))
	}
	return judged(t, dir)
}

// The lane of a strategy that is in no comparison says nothing of the others.
func TestLanesOfCompared(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{100, 50, 80}, Served: []float64{100, 100, 0}})
	r := edited(t, f, `(?m)^(BenchmarkAA/strategy=tlsf.*) (\d)`, "$1 9$2")
	if v := r.Verdicts[0]; v.Kind != Win || len(r.Times.Self.Lanes) != 2 || r.Times.Self.Largest > 0.05 {
		t.Errorf("kind %d, %d lanes, the largest off by %v", v.Kind, len(r.Times.Self.Lanes), r.Times.Self.Largest)
	}
}

// Both strategies of a comparison need a lane on the workload.
func TestLaneOfEither(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 50}}, fixture.Workload{Ns: []float64{100, 50}})
	for _, name := range f.Strategies {
		r := edited(t, f, `(?m)^BenchmarkAA/strategy=`+name+`/workload=wa.*\n`, "")
		if a, b := r.Verdicts[0].Kind, r.Verdicts[1].Kind; a != Noisy || b != Win {
			t.Errorf("no lane of %s on the first of two: kinds %d, %d", name, a, b)
		}
	}
}

// What a run detects is not less than the interval of a median, which outliers widen.
func TestDetectsOutliers(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}})
	r := judged(t, f.Write(t))
	c := r.Workloads[0].Cells
	for k, cell := range c {
		if k.Unit.Name == "ns/op" && k.Bench.Name == "AllocFree" && k.Strategy == 1 {
			cell.Sum.Hi = 1.59 * cell.Sum.Center
		}
	}
	if d := r.Times.Detects(r.Workloads[0], 0, 1); d < 0.589 {
		t.Errorf("a run with a median ±59 %% detects %v", d)
	}
}
