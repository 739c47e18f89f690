package words

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
)

// entries are the page-table entries of strategies on wa under the policies.
func entries(names []string, by map[string][]float64) string {
	var b strings.Builder
	for _, policy := range []string{"i915", "amdgpu", "xe"} {
		for s, v := range by[policy] {
			b.WriteString(fixture.PolicyText(names[s], "wa", policy, 100, v, 0, 0))
		}
	}
	return b.String()
}

// What is said of several picks holds for each against each left out, and whom that is
// is said. One that is little better than another picked is not left out.
func TestPickHoldsForAll(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{100, 100, 100}})
	for _, tt := range []struct {
		by   map[string][]float64
		want string
	}{
		{map[string][]float64{"i915": {5.8, 5.8, 5.96}, "amdgpu": {2.005, 1.951, 1.889}}, "Nothing decides without the allocator's work in a kernel, which is not known of all"},
		{map[string][]float64{"i915": {10, 10.4, 21}}, "Take buddy or rangemgr for wa, where tlsf needs at least 2 times their PTEs (i915)"},
		{map[string][]float64{"i915": {10, 10.6, 21}}, "Nothing decides without the allocator's work in a kernel, which is not known of all"},
		{map[string][]float64{"i915": {10, 30, 20}}, "Take buddy for wa, where the others need at least 2 times its PTEs (i915)"},
		{map[string][]float64{"i915": {10, 10, 10}, "xe": {5, 10, 10}}, "Nothing decides without the allocator's work in a kernel, which is not known of all"},
		{map[string][]float64{"i915": {10, 10}, "xe": {5, 5, 5}}, "Nothing that carries over to a driver differs; page-table entries under i915 were not counted for all"},
	} {
		if got := headlineOf(testrun.WithCurves(t, f, entries(f.Strategies, tt.by))); got != tt.want {
			t.Errorf("%v:\ngot  %s\nwant %s", tt.by, got, tt.want)
		}
	}
}

// A factor is rounded, but where it is said that it is at least so much; and the line of a
// terminal has room for all of them.
func TestFactors(t *testing.T) {
	for _, tt := range []struct {
		lo, hi  float64
		atLeast bool
		want    string
	}{
		{27.4 / 3.99, 197.5 / 9.93, false, "6.9 to 20 times"},
		{27.4 / 3.99, 197.5 / 9.93, true, "at least 6.8 to 19 times"},
		{2.06, 2.06, true, "at least 2 times"},
		{3, 3, false, "3 times"},
	} {
		got := factors(tt.lo, tt.hi, tt.atLeast)
		if tt.atLeast {
			got = "at least " + got
		}
		if got = strings.ReplaceAll(got, text.NBSP, " "); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// The rule for what to take is a line of a terminal, whatever depends on the driver.
func TestTakeBrief(t *testing.T) {
	all := make([]judge.Verdict, 15)
	if got := TakeBrief(all); got != "Take: refusals, then half the PTEs, then pays ns." {
		t.Error(got)
	}
	for i := range all {
		all[i].Bills = []cost.Bill{{Policy: "i915"}}
	}
	if got := TakeBrief(all); got != "Take: refusals, then half the PTEs (i915), then pays ns." {
		t.Error(got)
	}
	for i := range all {
		all[i].Otherwise = make([]judge.Taken, 1)
	}
	if got := TakeBrief(all); got != "Take: refusals, then half the PTEs (i915; others change 15 of 15), then pays ns." || len(got) > 80 {
		t.Error(len(got), got)
	}
}

// Equal shares under a policy are not equal work.
func TestEqualSharesUnderPolicy(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}})
	r := testrun.WithCurves(t, f, fixture.PolicyText("buddy", "wa", "i915", 97, 10, 0, 0)+fixture.PolicyText("rangemgr", "wa", "i915", 97, 90, 0, 0))
	if got, want := headlineOf(r), "Nothing that carries over to a driver differs; page-table entries are not compared: under each policy somebody refuses requests"; got != want {
		t.Errorf("got %s", got)
	}
	if got := text.Plain(r.Strategies, PoliciesHeading(r.Strategies, r.Workloads)); strings.Contains(got, "one of") {
		t.Errorf("the heading compares them: %s", got)
	}
}

