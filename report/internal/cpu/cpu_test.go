package cpu

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// profiled is the plain run with profiles of replays of one workload, stacks by strategy.
func profiled(t *testing.T, workload string, stacks ...map[string]int) judge.Run {
	t.Helper()
	dir := fixture.Plain().Write(t)
	for i, s := range stacks {
		fixture.WriteProfile(t, dir, fixture.Plain().Strategies[i], fixture.MakeProfile(workload, s))
	}
	return testrun.Load(t, dir)
}

// focused are the profiles of a run as the section reads them.
func focused(r judge.Run) profiles {
	focus, _ := workloadOf(r)
	return readProfiles(r, focus)
}

// The time of an operation is that of run.bench, divided as the samples are, on one scale.
func TestFlames(t *testing.T) {
	t.Parallel()
	r := profiled(t, "small",
		map[string]int{
			"main.main;x/bench.Replay;x/buddy.(*Allocator).Alloc":                          400,
			"main.main;x/bench.Replay;x/buddy.(*Allocator).Free;x/buddy.(*set[...]).put":   500,
			"main.main;x/bench.Replay;x/buddy.(*Allocator).Free;runtime.memmove":           100,
			"table:main.main;x/sgtable.Append":                                             5000,
			"main.main;x/bench.drain":                                                      700,
			"main.main;x/bench.Replay;x/buddy.(*Allocator).Free;runtime.tooThinToBeABox12": 1,
		},
		map[string]int{"main.main;x/bench.Replay;x/rangemgr.(*manager).Alloc": 1200})
	p := focused(r)
	if len(p.flames) != 2 || len(p.few) > 0 || p.flames[0].samples != 1001 || len(p.scope) != 1 || p.scope[0].Name != "small" {
		t.Fatalf("%+v, want two, the first of 1,001 samples of small", p)
	}
	got := p.boxes(r.Strategies)
	want := []string{"replay 0 100 0", "Allocator.Free 1 60 26", "set.put 2 50 26", "runtime.memmove 2 10 0", "Allocator.Alloc 1 40 26"}
	if len(got[0].Boxes) != len(want) {
		t.Fatalf("%d boxes, want %d", len(got[0].Boxes), len(want))
	}
	for i, b := range got[0].Boxes {
		if s := fmt.Sprintf("%s %d %.0f %d", b.Name, b.Depth, number(t, b.Width), b.Tint); s != want[i] {
			t.Errorf("box %d: %s, want %s", i, s, want[i])
		}
	}
	if w, whole := number(t, got[1].Boxes[0].Width), 288.0/682; w < 100*whole-2 || w > 100*whole+2 {
		t.Errorf("rangemgr is %.1f %% as wide as buddy, want about %.1f: one scale for all", w, 100*whole)
	}
	if p.flames[0].root.count() != 6 {
		t.Errorf("%d frames, want 6 with the one that is too thin", p.flames[0].root.count())
	}
}

func number(t *testing.T, s string) (v float64) {
	t.Helper()
	if _, err := fmt.Sscan(s, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Below 1,000 samples none is drawn, by profile, and the page says how many there were and
// what to do. A difference needs both.
func TestFewSamples(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		samples      [2]int
		took         time.Duration
		drawn, pairs int
		want         string
	}{
		{[2]int{1000, 1000}, 0, 2, 1, ""},
		{[2]int{999, 1000}, 0, 1, 0, "Not drawn: buddy has 999 samples. Fewer than 1,000 of replays that were timed do not say how an operation divides. The profiler takes at most a hundred a second; run -profile -profile-time TIME takes longer profiles."},
		{[2]int{84, 500}, 20 * time.Second, 0, 0, "Not drawn: buddy has 84 samples and rangemgr has 500 samples. Fewer than 1,000 of replays that were timed do not say how an operation divides. The profiler takes at most a hundred a second; run -profile -profile-time 4m50s takes enough at this rate."},
	} {
		dir := fixture.Plain().Write(t)
		for i, n := range tt.samples {
			p := fixture.MakeProfile("small", map[string]int{"a.Replay;a.b": n / 3, "a.Replay;a.c": n - n/3})
			p.DurationNanos = int64(tt.took)
			fixture.WriteProfile(t, dir, fixture.Plain().Strategies[i], p)
		}
		r := testrun.Load(t, dir)
		p := focused(r)
		if len(p.flames) != tt.drawn || len(p.pairs) != tt.pairs {
			t.Errorf("%v: %d flames and %d pairs, want %d and %d", tt.samples, len(p.flames), len(p.pairs), tt.drawn, tt.pairs)
		}
		if got := strings.ReplaceAll(p.fewNote(r.Strategies), text.NBSP, " "); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.samples, got, tt.want)
		}
		if js, err := p.data(r.Strategies); err != nil || (js == "") != (tt.drawn == 0) {
			t.Errorf("%v: %d bytes for the script, error %v", tt.samples, len(js), err)
		}
	}
}

// With few samples of the workload in focus the flames are of all workloads, for every
// strategy or for none, and each workload counts alike however many samples it has.
func TestScopes(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	write := func(s string, small, frames int) {
		parts := []*profile.Profile{
			fixture.MakeProfile("small", map[string]int{"a.Replay;a.b": small}), fixture.MakeProfile("frames", map[string]int{"a.Replay;a.c": frames}),
		}
		for _, p := range parts {
			p.PeriodType = p.SampleType[1]
		}
		p, err := profile.Merge(parts)
		fixture.Must(t, err)
		fixture.WriteProfile(t, dir, s, p)
	}
	write("buddy", 1500, 100)
	write("rangemgr", 500, 700)
	r := testrun.Load(t, dir)
	p := focused(r)
	if len(p.scope) != 2 || len(p.flames) != 2 || p.scope.words() != "mean of 2"+text.NBSP+"workloads" {
		t.Fatalf("%d flames %s, want two of two workloads", len(p.flames), p.scope.words())
	}
	var frames float64
	for _, c := range p.flames[0].root.children {
		if c.name == "a.c" {
			frames = c.ns
		}
	}
	if want := 85.9 / 2; frames < want*0.97 || frames > want*1.03 {
		t.Errorf("%.1f ns are of frames, want %.1f: half its time of an operation", frames, want)
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
