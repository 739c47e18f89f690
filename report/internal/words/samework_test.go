package words

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// What carries over decides, also against a shorter time, and is in the headline
// with its numbers.
func TestCarriedOver(t *testing.T) {
	two := fixture.Planted(2, fixture.Workload{Ns: []float64{682, 288}}, fixture.Workload{Ns: []float64{682, 288}})
	lines := fixture.PolicyText("buddy", "wa", "i915", 100, 10, 0, 1) + fixture.PolicyText("rangemgr", "wa", "i915", 100, 160, 5, 0) +
		fixture.PolicyText("buddy", "wb", "i915", 100, 9, 0, 0) + fixture.PolicyText("rangemgr", "wb", "i915", 99, 3, 0, 0) + // refuses more under the policy
		fixture.PolicyText("buddy", "wa", "xe", 100, 10, 0, 0) + fixture.PolicyText("rangemgr", "wa", "xe", 100, 10, 0, 0) +
		fixture.PolicyText("buddy", "wb", "xe", 100, 10, 0, 0) + fixture.PolicyText("rangemgr", "wb", "xe", 100, 20, 0, 0)
	r := testrun.WithCurves(t, two, lines)
	if got, want := headlineOf(r), "Take buddy on all 2 workloads, where rangemgr needs 2 to 15 times its PTEs (i915 or xe of 2026)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := verdictsOf(r)[0], "wa: buddy needs fewer page-table entries (a table under i915: buddy 11, rangemgr 165). The Go model of rangemgr takes 58 % less time than buddy. "; !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A strategy whose calls cross into a library is no Go model.
func TestLibrary(t *testing.T) {
	r := testrun.WithCurves(t, fixture.Planted(2, fixture.Workload{Ns: []float64{682, 288}}), fixture.CrossingLine("rangemgr", 190))
	if got, want := verdictsOf(r)[0], "wa: nothing that carries over to a driver differs; the library rangemgr takes 58 % less time than buddy."; !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Scope(r.Times); !strings.Contains(got, "user-space Go models and libraries") {
		t.Error(got)
	}
}

// The card of sg tables counts only workloads with the same work, and names its
// builder.
func TestSgHead(t *testing.T) {
	f := fixture.Planted(2, fixture.Workload{Ns: []float64{1, 1}}, fixture.Workload{Ns: []float64{1, 1}, Served: []float64{100, 99}})
	r := testrun.Load(t, f.Write(t))
	got := text.Plain(r.Strategies, SgHead(r.Strategies, r.Workloads, r.Builder))
	if want := "sg tables (builder grow) on the 1 workload with the same work: 1 entry on average with all strategies."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f.Loads = f.Loads[1:]
	r = testrun.Load(t, f.Write(t))
	if got := SgHead(r.Strategies, r.Workloads, r.Builder); got != "" {
		t.Errorf("of unequal work: %s", text.Plain(r.Strategies, got))
	}
	if got, want := string(SgBody(judge.HolesFinding{}, "nomerge", "worstcase")), "Builder worstcase: fragmentation adds nothing"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}
