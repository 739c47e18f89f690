package tables

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// Only the layout of one block has a size whose table is a single entry that
// says something: of any other the largest size is spoken of, and each figure
// is described by its own.
func TestLayouts(t *testing.T) {
	var phrase strings.Builder
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
			phrase.WriteString(strings.ReplaceAll(fixture.BuilderText("counted", bytes, 4, 12, segs, 16*segs)+
				fixture.BuilderText("nomerge", bytes, 4, 12, more, 16*more)+fixture.BuilderText("worstcase", bytes, 4, 12, segs, 64*segs+4096), "=whole", "="+layout))
		}
	}
	phrase.WriteString(fixture.BuilderText("counted", "16GiB", 4, 12, 5, 80))
	r := testrun.WithCurves(t, fixture.Pair1(1), phrase.String())
	p, err := makeBuildersSection(r)
	fixture.Must(t, err)
	const reads = ", for each object. The table grows with the object, so every line climbs; the distance between two lines is what one builder costs more.|"
	var got string
	for i, name := range judge.Layouts(r.Curves.Builders) {
		l := p.Layouts[i]
		got += fmt.Sprint(l.Title, " ", l.Table.Sizes, "|", l.How, "|", text.Plain(r.Strategies, words.BuildersHeading(r.Times.Self, name, judge.BuilderLines(r.Curves.Builders, name))), "\n")
		desc := text.Plain(r.Strategies, words.BuildersHeading(r.Times.Self, name, judge.BuilderLines(r.Curves.Builders, name)))
		if svg := strings.ReplaceAll(string(l.Figure.Wide), text.NBSP, " "); !strings.Contains(svg, desc) {
			t.Errorf("the figure of %s is not described by %s", name, desc)
		}
	}
	want := "One block [64 KiB 1 GiB 16 GiB]|One block for each object. A flat line does not depend on the size of the object; one that climbs pays for each page.|" +
		"To describe 1 GiB in 1 entry, worstcase briefly takes 4.06 KiB; counted takes 16 B\n" +
		"Separate blocks of 64 KiB [64 KiB 64 MiB 1 GiB]|Separate blocks of 64 KiB" + reads +
		"To describe 1 GiB in 12,288 entries, worstcase briefly takes 772 KiB; counted takes 192 KiB\n" +
		"Blocks of 64 KiB out of order, some adjoining [64 KiB 64 MiB 1 GiB]|Blocks of 64 KiB out of order, some adjoining" + reads +
		"To describe 1 GiB in 12,288 to 16,384 entries, worstcase briefly takes 772 KiB; counted takes 192 KiB\n"
	if got = strings.ReplaceAll(got, text.NBSP, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// The size of the heading has dots, a column, and a sentence that says so.
	if how := strings.ReplaceAll(p.How, text.NBSP, " "); !strings.HasSuffix(how, "Dots: 1 GiB, the size of the heading.") {
		t.Errorf("%q does not say what the dots are", how)
	}
}

// Lines that end alike share a label, and every builder is named in one.
func TestBuilderLabels(t *testing.T) {
	r := testrun.WithCurves(t, fixture.Pair1(1), fixture.Plain().Tables())
	lines := judge.BuilderLines(r.Curves.Builders, "whole")
	var names []string
	for _, l := range lines {
		names = append(names, l.Name)
	}
	if got := strings.Join(names, " "); got != "counted grow nomerge sorted worstcase" {
		t.Errorf("the builders come as %s", got)
	}
	for _, small := range []bool{false, true} {
		for _, pn := range []builderPanel{timePanel(lines), memoryPanel(lines)} {
			phrase := ""
			for _, l := range pn.labels(lines, small).Of {
				phrase += strings.Join(l.Lines, " ") + "|"
			}
			for _, name := range names {
				if strings.Count(phrase, name) != 1 {
					t.Errorf("%s: %s is not named once in %s", pn.title, name, phrase)
				}
			}
			if pn.title != "time per table" && !strings.Contains(phrase, "counted, sorted 80"+text.NBSP+"B|") {
				t.Errorf("%s: counted and sorted end at the same bytes, but do not share a label in %s", pn.title, phrase)
			}
		}
	}
}

