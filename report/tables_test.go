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
func withCurves(t *testing.T, f fixture, text string) In {
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
			if got := r.strategies.plain(buildersHeading(r.times.Self, "whole", builderLines(r.curves.builders, "whole"))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Only the layout of one block has a size whose table is a single entry that
// says something: of any other the largest size is spoken of, and each figure
// is described by its own.
func TestLayouts(t *testing.T) {
	var text strings.Builder
	for _, layout := range []string{"shuffled", "pieces", "whole"} {
		for i, bytes := range []string{"64KiB", "64MiB", "1GiB"} {
			segs := []int{1, 768, 12288}[i]
			if layout == "whole" {
				segs = 1
			}
			more := segs
			if layout == "shuffled" {
				more = segs * 4 / 3
			}
			text.WriteString(strings.ReplaceAll(builderText("counted", bytes, 4, 12, segs, 16*segs)+
				builderText("nomerge", bytes, 4, 12, more, 16*more)+builderText("worstcase", bytes, 4, 12, segs, 64*segs+4096), "=whole", "="+layout))
		}
	}
	text.WriteString(builderText("counted", "16GiB", 4, 12, 5, 80))
	r := withCurves(t, pair1(1), text.String())
	p, err := makeBuildersSection(r)
	must(t, err)
	const reads = ", for each object. The table grows with the object and the lines with it; what a builder costs beyond that is how far its line lies above another.|"
	var got string
	for i, name := range layouts(r.curves.builders) {
		l := p.Layouts[i]
		got += fmt.Sprint(l.Title, " ", l.Table.Sizes, "|", l.How, "|", r.strategies.plain(buildersHeading(r.times.Self, name, builderLines(r.curves.builders, name))), "\n")
		desc := r.strategies.plain(buildersHeading(r.times.Self, name, builderLines(r.curves.builders, name)))
		if svg := strings.ReplaceAll(string(l.Figure.Wide), nbsp, " "); !strings.Contains(svg, desc) {
			t.Errorf("the figure of %s is not described by %s", name, desc)
		}
	}
	want := "One block [64 KiB 64 MiB 16 GiB]|One block for each object. A line that stays flat does not care how large the object is; one that climbs pays by the page.|" +
		"To describe 1 GiB in 1 entry, worstcase takes 4.06 KiB for a moment; counted takes 16 B\n" +
		"Separate blocks of 64 KiB [64 KiB 64 MiB 1 GiB]|Separate blocks of 64 KiB" + reads +
		"To describe 1 GiB in 12,288 entries, worstcase takes 772 KiB for a moment; counted takes 192 KiB\n" +
		"Blocks of 64 KiB out of order, some adjoining [64 KiB 64 MiB 1 GiB]|Blocks of 64 KiB out of order, some adjoining" + reads +
		"To describe 1 GiB in 12,288 to 16,384 entries, worstcase takes 772 KiB for a moment; counted takes 192 KiB\n"
	if got = strings.ReplaceAll(got, nbsp, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Lines that end alike share a label, and every builder is named in one.
func TestBuilderLabels(t *testing.T) {
	r := withCurves(t, pair1(1), plainFixture().tables())
	lines := builderLines(r.curves.builders, "whole")
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
			r := In{Run: &Run{}, times: &Times{Self: &SelfTest{}}}
			r.curves.builders = cells
			p, err := makeBuildersSection(r)
			must(t, err)
			if p.Heading == "" || len(p.Layouts) != 1 {
				t.Fatalf("%d layouts, heading %q", len(p.Layouts), p.Heading)
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

// noServed takes the share of requests served out of a line.
func noServed(line string) string { return strings.Replace(line, "100 100 served-pct", "100", 1) }

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
		[]string{policyText("buddy", "wa", "i915", 100, 10, 0, 0), policyText("rangemgr", "wa", "i915", 98.9, 1, 0, 0),
			policyText("buddy", "wa", "xe", 100, 5, 0, 0), policyText("rangemgr", "wa", "xe", 98, 1, 0, 0)},
		"wa: a table of buddy needs 10 page-table entries under i915, 5 under xe",
	}, {
		"one request in a hundred more is refused: compared all the same", two,
		[]string{policyText("buddy", "wa", "i915", 100, 11.75, 0, 0), policyText("rangemgr", "wa", "i915", 99, 1360, 0, 0),
			policyText("buddy", "wa", "xe", 100, 11.75, 0, 0), policyText("rangemgr", "wa", "xe", 97, 1360, 0, 0)},
		"wa: under i915 a table of rangemgr needs 1,360 page-table entries, one of buddy 11.8; policies that serve as much do not differ",
	}, {
		"the lesser difference is of the named workload, and of those that serve as much", two,
		[]string{policyText("buddy", "wa", "i915", 100, 50, 0, 0), policyText("buddy", "wa", "xe", 100, 5, 0, 0),
			policyText("rangemgr", "wa", "i915", 90, 900, 0, 0), policyText("rangemgr", "wa", "xe", 100, 5.4, 0, 0),
			policyText("buddy", "wb", "i915", 100, 10, 0, 0), policyText("rangemgr", "wb", "i915", 100, 70, 0, 0)},
		"wa: a table of buddy needs 50 page-table entries under i915, 5 under xe; strategies that serve as much differ by a factor of 1.08 at most",
	}, {
		"who does not say what it serves is not compared", two,
		[]string{noServed(policyText("buddy", "wa", "i915", 100, 9000, 0, 0)), policyText("rangemgr", "wa", "i915", 95, 10, 0, 0),
			policyText("buddy", "wa", "xe", 100, 1, 0, 0), policyText("rangemgr", "wa", "xe", 95, 30, 0, 0)},
		"wa: a table of rangemgr needs 30 page-table entries under xe, 10 under i915",
	}, {
		"nobody says what it serves", two,
		[]string{noServed(policyText("buddy", "wa", "i915", 100, 10, 0, 0)), noServed(policyText("rangemgr", "wa", "i915", 100, 30, 0, 0))},
		"A table needs 10 to 30 page-table entries",
	}, {
		"nothing decides where as much is served", two,
		[]string{policyText("buddy", "wa", "i915", 100, 10, 0, 0), policyText("rangemgr", "wa", "i915", 99.5, 10, 0, 0),
			policyText("rangemgr", "wa", "xe", 50, 900, 0, 0)},
		"Where as much is served, page tables cost the same under every strategy",
	}, {
		"nothing decides", two,
		[]string{policyText("buddy", "wa", "i915", 100, 10, 0, 0), policyText("rangemgr", "wa", "i915", 100, 10.2, 0, 0),
			policyText("buddy", "wa", "xe", 100, 10, 0, 0), policyText("rangemgr", "wa", "xe", 100, 10, 0, 0)},
		"Page tables cost the same under every strategy and under every policy, within 2 %",
	}, {
		"one of each", pair1(1),
		[]string{policyText("buddy", "wa", "i915", 100, 10, 5, 0)},
		"A table needs 15 page-table entries",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := withCurves(t, tt.run, strings.Join(tt.lines, ""))
			if got := r.strategies.plain(policiesHeading(r.strategies, r.workloads)); got != tt.want {
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
	p, err := makePolicies(r)
	must(t, err)
	var others []string
	for _, g := range p.Others {
		others = append(others, g.Title)
	}
	if p.Main.Title != "wb" || fmt.Sprint(others) != "[wa wc]" {
		t.Errorf("shown is %s, folded %s; want wb and [wa wc]", p.Main.Title, others)
	}
	var got []string
	for _, row := range p.Main.Rows {
		got = append(got, fmt.Sprint(row.First, " ", row.Policy, " ", row.Name, " ", row.Class, " ", row.Entries, " ", row.Counts, " ", row.Values))
	}
	want := "true i915 buddy s0 544 [0 0 544] [0 % 0 % 1 MiB 0 % 0 1]|" +
		"true xe buddy s0 18 [1 1 16] [94 % 97 % 1 MiB 0 % 0 1]|" +
		"false xe rangemgr s1 3 [1 2 0] [94 % 100 % 1 MiB 0 % 5 1]"
	if s := strings.ReplaceAll(strings.Join(got, "|"), nbsp, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if w := strings.Join(r.warnings.all(), "|"); !strings.Contains(w, "curves.bench:6: no count of page-table entries") {
		t.Errorf("no warning about the line without counts in %q", w)
	}
}

// The note names who a comparison was made without, and is silent otherwise.
func TestPoliciesLeftOut(t *testing.T) {
	two := planted(2, fixtureLoad{ns: []float64{1, 1}}, fixtureLoad{ns: []float64{1, 1}})
	same := policyText("buddy", "wa", "i915", 100, 10, 0, 0) + policyText("rangemgr", "wa", "i915", 99, 10, 0, 0)
	less := policyText("buddy", "wb", "i915", 100, 10, 0, 0) + policyText("buddy", "wb", "xe", 60, 1, 0, 0) +
		policyText("rangemgr", "wb", "i915", 98, 10, 0, 0) + policyText("rangemgr", "wb", "xe", 60, 1, 0, 0)
	const why = "Left out where another strategy under the same policy, or the same strategy under another policy, serves more"
	for _, tt := range []struct{ name, lines, want string }{
		{"all are compared", same, ""},
		{"some are not", same + less, why + ": wb (buddy under xe; rangemgr under i915 and xe)."},
		{"one has no share", less + noServed(policyText("buddy", "wa", "xe", 100, 10, 0, 0)),
			why + ", or what is served was not counted: wa (buddy under xe) and wb (buddy under xe; rangemgr under i915 and xe)."},
	} {
		r := withCurves(t, two, tt.lines)
		p, err := makePolicies(r)
		must(t, err)
		_, got, _ := strings.Cut(strings.ReplaceAll(p.Note, nbsp, " "), "are the same within 1 %. ")
		if got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A line without a key, or with a value that cannot be, is dropped with a
// warning that says where it is.
func TestBadTableLines(t *testing.T) {
	builder := builderText("counted", "64KiB", 1, 12, 1, 16)
	policy := policyText("buddy", "wa", "xe", 100, 3, 0, 0)
	migrate := lifetimeText("buddy", "gc", 1)
	const ref = "BenchmarkRef/mode=contended-2 100 9 ns/op\n"
	for _, tt := range []struct{ line, old, new, want string }{
		{builder, "/layout=whole", "", "the line does not name its layout"},
		{builder, "layout=whole", "layout=", "the line does not name its layout"},
		{builder, "/builder=counted", "", "the line does not name its builder"},
		{builder, "=64KiB", "=64kB", "size \"64kB\" is not a size like 64KiB"},
		{policy, "/strategy=buddy", "", "the line does not name its strategy"},
		{policy, "/workload=wa", "", "the line does not name its workload"},
		{policy, "/policy=xe", "", "the line does not name its policy"},
		{policy, "100 served", "100.5 served", "served-pct of 100.5 is not between 0 and 100"},
		{policy, "100 served", "-1 served", "served-pct of -1 is not between 0 and 100"},
		{policy, "100 served", "NaN served", "served-pct of NaN is not between 0 and 100"},
		{policy, "0 waste", "101 waste", "waste-pct of 101 is not between 0 and 100"},
		{policy, "3 pte4k", "0 pte4k", "tables without a page-table entry map nothing"},
		{policy, "3 pte4k", "-3 pte4k", "no count of page-table entries of each size"},
		{policy, "-2 100 ", "-2 0 ", "a line of 0 iterations measured nothing"},
		{migrate, "/strategy=buddy", "", "the line does not name its strategy"},
		{migrate, "/lifetime=gc", "", "the line does not name its lifetime"},
		{migrate, "-2 2000 ", "-2 0 ", "a line of 0 iterations measured nothing"},
		{ref, "/mode=contended", "", "the line does not name its mode"},
		{ref, "-2 100 ", "-2 0 ", "a line of 0 iterations measured nothing"},
	} {
		kept := func(line string) (int, []string) {
			r := withCurves(t, pair1(2), "goos: linux\n"+line)
			c := r.curves
			return len(c.builders) + len(r.workloads[0].policies) + len(c.migrations) + len(c.refs), r.warnings.all()
		}
		if n, warnings := kept(tt.line); n != 1 || len(warnings) > 0 {
			t.Fatalf("%d lines are kept of the good %s with warnings %q", n, tt.line, warnings)
		}
		bad := strings.Replace(tt.line, tt.old, tt.new, 1)
		if n, warnings := kept(bad); n != 0 || len(warnings) != 1 || warnings[0] != "curves.bench:2: "+tt.want {
			t.Errorf("%d lines are kept of %s with warnings %q, want only: %s", n, bad, warnings, tt.want)
		}
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
			if got := r.strategies.plain(lifetimesHeading(r.strategies, r.curves.migrations)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLifetimeTable(t *testing.T) {
	r := withCurves(t, pair1(2), strings.Repeat(lifetimeText("rangemgr", "resource", 7), 10)+lifetimeText("nobody", "copy", 1)+
		"BenchmarkMigrate/strategy=rangemgr/lifetime=refcount-2 2000 905 ns/op\n"+
		strings.Repeat("BenchmarkRef/mode=uncontended-2 100 10.9 ns/op\nBenchmarkRef/mode=contended-2 100 37 ns/op\n", 5))
	p, err := makeLifetimes(r)
	must(t, err)
	var got []string
	for _, g := range p.Groups {
		for _, row := range g.Rows {
			got = append(got, fmt.Sprint(g.Name, " ", g.Class, " ", row.Name, " ", row.Time, " ", row.Spread, " ", row.Values))
		}
	}
	want := "rangemgr s1 refcount 905 ns  [– – – – – –]|rangemgr s1 resource 900 ns ± 0 % [7 71 30.2 KiB 120 ns 1.3 µs 1,204]"
	if s := strings.ReplaceAll(strings.Join(got, "|"), nbsp, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	for _, part := range []string{"A get and its put take 10.9 ns uncontended and 37 ns contended", "2,000 migrations a sample"} {
		if !strings.Contains(strings.ReplaceAll(p.Note, nbsp, " "), part) {
			t.Errorf("%q is not in the note %q", part, p.Note)
		}
	}
}

// What a reference costs several holders is called contention only when it is
// called a difference.
func TestRefsNote(t *testing.T) {
	const by = " (time of all pairs by their number)"
	ref := func(mode string, n int, ns float64) string {
		return strings.Repeat(fmt.Sprintf("BenchmarkRef/mode=%s-2 100 %v ns/op\n", mode, ns), n)
	}
	noisy := pair1(2)
	noisy.drift = 0.5
	for _, tt := range []struct {
		name  string
		run   fixture
		lines string
		want  string
	}{
		{"more", pair1(2), ref("uncontended", 5, 5) + ref("contended", 5, 12), "A get and its put take 5 ns uncontended and 12 ns contended" + by + ". "},
		{"less", pair1(2), ref("uncontended", 5, 5) + ref("contended", 5, 4), "A get and its put take 5 ns with one holder and 4 ns with several at once" + by + ", which shows no cost of contention. "},
		{"the same", pair1(2), ref("uncontended", 5, 5) + ref("contended", 5, 5), "A get and its put take 5 ns with one holder and 5 ns with several at once" + by + ", which shows no cost of contention. "},
		{"one sample lies among the others", pair1(2), ref("uncontended", 4, 5) + ref("uncontended", 1, 13) + ref("contended", 5, 12),
			"A get and its put take 5 ns with one holder and 12 ns with several at once" + by + "; this run cannot call the difference. "},
		{"a noisy run calls no times", noisy, ref("uncontended", 5, 5) + ref("contended", 5, 12),
			"A get and its put take 5 ns with one holder and 12 ns with several at once" + by + "; this run cannot call the difference. "},
		{"one holder only", pair1(2), ref("uncontended", 5, 5), "A get and its put take 5 ns uncontended. "},
		{"several only", pair1(2), ref("contended", 5, 5), "A get and its put take 5 ns with several holders at once" + by + ". "},
		{"none", pair1(2), "", ""},
	} {
		r := withCurves(t, tt.run, tt.lines)
		if got := strings.ReplaceAll(refsNote(r.times.Self, r.curves.refs), nbsp, " "); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A run from before these lines were written, or one that was stopped, has the
// sections and says what is missing.
func TestNoTables(t *testing.T) {
	page := rendered(t, pair1(2).write(t))
	checkPage(t, page)
	for _, bench := range []string{"BenchmarkBuilders", "BenchmarkPolicy", "BenchmarkMigrate", "BenchmarkScaling", "BenchmarkConcurrent"} {
		if !strings.Contains(page, "holds no "+bench+" lines") {
			t.Errorf("the page does not say that %s lines are missing", bench)
		}
	}
}
