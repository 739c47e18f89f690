package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
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

// The smallest regions are a table if there are any; a strategy without one has a dash.
func TestSmallestOnPage(t *testing.T) {
	const heading = "The smallest region that serves each recorded trace"
	f := fixture.Plain()
	if strings.Contains(rendered(t, f.Write(t)), heading) {
		t.Error("a run without searches shows a table of them")
	}
	page := rendered(t, f.WithCurves(t, "BenchmarkSmallestRegion/strategy=buddy/workload=gfx-2 3 1 region/peak 153055232 region-B 0 refused-op 2 never-served\n"+
		"BenchmarkSmallestRegion/strategy=rangemgr/workload=gfx-2 3 1.0439465 region/peak 177246208 region-B 3609 refused-op 0 never-served\n"+
		"BenchmarkSmallestRegion/strategy=rangemgr/workload=frames-2 3 4096 region-B 1 refused-op 0 never-served\n"+
		"BenchmarkSmallestRegion/strategy=rangemgr/workload=small-2 3 1 region/peak\n"))
	checkPage(t, page)
	checkLabels(t, page)
	at := strings.Index(page, heading)
	if at < 0 {
		t.Fatal("there is no table")
	}
	table := page[at : at+strings.Index(page[at:], "</table>")]
	var cells []string
	for _, cell := range strings.Split(table, "<td class=\"num\">")[1:] {
		cells = append(cells, strings.ReplaceAll(cell[:strings.Index(cell, "<")], text.NBSP, " "))
	}
	want := []string{"100.00 % (146 MiB)*", "104.39 % (169 MiB)", text.None, "4 KiB"}
	if !slices.Equal(cells, want) || !strings.Contains(table, "*: without requests that") {
		t.Errorf("cells %q, want %q in\n%s", cells, want, table)
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
