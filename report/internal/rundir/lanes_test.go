package rundir

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A run is the same whether its lanes have a file of their own or stand in run.bench, as
// in old versions.
func TestLanesOfOldRuns(t *testing.T) {
	f := fixture.Plain()
	now, err := Read(f.Write(t))
	fixture.Must(t, err)
	f.OneFile = true
	old, err := Read(f.Write(t))
	fixture.Must(t, err)
	for i, w := range now.Workloads {
		if w.Cell(schema.AA, schema.NsPerOp, 1) == nil || !reflect.DeepEqual(w.Cells, old.Workloads[i].Cells) || !reflect.DeepEqual(w.iters, old.Workloads[i].iters) {
			t.Errorf("%s: %d cells, %d of the old run, which differ", w.Name, len(w.Cells), len(old.Workloads[i].Cells))
		}
	}
	for _, r := range []*Run{now, old} {
		if len(r.Missing) > 0 || len(r.Warnings.All()) > 0 {
			t.Errorf("missing %v, warnings %q", r.Missing, r.Warnings.All())
		}
	}
}

// Without aa.bench a run has no lanes, and says so if anything was measured.
func TestLanesMissing(t *testing.T) {
	dir := fixture.Plain().Write(t)
	fixture.Must(t, os.Remove(filepath.Join(dir, "aa.bench")))
	r, err := Read(dir)
	fixture.Must(t, err)
	if !slices.Equal(r.Missing, []string{"aa.bench"}) || r.Workload("small").Cell(schema.AA, schema.NsPerOp, 0) != nil {
		t.Errorf("missing %v", r.Missing)
	}
}

// What stands in aa.bench is held to the rules of the other files.
func TestBadLanes(t *testing.T) {
	const line = "BenchmarkAA/strategy=buddy/workload=small-2 600 5 ns/op\n"
	for text, want := range map[string]string{
		"# seed: 8\n" + line:                       "aa.bench: is of another run and left out: its seed is 8, that of run.bench 7",
		line + strings.Replace(line, "5", "x", 1):  "aa.bench:2: parsing measurement: invalid syntax",
		strings.Replace(line, "5", "NaN", 1):       "aa.bench:1: NaN sec/op is no measurement",
		strings.Replace(line, "5", "0", 1):         "aa.bench: 1 left out: times of 0 ns/op, which were not measured",
		strings.Replace(line, "ns/op", "moons", 1): `aa.bench: 1 left out: values of the unit "moons", which is not known here`,
		strings.Replace(line, "AA", "BB", 1):       "aa.bench: 1 left out: lines of BenchmarkBB, which is not known here",
	} {
		r := warned(t, written(t, "aa.bench", text), want)
		if c := r.Workload("small").Cell(schema.AA, schema.NsPerOp, 0); c != nil && len(c.Sample.Values) != 1 {
			t.Errorf("%q: %d samples", text, len(c.Sample.Values))
		}
	}
}
