package cpu

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// A profile that expands far is named and left out.
func TestProfileBounded(t *testing.T) {
	dir := fixture.Plain().Write(t)
	fixture.WriteProfile(t, dir, "buddy", fixture.MakeProfile("gfx", map[string]int{"a.Replay;a." + strings.Repeat("b", mostProfile): 100}))
	r := testrun.Load(t, dir)
	if p := focused(r); len(p.flames)+len(p.few) != 0 {
		t.Errorf("%d flames of a profile beyond the bound", len(p.flames)+len(p.few))
	}
	if all := strings.ReplaceAll(strings.Join(r.Warnings.All(), "\n"), text.NBSP, " "); !strings.Contains(all, "profiles/buddy.pprof: expands to more than 8 MiB and is left out") {
		t.Errorf("warnings %q", all)
	}
}

// One that was recorded before the run is of another.
func TestProfileOfAnotherRun(t *testing.T) {
	dir := fixture.Plain().Write(t)
	p := fixture.MakeProfile("gfx", map[string]int{"a.Replay;a.b": 100})
	p.TimeNanos = 1
	fixture.WriteProfile(t, dir, "buddy", p)
	r := testrun.Load(t, dir)
	if p := focused(r); len(p.flames)+len(p.few) != 0 || len(r.Warnings.All()) == 0 {
		t.Errorf("%d flames, warnings %q", len(p.flames)+len(p.few), r.Warnings.All())
	}
}

// Neither depth nor width of a call tree is without a bound: both are walked.
func TestTreeBounded(t *testing.T) {
	stacks := map[string]int{"a.Replay" + strings.Repeat(";a.deep", 5000): 100}
	for i := range 3 * mostChildren {
		stacks["a.Replay;a.f"+strings.Repeat("x", i)] = 1
	}
	root := callTree(samplesOf(fixture.MakeProfile("gfx", stacks)), map[string]float64{"gfx": 1})
	if n := len(root.children); n != mostChildren {
		t.Errorf("%d children, want %d", n, mostChildren)
	}
	depth := 0
	for n := root.children[0]; len(n.children) > 0; n = n.children[0] {
		depth++
	}
	if depth >= mostDeep {
		t.Errorf("a tree of depth %d", depth)
	}
	sum := 0.0
	for _, c := range root.children {
		sum += c.ns
	}
	if sum != root.ns {
		t.Errorf("the children hold %v of %v", sum, root.ns)
	}
}
