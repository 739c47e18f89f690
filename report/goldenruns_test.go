package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// goldenRuns are the runs of TestGolden: one of each kind that a report has something of
// its own to say of.
var goldenRuns = []struct {
	name string
	dir  func(t *testing.T) string
}{
	{"one", func(t *testing.T) string { return fixture.Many(1).Write(t) }},
	{"plain", func(t *testing.T) string {
		dir := fixture.Plain().Write(t)
		fixture.WriteFlames(t, dir)
		return dir
	}},
	{"four", func(t *testing.T) string { return fixture.Many(4).Write(t) }},
	{"seven", func(t *testing.T) string { return fixture.Many(7).Write(t) }},
	{"old", func(t *testing.T) string { return copied(t, "testdata/d60aaa5") }},
	{"tie", func(t *testing.T) string { return copied(t, "testdata/three-strategies-tie") }},
	{"contiguous", func(t *testing.T) string { return copied(t, "testdata/xe-contiguous-3g") }},
	{"nothing-served", func(t *testing.T) string { return fixture.NothingServed().Write(t) }},
	{"counted", func(t *testing.T) string {
		return fixture.Planted(3, fixture.Workload{Ns: []float64{3, 2, 1}}, fixture.Workload{Ns: []float64{1, 1, 1}}).WithCurves(t, fixture.CountersText)
	}},
	{"generations", func(t *testing.T) string {
		return kernelsDir(t, map[string][4]string{"buddy_6.11": alike, "buddy": {alike[0], "= 4096+4096", alike[2], "! ENOSPC"}},
			"BenchmarkDeviations/strategy=buddy_6.11/workload=w-2 4 2 kernel-stops\nBenchmarkDeviations/strategy=buddy/workload=w-2 4 1 misaligned-grants 0 kernel-stops\n"+
				work("buddy_6.11", 4, 30, 31000, .31)+work("buddy", 4, 20, 1000, .23))
	}},
	{"modelled", func(t *testing.T) string {
		return kernelsDir(t, map[string][4]string{"buddy_6.11": alike, "buddy": alike}, work("buddy_6.11", 3, 30, 31000, .31)+work("buddy", 3, 20, 1000, .23))
	}},
	{"empty", func(t *testing.T) string {
		dir := t.TempDir()
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte("# vramlab run 1\n"), 0o666))
		return dir
	}},
	{"sweep-alone", func(t *testing.T) string {
		dir := t.TempDir()
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte("# vramlab run 1\n# strategies: tlsf buddy radix\n"), 0o666))
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), []byte(fixture.Swept("buddy", fixture.LogCost(20, 3), fixture.LogCost(20, 3))+
			fixture.Swept("radix", fixture.PowerCost(1, 0.5), fixture.PowerCost(1, 1))+fixture.CrossingLine("radix", 3)+
			fixture.Swept("tlsf", fixture.FlatCost(20), fixture.FlatCost(30))+fixture.ConcurrentText("tlsf", "locked", 1, 5, 30)), 0o666))
		return dir
	}},
	{"hurt", func(t *testing.T) string {
		f := fixture.Plain()
		dir := f.Write(t)
		fixture.Append(t, dir, hurtLines)
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "placements", "odd.trace.gz"), []byte("not a trace\n"), 0o666))
		cut(t, filepath.Join(dir, "placements", "gfx.rangemgr.trace.gz"), 0.4)
		fixture.Must(t, os.MkdirAll(filepath.Join(dir, "profiles"), 0o777))
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "profiles", "buddy.pprof"), []byte("no profile"), 0o666))
		fixture.WriteProfile(t, dir, "rangemgr", fixture.MakeProfile("gfx", nil))
		return dir
	}},
}

// hurtLines are no results of a run.
const hurtLines = "BenchmarkAllocFree/strategy=buddy/workload=small-2 100 twelve ns/op\n" +
	"BenchmarkAllocFree/workload=small-2 100 12 ns/op\n" +
	"BenchmarkAllocFree/strategy=buddy/workload=small-2 100 NaN ns/op\n" +
	"BenchmarkAllocFree/strategy=buddy/workload=small-2 100 -3 ns/op\n" +
	"BenchmarkAllocFree/strategy=buddy/workload=small-2 100 12\n" +
	"BenchmarkNobody/strategy=buddy/workload=small-2 100 12 ns/op\n"

// copied is a copy of a run directory, for the report to be written into.
func copied(t *testing.T, from string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	fixture.Must(t, os.CopyFS(dir, os.DirFS(from)))
	return dir
}
