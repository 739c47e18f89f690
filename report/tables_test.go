package report

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withCurves is a run of two strategies on the workload wa whose curves.bench
// is the text.
func withCurves(t *testing.T, f fixture, text string) *Run {
	t.Helper()
	dir := f.write(t)
	must(t, os.WriteFile(filepath.Join(dir, "curves.bench"), []byte(text), 0o666))
	return load(t, dir)
}

func pair1(strategies int) fixture {
	ns := []float64{100, 100, 100, 100}
	return planted(strategies, fixtureLoad{ns: ns[:strategies]})
}

// builderText is samples of a builder on an object: times around ns, with a
// table of segs entries and a peak of memory.
func builderText(builder, size string, samples int, ns float64, segs, peak int) string {
	var b strings.Builder
	for i := range samples {
		fmt.Fprintf(&b, "BenchmarkBuilders/layout=whole/builder=%s/size=%s-2 100 %v ns/table %d segs/table %d entries/table %d peak-B\n",
			builder, size, ns*(1+0.01*float64(i)), segs, segs+7, peak)
	}
	return b.String()
}

func TestBuildersHeading(t *testing.T) {
	const kib, mib = 1 << 10, 1 << 20
	noisy := pair1(2)
	noisy.drift = 0.5
	tests := []struct {
		name  string
		run   fixture
		lines []string
		want  string
	}{{
		"temporary memory, with the time it costs", pair1(2),
		[]string{builderText("counted", "1GiB", 10, 12, 1, 16), builderText("worstcase", "1GiB", 10, 9e5, 1, 8*mib),
			builderText("counted", "16GiB", 10, 14, 5, 80), builderText("worstcase", "16GiB", 10, 9e6, 5, 129*mib)},
		"To describe 1 GiB in 1 entry, worstcase takes 8 MiB for a moment and 941 µs; counted takes 16 B and 12.5 ns",
	}, {
		"no table of one entry: the largest size", pair1(2),
		[]string{builderText("grow", "4GiB", 10, 12, 2, 16), builderText("worstcase", "4GiB", 10, 9e5, 2, 33*mib),
			builderText("grow", "16GiB", 10, 14, 5, 80), builderText("worstcase", "16GiB", 10, 9e6, 5, 129*mib)},
		"To describe 16 GiB in 5 entries, worstcase takes 129 MiB for a moment and 9.4 ms; grow takes 80 B and 14.6 ns",
	}, {
		"a size that one builder has not is not spoken of", pair1(2),
		[]string{builderText("counted", "64KiB", 10, 12, 1, 16), builderText("worstcase", "64KiB", 10, 90, 1, 4*kib), builderText("counted", "1GiB", 10, 12, 1, 16)},
		"To describe 64 KiB in 1 entry, worstcase takes 4 KiB for a moment and 94.1 ns; counted takes 16 B and 12.5 ns",
	}, {
		"too few samples for times: memory alone", pair1(2),
		[]string{builderText("counted", "1GiB", 4, 12, 1, 16), builderText("worstcase", "1GiB", 4, 9e5, 1, 8*mib)},
		"To describe 1 GiB in 1 entry, worstcase takes 8 MiB for a moment; counted takes 16 B",
	}, {
		"samples overlap: memory alone", pair1(2),
		[]string{builderText("counted", "1GiB", 10, 12, 1, 16), builderText("worstcase", "1GiB", 10, 13, 1, 8*mib)},
		"To describe 1 GiB in 1 entry, worstcase takes 8 MiB for a moment; counted takes 16 B",
	}, {
		"a noisy run calls no times", noisy,
		[]string{builderText("counted", "1GiB", 10, 12, 1, 16), builderText("worstcase", "1GiB", 10, 9e5, 1, 8*mib)},
		"To describe 1 GiB in 1 entry, worstcase takes 8 MiB for a moment; counted takes 16 B",
	}, {
		"the same memory", pair1(2),
		[]string{builderText("counted", "1GiB", 10, 12, 1, 16), builderText("grow", "1GiB", 10, 9, 1, 24)},
		"To describe 1 GiB in 1 entry no builder takes twice the memory of another",
	}, {
		"one builder", pair1(2),
		[]string{builderText("counted", "4KiB", 10, 8, 1, 16), builderText("counted", "64KiB", 10, 12, 1, 16)},
		"A table of 4 KiB to 64 KiB takes 8.36 to 12.5 ns",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, tt.run, strings.Join(tt.lines, ""))
			if got := r.plain(r.buildersHeading(r.builderLines("whole"))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Lines that end alike share a label, and every builder is named in one.
func TestBuilderLabels(t *testing.T) {
	r := withCurves(t, pair1(1), plainFixture().tables())
	lines := r.builderLines("whole")
	var names []string
	for _, l := range lines {
		names = append(names, l.name)
	}
	if got := strings.Join(names, " "); got != "counted grow nomerge sorted worstcase" {
		t.Errorf("the builders come as %s", got)
	}
	for _, small := range []bool{false, true} {
		for _, pn := range []builderPanel{timePanel(lines), memoryPanel(lines)} {
			text := ""
			for _, l := range pn.labels(lines, small) {
				text += strings.Join(l.lines, " ") + "|"
			}
			for _, name := range names {
				if strings.Count(text, name) != 1 {
					t.Errorf("%s: %s is not named once in %s", pn.title, name, text)
				}
			}
			if pn.title != "time per table" && !strings.Contains(text, "counted, sorted 80"+nbsp+"B|") {
				t.Errorf("%s: counted and sorted end at the same bytes, but do not share a label in %s", pn.title, text)
			}
		}
	}
}

func TestOddBuilders(t *testing.T) {
	nan := math.NaN()
	for name, cells := range map[string]map[builderKey]*builderCell{
		"no samples":    {{"whole", "a", 4096}: {nil, 1, 1, 16}},
		"one point":     {{"whole", "a", 4096}: {[]float64{1e-9}, 1, 1, 16}},
		"no counts":     {{"whole", "a", 4096}: {[]float64{1e-9}, nan, nan, nan}, {"whole", "b", 4096}: {[]float64{1}, nan, nan, nan}},
		"zero bytes":    {{"whole", "a", 4096}: {[]float64{1e-9}, 0, 0, 0}, {"whole", "b", 8192}: {[]float64{1e-9}, 0, 0, 0}},
		"huge":          {{"whole", "a", 1 << 63}: {[]float64{1e29}, 1e29, 1e29, 1e29}, {"whole", "b", 1}: {[]float64{1e-300}, 1e-300, 0, 1e-300}},
		"other sizes":   {{"odd", "a", 4096}: {[]float64{1}, 1, 1, 1}, {"odd", "b", 8192}: {[]float64{1}, 1, 1, 1}},
		"eight of them": {{"", "a", 1}: {}, {"", "b", 1}: {}, {"", "c", 1}: {}, {"", "d", 1}: {}, {"", "e", 1}: {}, {"", "f", 1}: {}, {"", "g", 1}: {}, {"", "h", 1}: {}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Run{}
			r.curves.tables.builders = cells
			var p page
			must(t, r.fillBuilders(&p, nil))
			if p.Builders.Heading == "" || len(p.Layouts) != 1 {
				t.Fatalf("%d layouts, heading %q", len(p.Layouts), p.Builders.Heading)
			}
			checkFigure(t, p.Layouts[0].Figure)
		})
	}
}

// policyText is one line of page-table entries.
func policyText(strategy, workload, policy string, served, pte4k, pte64k, pte2m float64) string {
	return fmt.Sprintf("BenchmarkPolicy/strategy=%s/workload=%s/policy=%s-2 100 %v served-pct 1 segs/table %v entries/table %v pte4k/table %v pte64k/table %v pte2m/table 1048576 reach-B 0 waste-pct\n",
		strategy, workload, policy, served, pte4k+pte64k+pte2m, pte4k, pte64k, pte2m)
}

func TestPoliciesHeading(t *testing.T) {
	two := planted(2, fixtureLoad{ns: []float64{1, 1}}, fixtureLoad{ns: []float64{1, 1}})
	tests := []struct {
		name  string
		run   fixture
		lines []string
		want  string
	}{{
		"the policy decides", two,
		[]string{policyText("buddy", "wa", "i915", 100, 512, 0, 0), policyText("buddy", "wa", "amdgpu", 100, 0, 0, 1),
			policyText("rangemgr", "wa", "i915", 100, 256, 0, 0), policyText("rangemgr", "wa", "amdgpu", 100, 0, 0, 1)},
		"wa: a table of buddy needs 512 page-table entries under i915, 1 under amdgpu; strategies differ by a factor of 2 at most",
	}, {
		"the strategy decides, on the second workload", two,
		[]string{policyText("buddy", "wa", "i915", 100, 10, 0, 0), policyText("rangemgr", "wa", "i915", 100, 10, 0, 0),
			policyText("buddy", "wb", "i915", 100, 10, 0, 0), policyText("rangemgr", "wb", "i915", 100, 1, 1, 0.5),
			policyText("buddy", "wb", "xe", 100, 9.9, 0, 0)},
		"wb: under i915 a table of buddy needs 10 page-table entries, one of rangemgr 2.5; policies differ by 1 % at most",
	}, {
		"one policy", two,
		[]string{policyText("buddy", "wa", "xe", 100, 10, 0, 0), policyText("rangemgr", "wa", "xe", 100, 5, 0, 0)},
		"wa: under xe a table of buddy needs 10 page-table entries, one of rangemgr 5",
	}, {
		"who serves less needs fewer, which is no gain", two,
		[]string{policyText("buddy", "wa", "i915", 100, 10, 0, 0), policyText("rangemgr", "wa", "i915", 99, 1, 0, 0),
			policyText("buddy", "wa", "xe", 100, 5, 0, 0), policyText("rangemgr", "wa", "xe", 98, 1, 0, 0)},
		"wa: a table of buddy needs 10 page-table entries under i915, 5 under xe",
	}, {
		"nothing decides", two,
		[]string{policyText("buddy", "wa", "i915", 100, 10, 0, 0), policyText("rangemgr", "wa", "i915", 100, 10.2, 0, 0),
			policyText("buddy", "wa", "xe", 100, 10, 0, 0), policyText("rangemgr", "wa", "xe", 100, 10, 0, 0)},
		"Page tables cost the same under every strategy and policy, within 2 %",
	}, {
		"one of each", pair1(1),
		[]string{policyText("buddy", "wa", "i915", 100, 10, 5, 0)},
		"A table needs 15 page-table entries",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, tt.run, strings.Join(tt.lines, ""))
			if got := r.plain(r.policiesHeading()); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// The table shown is of the workload that the heading speaks of, the others
// are each there once.
func TestPolicyTables(t *testing.T) {
	f := planted(2, fixtureLoad{ns: []float64{1, 1}}, fixtureLoad{ns: []float64{1, 1}}, fixtureLoad{ns: []float64{1, 1}})
	r := withCurves(t, f, policyText("buddy", "wa", "xe", 100, 3, 0, 0)+policyText("buddy", "wb", "xe", 100, 16, 1, 1)+
		policyText("rangemgr", "wb", "xe", 99.5, 0, 2, 1)+policyText("buddy", "wb", "i915", 100, 544, 0, 0)+policyText("buddy", "wc", "xe", 100, 5, 0, 0)+
		"BenchmarkPolicy/strategy=buddy/workload=wc/policy=i915-2 100 100 served-pct\n")
	var p page
	must(t, r.fillPolicies(&p, nil))
	var others []string
	for _, g := range p.PolicyOthers {
		others = append(others, g.Title)
	}
	if p.PolicyMain.Title != "wb" || fmt.Sprint(others) != "[wa wc]" {
		t.Errorf("shown is %s, folded %s; want wb and [wa wc]", p.PolicyMain.Title, others)
	}
	var got []string
	for _, row := range p.PolicyMain.Rows {
		got = append(got, fmt.Sprint(row.First, " ", row.Policy, " ", row.Name, " ", row.Class, " ", row.Entries, " ", row.Counts, " ", row.Values))
	}
	want := "true i915 buddy s0 544 [0 0 544] [0 % 0 % 1 MiB 0 % 0 1]|" +
		"true xe buddy s0 18 [1 1 16] [94 % 97 % 1 MiB 0 % 0 1]|" +
		"false xe rangemgr s1 3 [1 2 0] [94 % 100 % 1 MiB 0 % 5 1]"
	if s := strings.ReplaceAll(strings.Join(got, "|"), nbsp, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if w := strings.Join(r.Warnings(), "|"); !strings.Contains(w, "curves.bench:6: no count of page-table entries") {
		t.Errorf("no warning about the line without counts in %q", w)
	}
}

// lifetimeText is one line of migrations.
func lifetimeText(strategy, lifetime string, hazards int) string {
	return fmt.Sprintf("BenchmarkMigrate/strategy=%s/lifetime=%s-2 2000 900 ns/op 120 capture-p50-ns 1300 capture-p99-ns %d hazards 71 peak-tables 30976 peak-B 1204 recovered\n",
		strategy, lifetime, hazards)
}

func TestLifetimesHeading(t *testing.T) {
	for _, tt := range []struct {
		name, lines, want string
	}{{
		"one is unsafe", lifetimeText("buddy", "gc", 0) + lifetimeText("buddy", "resource", 100) + lifetimeText("rangemgr", "resource", 114) +
			lifetimeText("buddy", "refcount", 0) + lifetimeText("buddy", "copy", 0),
		"Tables that live with the resource were read after release 214 times; counted references, copies and garbage-collected tables never",
	}, {
		"the design itself is", lifetimeText("buddy", "refcount", 1) + lifetimeText("buddy", "copy", 0),
		"Counted references were read after release 1 time; copies never",
	}, {
		"two are", lifetimeText("buddy", "resource", 5000) + lifetimeText("buddy", "copy", 2) + lifetimeText("buddy", "refcount", 0),
		"Copies were read after release 2 times and tables that live with the resource 5,000 times; counted references never",
	}, {
		"none is", lifetimeText("buddy", "resource", 0) + lifetimeText("rangemgr", "refcount", 0),
		"No table was read after its release: counted references and tables that live with the resource",
	}, {
		"a lifetime that is not known here", lifetimeText("buddy", "arena", 3),
		"Tables of arena were read after release 3 times",
	}, {
		"hazards not counted", "BenchmarkMigrate/strategy=buddy/lifetime=gc-2 2000 900 ns/op\n",
		"Whether a table was read after its release was not counted",
	}} {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, pair1(2), tt.lines)
			if got := r.plain(r.lifetimesHeading()); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLifetimeTable(t *testing.T) {
	r := withCurves(t, pair1(2), strings.Repeat(lifetimeText("rangemgr", "resource", 7), 10)+lifetimeText("nobody", "copy", 1)+
		"BenchmarkMigrate/strategy=rangemgr/lifetime=refcount-2 2000 905 ns/op\n"+
		strings.Repeat("BenchmarkRef/mode=uncontended-2 100 10.9 ns/op\nBenchmarkRef/mode=contended-2 100 37 ns/op\n", 5))
	var p page
	must(t, r.fillLifetimes(&p, nil))
	var got []string
	for _, g := range p.LifetimeGroups {
		for _, row := range g.Rows {
			got = append(got, fmt.Sprint(g.Name, " ", g.Class, " ", row.Name, " ", row.Time, " ", row.Spread, " ", row.Values))
		}
	}
	want := "rangemgr s1 refcount 905 ns  [– – – – – –]|rangemgr s1 resource 900 ns ± 0 % [7 71 30.2 KiB 120 ns 1.3 µs 1,204]"
	if s := strings.ReplaceAll(strings.Join(got, "|"), nbsp, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	for _, part := range []string{"A get and its put take 10.9 ns uncontended and 37 ns contended", "2,000 migrations a sample"} {
		if !strings.Contains(strings.ReplaceAll(p.Lifetimes.Note, nbsp, " "), part) {
			t.Errorf("%q is not in the note %q", part, p.Lifetimes.Note)
		}
	}
}

// A run from before these lines were written, or one that was stopped, has the
// sections and says what is missing.
func TestNoTables(t *testing.T) {
	page := rendered(t, pair1(2).write(t))
	checkPage(t, page)
	for _, bench := range []string{"BenchmarkBuilders", "BenchmarkPolicy", "BenchmarkMigrate"} {
		if !strings.Contains(page, "holds no "+bench+" lines") {
			t.Errorf("the page does not say that %s lines are missing", bench)
		}
	}
}