func TestOddBuilders(t *testing.T) {
	nan := math.NaN()
	for name, cells := range map[string]map[rundir.BuilderKey]*rundir.BuilderCell{
		"no samples":    {{Layout: "whole", Builder: "a", Size: 4096}: {Table: nil, Segs: 1, Entries: 1, Peak: 16}},
		"one point":     {{Layout: "whole", Builder: "a", Size: 4096}: {Table: []float64{1e-9}, Segs: 1, Entries: 1, Peak: 16}},
		"no counts":     {{Layout: "whole", Builder: "a", Size: 4096}: {Table: []float64{1e-9}, Segs: nan, Entries: nan, Peak: nan}, {Layout: "whole", Builder: "b", Size: 4096}: {Table: []float64{1}, Segs: nan, Entries: nan, Peak: nan}},
		"zero bytes":    {{Layout: "whole", Builder: "a", Size: 4096}: {Table: []float64{1e-9}, Segs: 0, Entries: 0, Peak: 0}, {Layout: "whole", Builder: "b", Size: 8192}: {Table: []float64{1e-9}, Segs: 0, Entries: 0, Peak: 0}},
		"huge":          {{Layout: "whole", Builder: "a", Size: 1 << 63}: {Table: []float64{1e29}, Segs: 1e29, Entries: 1e29, Peak: 1e29}, {Layout: "whole", Builder: "b", Size: 1}: {Table: []float64{1e-300}, Segs: 1e-300, Entries: 0, Peak: 1e-300}},
		"other sizes":   {{Layout: "odd", Builder: "a", Size: 4096}: {Table: []float64{1}, Segs: 1, Entries: 1, Peak: 1}, {Layout: "odd", Builder: "b", Size: 8192}: {Table: []float64{1}, Segs: 1, Entries: 1, Peak: 1}},
		"eight of them": {{Layout: "", Builder: "a", Size: 1}: {}, {Layout: "", Builder: "b", Size: 1}: {}, {Layout: "", Builder: "c", Size: 1}: {}, {Layout: "", Builder: "d", Size: 1}: {}, {Layout: "", Builder: "e", Size: 1}: {}, {Layout: "", Builder: "f", Size: 1}: {}, {Layout: "", Builder: "g", Size: 1}: {}, {Layout: "", Builder: "h", Size: 1}: {}},
	} {
		t.Run(name, func(t *testing.T) {
			r := judge.Run{Run: &rundir.Run{}, Times: &judge.Times{Self: &judge.SelfTest{}}}
			r.Curves.Builders = cells
			p, err := makeBuildersSection(r)
			fixture.Must(t, err)
			if p.Heading == "" || len(p.Layouts) != 1 {
				t.Fatalf("%d layouts, heading %q", len(p.Layouts), p.Heading)
			}
			testrun.CheckFigure(t, p.Layouts[0].Figure)
		})
	}
}

// The table shown is of the workload that the heading speaks of, the others
// are each there once.
func TestPolicyTables(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{1, 1}}, fixture.Workload{Ns: []float64{1, 1}}, fixture.Workload{Ns: []float64{1, 1}})
	r := testrun.WithCurves(t, f, fixture.PolicyText("buddy", "wa", "xe", 100, 3, 0, 0)+fixture.PolicyText("buddy", "wb", "xe", 100, 16, 1, 1)+
		fixture.PolicyText("rangemgr", "wb", "xe", 99.5, 0, 2, 1)+fixture.PolicyText("buddy", "wb", "i915", 100, 544, 0, 0)+fixture.PolicyText("buddy", "wc", "xe", 100, 5, 0, 0)+
		"BenchmarkPolicy/strategy=buddy/workload=wc/policy=i915-2 100 100 served-pct\n")
	p, err := makePolicies(r)
	fixture.Must(t, err)
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
	want := "true i915 buddy s0 544 [0 0 544] [0 % 0 % 2 MiB 0.5 % 0 1]|" +
		"true xe of 2026 buddy s0 18 [1 1 16] [94 % 97 % 60.4 MiB 0.5 % 0 1]|" +
		"false xe of 2026 rangemgr s1 3 [1 2 0] [94 % 100 % 363 MiB 0.5 % 5 1]"
	if s := strings.ReplaceAll(strings.Join(got, "|"), text.NBSP, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if w := strings.Join(r.Warnings.All(), "|"); !strings.Contains(w, "curves.bench:6: no count of page-table entries") {
		t.Errorf("no warning about the line without counts in %q", w)
	}
}

