package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A run from before these lines were written, or one that was stopped, has the
// sections and says what is missing.
func TestNoTables(t *testing.T) {
	page := rendered(t, fixture.Pair1(2).Write(t))
	checkPage(t, page)
	checkLabels(t, page)
	for _, bench := range []string{"BenchmarkBuilders", "BenchmarkPolicy", "BenchmarkMigrate", "BenchmarkScaling", "BenchmarkConcurrent"} {
		if !strings.Contains(page, "has no "+bench+" lines") {
			t.Errorf("the page does not say that %s lines are missing", bench)
		}
	}
}

// A run of a sweep alone has no workload, and reports the sweep.
func TestSweepAlone(t *testing.T) {
	dir := t.TempDir()
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte("# vramlab run 1\n# strategies: tlsf buddy\n"), 0o666))
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), []byte(fixture.Swept("buddy", fixture.LogCost(20, 3), fixture.LogCost(20, 3))+
		fixture.Swept("tlsf", fixture.FlatCost(20), fixture.FlatCost(30))+fixture.ConcurrentText("tlsf", "locked", 1, 5, 30)), 0o666))
	r := loaded(t, dir)
	if got := strings.Join(r.Strategies(), " "); got != "tlsf buddy" {
		t.Errorf("strategies %s", got)
	}
	page := rendered(t, dir)
	checkPage(t, page)
	checkLabels(t, page)
	for _, want := range []string{`<section id="scaling"`, `<section id="concurrent"`, "no operation grows faster than live^"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

func TestFlamesOnPage(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	fixture.WriteFlames(t, dir)
	page := rendered(t, dir)
	checkPage(t, page)
	checkLabels(t, page)
	if !strings.Contains(page, "Allocator.Free") || strings.Contains(page, "bench.drain") {
		t.Error("the page has no flame graph, or one with the harness in it")
	}
}

func TestBadProfile(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	fixture.Must(t, os.MkdirAll(filepath.Join(dir, "profiles"), 0o777))
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "profiles", "buddy.pprof"), []byte("no profile"), 0o666))
	fixture.WriteProfile(t, dir, "rangemgr", fixture.MakeProfile("gfx", nil))
	page := rendered(t, dir)
	checkPage(t, page)
	checkLabels(t, page)
	if !strings.Contains(page, "profiles/buddy.pprof") || !strings.Contains(page, "No CPU profiles in this run") {
		t.Error("the bad profile is not in the warnings, or the page does not say that there are none")
	}
}

// The table of counts is left out of a run without any.
func TestWorkOnPage(t *testing.T) {
	const summary = "Work counted, per operation (exact)"
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{1, 1, 1}}, fixture.Workload{Ns: []float64{1, 1, 1}})
	if strings.Contains(rendered(t, f.Write(t)), summary) {
		t.Error("a run without counts shows a table of them")
	}
	page := rendered(t, f.WithCurves(t, fixture.CountersText))
	checkPage(t, page)
	checkLabels(t, page)
	for _, part := range []string{summary, "places looked at in search of one that fits", `<td class="num">1,234.5</td>`} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is not in the page", part)
		}
	}
}
