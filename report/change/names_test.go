package change_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
)

// named are the rows of a comparison with their packages, one a line.
func named(older, newer *change.Side) string {
	var b strings.Builder
	for _, r := range change.Compare(older, newer).Rows {
		fmt.Fprintf(&b, "%s %s %v %s\n", r.Name(), r.Unit, r.Verdict, r.Why)
	}
	return b.String()
}

// TestNames: benchmarks are the same if their packages and their names are; the number of
// processors is not a part of a name, and what looks like it is.
func TestNames(t *testing.T) {
	x := func(name string, ns float64) string { return times("Benchmark"+name, "ns/op", ten(ns)...) }
	pkg := func(path string) string { return "pkg: " + path + "\n" }
	const lab = "github.com/vramlab/vramlab/bench"
	const buddy = "AllocFree/strategy=a/workload=w"
	for _, c := range []struct{ name, older, newer, want string }{
		{"sizes", x("X/size-10", 100) + x("X/size-20", 200), x("X/size-10", 100) + x("X/size-20", 300),
			"X/size-10 ns/op same \nX/size-20 ns/op worse \n"},
		{"sizes of two processors", x("X/size-10-2", 100) + x("X/size-20-2", 200), x("X/size-10-2", 100) + x("X/size-20-2", 300),
			"X/size-10 ns/op same \nX/size-20 ns/op worse \n"},
		{"one size", x("X/size-10", 100), x("X/size-20", 200),
			"X/size ns/op not judged another number of processors (GOMAXPROCS): 10 and 20\n"},
		{"-cpu 1,4", x("X", 100) + x("X-4", 200), x("X", 150) + x("X-4", 200), "X ns/op worse \nX-4 ns/op same \n"},
		{"-cpu 2,4", x("X-2", 100) + x("X-4", 200), x("X-2", 100) + x("X-4", 150), "X-2 ns/op same \nX-4 ns/op better \n"},
		{"one processor and eight", x("X", 100), x("X-8", 100), "X ns/op not judged another number of processors (GOMAXPROCS): 1 and 8\n"},
		{"a count of this lab", times("BenchmarkSGTable/strategy=a-2", "segs/table", 1), times("BenchmarkSGTable/strategy=a-8", "segs/table", 2),
			"SGTable/strategy=a segs/table worse \n"},
		{"two packages", pkg("a/p") + x("X-2", 100) + pkg("b/q") + x("X-2", 200), pkg("a/p") + x("X-2", 120) + pkg("b/q") + x("X-2", 200),
			"a/p.X ns/op worse \nb/q.X ns/op same \n"},
		{"one package", pkg("a/p") + x("X-2", 100), pkg("a/p") + x("X-2", 100), "X ns/op same \n"},
		{"another package", pkg("a/p") + x("X-2", 100), pkg("b/q") + x("X-2", 100),
			"a/p.X ns/op not judged only the old run has it\nb/q.X ns/op not judged only the new run has it\n"},
		{"no package named", x("X-2", 100), pkg("a/p") + x("X-2", 120), "X ns/op worse \n"},
		{"a run of an old version", x(buddy+"-2", 100), pkg(lab) + x(buddy+"-2", 120), buddy + " ns/op worse \n"},
		{"a run and more", pkg(lab) + x(buddy+"-2", 100), pkg("a/p") + x("X-2", 100) + pkg(lab) + x(buddy+"-2", 120),
			buddy + " ns/op worse \na/p.X ns/op not judged only the new run has it\n"},
	} {
		if got := named(read(t, c.older), read(t, c.newer)); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestPackages: rules and a history tell packages apart.
func TestPackages(t *testing.T) {
	run := func(p, q float64) *change.Side {
		return read(t, "pkg: a/p\n"+times("BenchmarkX-2", "ns/op", ten(p)...)+"pkg: b/q\n"+times("BenchmarkX-2", "ns/op", ten(q)...))
	}
	older, newer := run(100, 200), run(100, 240)
	for rules, code := range map[string]int{"ns/op +5%": 1, "X ns/op +5%": 1, "a/p.* ns/op +5%": 0, "b/q.X ns/op +5%": 1} {
		if _, o := gate(t, older, newer, rules); o.Code() != code {
			t.Errorf("%s: code %d, want %d", rules, o.Code(), code)
		}
	}
	var names []string
	for _, f := range newer.Figures(change.Basis{}) {
		v, ok := newer.Figure(f.Bench, f.Unit)
		names = append(names, fmt.Sprint(f.Bench, " ", v > 200, ok))
	}
	if got, want := strings.Join(names, ", "), "a/p.X false true, b/q.X true true"; got != want {
		t.Errorf("figures %s, want %s", got, want)
	}
	one := read(t, "pkg: a/p\n"+times("BenchmarkY-2", "ns/op", 5))
	if v, ok := one.Figure("Y", "ns/op"); v != 5 || !ok {
		t.Errorf("figure %v %v of the only package, want 5", v, ok)
	}
	if _, ok := newer.Figure("X", "ns/op"); ok {
		t.Error("one figure of a name that two packages have")
	}
}
