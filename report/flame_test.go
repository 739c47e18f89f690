package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// makeProfile is a profile of stacks, outermost function first, one tick each
// times the number behind the colon.
func makeProfile(workload string, stacks map[string]int) *profile.Profile {
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		Period:     10_000_000,
	}
	byName := map[string]*profile.Location{}
	location := func(name string) *profile.Location {
		if byName[name] == nil {
			id := uint64(len(byName) + 1)
			fn := &profile.Function{ID: id, Name: name}
			p.Function = append(p.Function, fn)
			byName[name] = &profile.Location{ID: id, Line: []profile.Line{{Function: fn}}}
			p.Location = append(p.Location, byName[name])
		}
		return byName[name]
	}
	for stack, n := range stacks {
		phase := "replay"
		if strings.HasPrefix(stack, "table:") {
			phase, stack = "sgtable", strings.TrimPrefix(stack, "table:")
		}
		s := &profile.Sample{
			Value: []int64{int64(n), int64(n) * p.Period},
			Label: map[string][]string{"workload": {workload}, "phase": {phase}},
		}
		for name := range strings.SplitSeq(stack, ";") {
			s.Location = append([]*profile.Location{location(name)}, s.Location...)
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}

func writeProfile(t *testing.T, dir, strategy string, p *profile.Profile) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(dir, "profiles"), 0o777))
	file, err := os.Create(filepath.Join(dir, "profiles", strategy+".pprof"))
	must(t, err)
	must(t, p.Write(file))
	must(t, file.Close())
}

func TestFlames(t *testing.T) {
	t.Parallel()
	dir := plainFixture().write(t)
	const replay = "main.main;example.com/lab/bench.Replay;"
	writeProfile(t, dir, "buddy", makeProfile("gfx", map[string]int{
		replay + "example.com/lab/buddy.(*Allocator).Alloc":                                      40,
		replay + "example.com/lab/buddy.(*Allocator).Free;example.com/lab/buddy.(*set[...]).put": 60,
		"table:main.main;example.com/lab/sgtable.Append":                                         500,
		"main.main;example.com/lab/bench.drain":                                                  70,
	}))
	writeProfile(t, dir, "rangemgr", makeProfile("gfx", map[string]int{
		replay + "example.com/lab/rangemgr.(*manager).Alloc": 50,
	}))
	r := load(t, dir)
	flames := readFlames(r.dir, r.strategies, r.workloads, r.warnings, r.workload("gfx"))
	if len(flames) != 2 || flames[0].samples != 100 || flames[0].whole {
		t.Fatalf("flames %+v, want two, the first of 100 samples of gfx", flames)
	}
	got := flameBoxes(r.strategies, flames)
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
	page := rendered(t, dir)
	checkPage(t, page)
	if !strings.Contains(page, "Allocator.Free") || strings.Contains(page, "bench.drain") {
		t.Error("the page has no flame graph, or one with the harness in it")
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
	dir := plainFixture().write(t)
	writeProfile(t, dir, "buddy", makeProfile("gfx", map[string]int{"a.Replay;a.b": 100}))
	writeProfile(t, dir, "rangemgr", makeProfile("small", map[string]int{"a.Replay;a.b": 100}))
	r := load(t, dir)
	for _, f := range readFlames(r.dir, r.strategies, r.workloads, r.warnings, r.workload("gfx")) {
		if !f.whole || f.samples != 100 {
			t.Errorf("%s: %d samples, whole %v", r.strategies[f.strategy], f.samples, f.whole)
		}
	}
}

func TestBadProfile(t *testing.T) {
	t.Parallel()
	dir := plainFixture().write(t)
	must(t, os.MkdirAll(filepath.Join(dir, "profiles"), 0o777))
	must(t, os.WriteFile(filepath.Join(dir, "profiles", "buddy.pprof"), []byte("no profile"), 0o666))
	writeProfile(t, dir, "rangemgr", makeProfile("gfx", nil))
	page := rendered(t, dir)
	checkPage(t, page)
	if !strings.Contains(page, "profiles/buddy.pprof") || !strings.Contains(page, "No CPU profiles in this run") {
		t.Error("the bad profile is not in the warnings, or the page does not say that there are none")
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
