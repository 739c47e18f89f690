package words

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
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
		{map[string][]float64{"i915": {5.8, 5.8, 5.96}, "amdgpu": {2.005, 1.951, 1.889}}, "What carries over to a driver hardly differs"},
		{map[string][]float64{"i915": {10, 10.4, 20}}, "Take buddy or rangemgr for wa, where their page tables have at least 48 % fewer entries than those of tlsf under i915"},
		{map[string][]float64{"i915": {10, 30, 20}}, "Take buddy for wa, where its page tables have at least 50 % fewer entries than those of rangemgr and tlsf under i915"},
		{map[string][]float64{"i915": {10, 10, 10}, "xe": {5, 10, 10}}, "Take buddy for wa, where its page tables have at least 50 % fewer entries than those of rangemgr and tlsf under xe"},
		{map[string][]float64{"i915": {10, 10}, "xe": {5, 5, 5}}, "Nothing that carries over to a driver differs; page-table entries under i915 were not counted for all"},
	} {
		if got := headlineOf(testrun.WithCurves(t, f, entries(f.Strategies, tt.by))); got != tt.want {
			t.Errorf("%v:\ngot  %s\nwant %s", tt.by, got, tt.want)
		}
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

// A second line of the same name with other values takes both away.
func TestDisputedLine(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}})
	lines := fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 0) + fixture.PolicyText("rangemgr", "wa", "i915", 100, 90, 0, 0)
	if got := headlineOf(testrun.WithCurves(t, f, lines+lines)); !strings.HasPrefix(got, "Take buddy for wa") {
		t.Errorf("the same line twice: %s", got)
	}
	r := testrun.WithCurves(t, f, lines+fixture.PolicyText("rangemgr", "wa", "i915", 100, 1, 0, 0))
	if got := headlineOf(r); got != "Nothing that carries over to a driver differs; page-table entries were not measured" || len(r.Warnings.All()) != 1 {
		t.Errorf("%s; warnings %q", got, r.Warnings.All())
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