// A second line of the same name with other values contradicts the first.
func TestDisputedLine(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}})
	lines := fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0) + fixture.PolicyText("rangemgr", "wa", "i915", 100, 90, 0, 0)
	if got := headlineOf(testrun.WithCurves(t, f, lines+lines)); !strings.HasPrefix(got, "Take buddy for wa") {
		t.Errorf("the same line twice: %s", got)
	}
	r := testrun.WithCurves(t, f, lines+fixture.PolicyText("rangemgr", "wa", "i915", 100, 1, 0, 0))
	if got := verdictsOf(r)[0]; !strings.Contains(got, "entries/table") || !strings.Contains(got, "Nothing is judged from them.") {
		t.Errorf("%s", got)
	}
}

// Without times placements and page tables decide all the same.
func TestUntimed(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{0, 100}})
	lines := fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0) + fixture.PolicyText("rangemgr", "wa", "i915", 100, 90, 0, 0)
	r := testrun.WithCurves(t, f, lines)
	if v := r.Verdicts[0]; v.Kind != judge.Untimed {
		t.Errorf("kind %d", v.Kind)
	}
	if got, want := verdictsOf(r)[0], "wa: buddy needs fewer page-table entries (a table under i915: buddy 10, rangemgr 90). No times to compare. "; !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}

// Refusals of what no driver asks for do not decide against the page tables of drivers.
func TestNotAsked(t *testing.T) {
	const invalid, served = "a 1 10000\n! EINVAL\na 2 4096\n= 0+4096\n", "a 1 10000\n= 0+12288\na 2 4096\n= 12288+4096\n"
	for _, tt := range []struct {
		buddy, under float64
		want         string
	}{
		{10, 100, "Take buddy for wa, where rangemgr needs 3 times its PTEs (i915)"},
		{30, 100, "Nothing decides: what is refused is invalid (EINVAL), and no driver's policy asks for it"},
		{10, 50, "Nothing decides: buddy takes 1 of 2 requests for invalid (EINVAL)"}, // under a policy it refuses, too
	} {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}, Served: []float64{50, 100}, Ops: 2})
		dir := f.WithCurves(t, fixture.PolicyText("buddy", "wa", "i915", tt.under, tt.buddy, 0, 0)+fixture.PolicyText("rangemgr", "wa", "i915", 100, 30, 0, 0))
		fixture.Must(t, os.MkdirAll(filepath.Join(dir, "placements"), 0o777))
		for name, ops := range map[string]string{"buddy": invalid, "rangemgr": served} {
			var gz bytes.Buffer
			z := gzip.NewWriter(&gz)
			_, err := z.Write([]byte("vramlab trace 1\n# wa: test\n# strategy: " + name + "\nregion 65536 page 4096\n" + ops))
			fixture.Must(t, err)
			fixture.Must(t, z.Close())
			fixture.Must(t, os.WriteFile(filepath.Join(dir, "placements", "wa."+name+".trace.gz"), gz.Bytes(), 0o666))
		}
		r := testrun.Load(t, dir)
		if got := headlineOf(r); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// A run that was stopped early says so, and one operation is one.
func TestStoppedEarly(t *testing.T) {
	r := judge.Run{Run: &rundir.Run{CurveLines: 54}}
	if got := string(Headline(r)); !strings.HasPrefix(got, "This run was stopped before") {
		t.Error(got)
	}
	w := rundir.NewWorkload("w")
	w.Moments[0] = []rundir.Moment{{Op: 1, Free: 4096, Largest: 4096}}
	w.Placed = []*rundir.Placement{{Region: strategies.Region{Size: 8192, Page: 4096}}}
	if got := text.Plain(list.Names{"a"}, SeriesHeading(list.Names{"a"}, w)); !strings.HasPrefix(got, "After 1 operation ") {
		t.Error(got)
	}
}
