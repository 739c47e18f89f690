package cpu

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

func TestFlames(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	fixture.WriteFlames(t, dir)
	r := testrun.Load(t, dir)
	flames := readFlames(r.Run, r.Workload("gfx"))
	if len(flames) != 2 || flames[0].samples != 100 || flames[0].whole {
		t.Fatalf("flames %+v, want two, the first of 100 samples of gfx", flames)
	}
	got := flameBoxes(r.Strategies, flames, true)
	want := []string{"replay 0 100", "Allocator.Free 1 60", "set.put 2 60", "Allocator.Alloc 1 40"}
	for i, b := range got[0].Boxes {
		if s := fmt.Sprintf("%s %d %.0f", b.Name, b.Depth, number(t, b.Width)); s != want[i] {
			t.Errorf("box %d: %s, want %s", i, s, want[i])
		}
	}
	if w, whole := number(t, got[1].Boxes[0].Width), 226.0/742; w < 100*whole-2 || w > 100*whole+2 {
		t.Errorf("rangemgr is %.1f %% as wide as buddy, want about %.1f: one scale for all", w, 100*whole)
	}
	if got[0].Boxes[1].Tint == 0 || got[0].Boxes[0].Tint != 0 {
		t.Error("what buddy alone spends time on is not tinted, or the root is")
	}
}

func number(t *testing.T, s string) (v float64) {
	t.Helper()
	if _, err := fmt.Sscan(s, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// With few samples of the workload in focus the flames are of all workloads,
// for every strategy or for none.
func TestFewSamples(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	fixture.WriteProfile(t, dir, "buddy", fixture.MakeProfile("gfx", map[string]int{"a.Replay;a.b": 100}))
	fixture.WriteProfile(t, dir, "rangemgr", fixture.MakeProfile("small", map[string]int{"a.Replay;a.b": 100}))
	r := testrun.Load(t, dir)
	for _, f := range readFlames(r.Run, r.Workload("gfx")) {
		if !f.whole || f.samples != 100 {
			t.Errorf("%s: %d samples, whole %v", r.Strategies[f.strategy], f.samples, f.whole)
		}
	}
}

func TestShortName(t *testing.T) {
	for name, want := range map[string]string{
		"github.com/vramlab/vramlab/strategies/buddy.(*Allocator).Alloc":           "buddy.Allocator.Alloc",
		"github.com/x/y.(*tree[...]).insert":                                       "y.tree.insert",
		"slices.SortFunc[go.shape.[]github.com/x/y.T,go.shape.struct { a/b int }]": "slices.SortFunc",
		"runtime.memmove": "runtime.memmove",
		"main.main.func1": "main.main.func1",
	} {
		if got := shortName(name); got != want {
			t.Errorf("shortName(%q) = %q, want %q", name, got, want)
		}
	}
}

// Strategies that did not do the same work have no lives beside each other.
func TestLivesOfSameWork(t *testing.T) {
	less, same := fixture.Workload{Ns: []float64{400, 200}, Served: []float64{100, 90}}, fixture.Workload{Ns: []float64{400, 200}}
	for want, loads := range map[string][]fixture.Workload{"buddy spends ": {less, same}, "Where the time goes was not measured": {less}} {
		f := fixture.Planted(2, loads...)
		p, err := makeCPU(testrun.Load(t, f.Write(t)))
		fixture.Must(t, err)
		if got := plain.ReplaceAllString(string(p.Heading), ""); !strings.HasPrefix(got, want) {
			t.Errorf("%d workloads: %q", len(loads), got)
		}
	}
}

var plain = regexp.MustCompile("<[^>]*>")

// Noise that silences times says nothing of where they go, either.
func TestNoisyHeading(t *testing.T) {
	l := []life{{strategy: 0, alloc: 3, free: 1}}
	if got := cpuHeading(l, true); got != "Noise hides where the time goes" {
		t.Errorf("got %q", got)
	}
	if got := cpuHeading(l, false); got == cpuHeading(l, true) {
		t.Errorf("got %q without noise", got)
	}
}