// The note names who a comparison was made without, and is silent otherwise.
func TestPoliciesLeftOut(t *testing.T) {
	two := fixture.Planted(2, fixture.Workload{Ns: []float64{1, 1}}, fixture.Workload{Ns: []float64{1, 1}})
	same := fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0) + fixture.PolicyText("rangemgr", "wa", "i915", 100, 10, 0, 0)
	less := fixture.PolicyText("buddy", "wb", "i915", 100, 10, 0, 0) + fixture.PolicyText("buddy", "wb", "xe", 60, 1, 0, 0) +
		fixture.PolicyText("rangemgr", "wb", "i915", 98, 10, 0, 0) + fixture.PolicyText("rangemgr", "wb", "xe", 60, 1, 0, 0)
	for _, tt := range []struct{ name, lines, want string }{
		{"all are compared", same, ""},
		{"some are not", same + less, "Left out: wb (buddy under xe of 2026; rangemgr)."},
		{"one has no share", less + fixture.NoServed(fixture.PolicyText("buddy", "wa", "xe", 100, 10, 0, 0)),
			"Left out: wa (buddy) and wb (buddy under xe of 2026; rangemgr)."},
		{"one serves all nowhere", strings.ReplaceAll(less, "i915-2 100 100 ", "i915-2 100 99 "),
			"Left out: wb."},
	} {
		r := testrun.WithCurves(t, two, tt.lines)
		p, err := makePolicies(r)
		fixture.Must(t, err)
		_, got, _ := strings.Cut(strings.ReplaceAll(p.Note, text.NBSP, " "), "is not recorded. ")
		if got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestPoliciesGrantNothing: a policy under which all is refused is named in the note, with
// the version of its driver, and is no damaged line.
func TestPoliciesGrantNothing(t *testing.T) {
	two := fixture.Planted(2, fixture.Workload{Ns: []float64{1, 1}})
	r := testrun.WithCurves(t, two, fixture.PolicyText("buddy", "wa", "xe", 100, 10, 0, 0)+
		"BenchmarkPolicy/strategy=buddy/workload=wa/policy=xe_6.11-2 1 0 served-pct\n"+
		"BenchmarkPolicy/strategy=rangemgr/workload=wa/policy=xe_6.11-2 1 0 served-pct\n")
	p, err := makePolicies(r)
	fixture.Must(t, err)
	const want = " Every request was refused, so that there is no table: wa on buddy under xe of Linux 6.11; wa on rangemgr under xe of Linux 6.11."
	if note := strings.ReplaceAll(p.Note, text.NBSP, " "); !strings.HasSuffix(note, want) {
		t.Errorf("the note is %s\nwant at its end %s", note, want)
	}
	if w := r.Warnings.All(); len(w) != 0 || len(p.Main.Rows) != 1 {
		t.Errorf("warnings %q, rows %+v", w, p.Main.Rows)
	}
}

func TestLifetimeTable(t *testing.T) {
	r := testrun.WithCurves(t, fixture.Pair1(2), strings.Repeat(fixture.LifetimeText("rangemgr", "resource", 7), 10)+fixture.LifetimeText("nobody", "copy", 1)+
		"BenchmarkMigrate/strategy=rangemgr/lifetime=refcount-2 2000 905 ns/op\n"+
		strings.Repeat("BenchmarkRef/mode=uncontended-2 100 10.9 ns/op\nBenchmarkRef/mode=contended-2 100 37 ns/op\n", 5))
	p, err := makeLifetimes(r)
	fixture.Must(t, err)
	var got []string
	for _, g := range p.Groups {
		for _, row := range g.Rows {
			got = append(got, fmt.Sprint(g.Name, " ", g.Class, " ", row.Name, " ", row.Time, " ", row.Spread, " ", row.Values))
		}
	}
	want := "rangemgr s1 refcount 905 ns  [– – – – – –]|rangemgr s1 resource 900 ns ± 0 % [7 71 30.2 KiB 120 ns 1.3 µs 1,204]"
	if s := strings.ReplaceAll(strings.Join(got, "|"), text.NBSP, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	for _, part := range []string{"A get and its put take 10.9 ns uncontended and 37 ns contended", "2,000 migrations per sample"} {
		if !strings.Contains(strings.ReplaceAll(p.Note, text.NBSP, " "), part) {
			t.Errorf("%q is not in the note %q", part, p.Note)
		}
	}
}
