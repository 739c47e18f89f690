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
	if flames := readFlames(r.Run, r.Workload("gfx")); len(flames) != 0 {
		t.Errorf("%d flames of a profile beyond the bound", len(flames))
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
	if flames := readFlames(r.Run, r.Workload("gfx")); len(flames) != 0 || len(r.Warnings.All()) == 0 {
		t.Errorf("%d flames, warnings %q", len(flames), r.Warnings.All())
	}
}

// Neither depth nor width of a call tree is without a bound: both are walked.
func TestTreeBounded(t *testing.T) {
	stacks := map[string]int{"a.Replay" + strings.Repeat(";a.deep", 5000): 100}
	for i := range 3 * mostChildren {
		stacks["a.Replay;a.f"+strings.Repeat("x", i)] = 1
	}
	root, _ := callTree(fixture.MakeProfile("gfx", stacks), "")
	if n := len(root.children); n != mostChildren {
		t.Errorf("%d children, want %d", n, mostChildren)
	}
	depth := 0
	for n := root.child("a.deep"); n != nil && len(n.children) > 0; n = n.children[0] {
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

// Of few samples the parts are counted in samples, and the note says so.
func TestFewSamplesSaySo(t *testing.T) {
	for n, want := range map[int]string{84: "samples", 1200: "ns"} {
		dir := fixture.Plain().Write(t)
		for _, s := range []string{"buddy", "rangemgr"} {
			fixture.WriteProfile(t, dir, s, fixture.MakeProfile("gfx", map[string]int{"a.Replay;a.b": n / 3, "a.Replay;a.c": n - n/3}))
		}
		r := testrun.Load(t, dir)
		flames := readFlames(r.Run, r.Workload("gfx"))
		for _, b := range flameBoxes(r.Strategies, flames, true) {
			for _, one := range b.Boxes {
				if !strings.HasSuffix(one.Value, text.NBSP+want) {
					t.Errorf("%d samples: a box says %q, want %s", n, one.Value, want)
				}
			}
		}
		note := flameNote(flames, r.Workload("gfx"), true)
		if got := strings.Contains(note, "Fewer than 1,000 samples"); got != (n < 1000) {
			t.Errorf("%d samples: %q", n, note)
		}
	}
}
