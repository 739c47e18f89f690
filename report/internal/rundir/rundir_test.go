package rundir

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/workloads/trace"
)

// liveSet must agree with a plain map of pages, whenever it is asked.
func TestLiveSet(t *testing.T) {
	const pages = 200
	r := rand.New(rand.NewPCG(1, 1))
	l := NewLiveSet(pages)
	owner := make([]uint64, pages) // 0: free
	held := map[uint64]bool{}
	for op := 1; op < 4000; op++ {
		if id := uint64(op); r.IntN(2) == 0 {
			of := l.grant(id, op)
			held[id] = true
			for range 1 + r.IntN(3) {
				start, n := r.IntN(pages), 1+r.IntN(5)
				if start+n > pages || slices.ContainsFunc(owner[start:start+n], func(o uint64) bool { return o != 0 }) {
					continue
				}
				for p := start; p < start+n; p++ {
					owner[p] = id
				}
				l.put(of, uint64(start), uint64(n))
			}
		} else {
			for id := range held { // any of them: the result is the same
				l.Release(id)
				delete(held, id)
				for p := range owner {
					if owner[p] == id {
						owner[p] = 0
					}
				}
				break
			}
		}
		if r.IntN(7) != 0 {
			continue
		}
		want := fmt.Sprint(holesOf(owner))
		got := [][2]uint64{}
		for start, size := range l.Holes {
			got = append(got, [2]uint64{start, size})
		}
		if fmt.Sprint(got) != want {
			t.Fatalf("operation %d: holes %v, want %v", op, got, want)
		}
	}
}

func holesOf(owner []uint64) [][2]uint64 {
	out := [][2]uint64{}
	for p := 0; p < len(owner); p++ {
		start := p
		for p < len(owner) && owner[p] == 0 {
			p++
		}
		if p > start {
			out = append(out, [2]uint64{uint64(start), uint64(p - start)})
		}
	}
	return out
}

// A second attempt at a refused request is the same request: only its last
// word counts.
func TestFallback(t *testing.T) {
	p, err := ReadPlacement(fixture.OpenText(t, `vramlab trace 1
region 65536 page 4096
a 0 16384
= 0+16384
a 2 16384 contiguous
! ENOSPC
f 2
a 2 16384
= 16384+8192 32768+8192
a 4 16384
! ENOSPC
f 4
a 4 16384
! ENOSPC
f 4
a 7 4096
! ENOSPC
f 7
`))
	fixture.Must(t, err)
	if p.Requests != 4 || p.Granted != 2 || p.fellBack != 1 || p.Refusals.N != 2 || p.Ops != 9 {
		t.Errorf("%d requests, %d granted, %d in a second attempt, %d refused, %d operations; want 4, 2, 1, 2, 9",
			p.Requests, p.Granted, p.fellBack, p.Refusals.N, p.Ops)
	}
}

func TestPlacementState(t *testing.T) {
	p, err := ReadPlacement(fixture.OpenText(t, `vramlab trace 1
region 65536 page 4096
a 0 16384
= 16384+16384
a 1 4096
= 49152+4096
a 2 65536
! E2BIG
`))
	fixture.Must(t, err)
	// Holes: [0,16K), [32K,48K), [52K,64K).
	want := State{free: 45056, largest: 16384, Holes: 3, MeanLen: (2*16384.0*16384 + 12288*12288) / 45056}
	if p.End != want {
		t.Errorf("end state %+v, want %+v", p.End, want)
	}
	if p.peak != 20480 || p.Refusals.Roomy != 0 {
		t.Errorf("peak %d, roomy %d; want 20480, 0", p.peak, p.Refusals.Roomy)
	}
}

// TestPlacementGiven: what is live at the beginning is no request, a trim changes what is
// live and not since when, a refused trim is no refusal, and a trim of what was refused is an
// event of the stream and nothing that was done.
func TestPlacementGiven(t *testing.T) {
	p, err := ReadPlacement(fixture.OpenText(t, `vramlab trace 1
region 65536 page 4096
l 0 0+4096 8192+16384
r dirty
a 3 8192
= 24576+8192
t 3 4096 start=4096
= 28672+4096
t 1 4096
! EINVAL
a 6 65536
! ENOSPC
t 6 4096
f 6
f 3
r clear
`))
	fixture.Must(t, err)
	if p.Requests != 2 || p.Granted != 1 || p.Refusals.N != 1 || p.Ops != 11 || p.events != 9 || p.done != 7 {
		t.Errorf("%d requests, %d granted, %d refused, %d operations, %d events, %d done; want 2, 1, 1, 11, 9, 7",
			p.Requests, p.Granted, p.Refusals.N, p.Ops, p.events, p.done)
	}
	// Holes: [4K,8K), [24K,64K).
	if p.End.Holes != 2 || p.End.free != 45056 || p.peak != 28672 {
		t.Errorf("end state %+v, peak %d; want 2 holes of 45056 bytes, 28672", p.End, p.peak)
	}
	l := NewLiveSet(65536)
	for _, e := range []Event{
		{Op: 4, ID: 3, Blocks: []trace.Extent{{Start: 0, Size: 8192}}},
		{Op: 9, ID: 3, kind: trace.Trim, Blocks: []trace.Extent{{Start: 0, Size: 4096}}},
		{Op: 10, ID: 3, kind: trace.Trim},
	} {
		l.Apply(&e)
	}
	if got := l.Sorted(); len(got) != 1 || got[0].Size != 4096 || l.Allocs[got[0].Of].Op != 4 {
		t.Errorf("after a trim %+v is live", got)
	}
}

// A line without a key, or with a value that cannot be, is dropped with a
// warning that says where it is.
func TestBadTableLines(t *testing.T) {
	builder := fixture.BuilderText("counted", "64KiB", 1, 12, 1, 16)
	policy := fixture.PolicyText("buddy", "wa", "xe", 100, 3, 0, 0)
	migrate := fixture.LifetimeText("buddy", "gc", 1)
	walk := fixture.WalkText("buddy", "wa", "xe", 3, 1, 1, 1, 1)
	lookup := fixture.LookupText("64KiB", "index", 12, 4)
	const ref = "BenchmarkRef/mode=contended-2 100 9 ns/op\n"
	for _, tt := range []struct{ line, old, new, want string }{
		{builder, "/layout=whole", "", "the line does not name its layout"},
		{builder, "layout=whole", "layout=", "the line does not name its layout"},
		{builder, "/builder=counted", "", "the line does not name its builder"},
		{builder, "=64KiB", "=64kB", "size \"64kB\" is not a size like 64KiB"},
		{policy, "/strategy=buddy", "", "the line does not name its strategy"},
		{policy, "/workload=wa", "", "the line does not name its workload"},
		{policy, "/policy=xe", "", "the line does not name its policy"},
		{policy, "100 served", "100.5 served", "served-pct of 100.5 is not between 0 and 100"},
		{policy, "100 served", "-1 served", "served-pct of -1 is not between 0 and 100"},
		{policy, "100 served", "NaN served", "served-pct of NaN is not between 0 and 100"},
		{policy, "0.5 waste", "101 waste", "waste-pct of 101 is not between 0 and 100"},
		{policy, "3 pte4k", "0 pte4k", "tables without a page-table entry map nothing"},
		{policy, "3 pte4k", "-3 pte4k", "no count of page-table entries of each size"},
		{policy, "-2 100 ", "-2 0 ", "a line of 0 iterations measured nothing"},
		{migrate, "/strategy=buddy", "", "the line does not name its strategy"},
		{walk, "/policy=xe", "", "the line does not name its policy"},
		{walk, "-2 100 ", "-2 0 ", "a line of 0 iterations measured nothing"},
		{lookup, "/lookup=index", "", "the line does not name its lookup"},
		{lookup, "=64KiB", "=64kB", "size \"64kB\" is not a size like 64KiB"},
		{migrate, "/lifetime=gc", "", "the line does not name its lifetime"},
		{migrate, "-2 2000 ", "-2 0 ", "a line of 0 iterations measured nothing"},
		{ref, "/mode=contended", "", "the line does not name its mode"},
		{ref, "-2 100 ", "-2 0 ", "a line of 0 iterations measured nothing"},
	} {
		kept := func(line string) (int, []string) {
			r := readCurves(t, fixture.Pair1(2), "goos: linux\n"+line)
			c := r.Curves
			return len(c.Builders) + len(r.Workloads[0].policies) + len(r.Workloads[0].walks) + len(c.Lookups) + len(c.Migrations) + len(c.Refs), r.Warnings.All()
		}
		if n, warnings := kept(tt.line); n != 1 || len(warnings) > 0 {
			t.Fatalf("%d lines are kept of the good %s with warnings %q", n, tt.line, warnings)
		}
		bad := strings.Replace(tt.line, tt.old, tt.new, 1)
		if n, warnings := kept(bad); n != 0 || len(warnings) != 1 || warnings[0] != "curves.bench:2: "+tt.want {
			t.Errorf("%d lines are kept of %s with warnings %q, want only: %s", n, bad, warnings, tt.want)
		}
	}
}

// A damaged line is dropped with a warning that says where it is.
func TestBadScalingLines(t *testing.T) {
	scaling := fixture.ScalingText("buddy", "alloc", 1, 0, fixture.FlatCost(50), fixture.FlatCost(3), fixture.LiveSizes("1GiB", 1000)...)
	concurrent := fixture.ConcurrentText("buddy", "locked", 2, 1, 50)
	const crossing = "BenchmarkCrossing/strategy=buddy-2 100 190 ns/op\n"
	for _, tt := range []struct{ line, old, new, want string }{
		{scaling, "/strategy=buddy", "", "the line does not name its strategy"},
		{scaling, "/op=alloc", "", "the line does not name its operation"},
		{scaling, "=alloc", "=realloc", `operation "realloc" is neither alloc nor free`},
		{scaling, "=1GiB", "=big", `region "big" is not a size like 1GiB`},
		{scaling, "/live=1000", "", `live "" is not a number of objects`},
		{scaling, "=1000", "=0", `live "0" is not a number of objects`},
		{scaling, "50 ns/op", "0 ns/op", "the line has no time of an operation"},
		{scaling, "50 ns/op", "NaN ns/op", "the line has no time of an operation"},
		{scaling, "50 ns/op 3", "3", "the line has no time of an operation"},
		{scaling, "3 visits/op", "101 served-pct", "101 served-pct is more than the 100 that is possible: the line is left out"},
		{scaling, "-2 1000 ", "-2 0 ", "a line of 0 iterations measured nothing"},
		{concurrent, "/strategy=buddy", "", "the line does not name its strategy"},
		{concurrent, "/lock=locked", "", "the line does not name its lock"},
		{concurrent, "=2-2", "=two-2", `"two" is not a number of goroutines`},
		{concurrent, "=2-2", "=0-2", `"0" is not a number of goroutines`},
		{concurrent, "50 ns/op", "-50 ns/op", "the line has no time of an operation"},
		{crossing, "/strategy=buddy", "", "the line does not name its strategy"},
		{crossing, "190 ns/op", "190 ns/call", "the line has no time of a crossing"},
	} {
		kept := func(line string) (int, []string) {
			r := readCurves(t, fixture.Pair1(2), "goos: linux\n"+line)
			return len(r.Curves.Scaling) + len(r.Curves.Concurrent) + len(r.Curves.Crossing), r.Warnings.All()
		}
		if n, warnings := kept(tt.line); n != 1 || len(warnings) > 0 {
			t.Fatalf("%d lines are kept of the good %s with warnings %q", n, tt.line, warnings)
		}
		bad := strings.Replace(tt.line, tt.old, tt.new, 1)
		if n, warnings := kept(bad); n != 0 || len(warnings) != 1 || warnings[0] != "curves.bench:2: "+tt.want {
			t.Errorf("%d lines are kept of %s with warnings %q, want only: %s", n, bad, warnings, tt.want)
		}
	}
}

// Visits are counts: those that differ between samples are no such thing.
func TestVisitsThatDiffer(t *testing.T) {
	text := fixture.ScalingText("buddy", "alloc", 1, 0, fixture.FlatCost(50), fixture.FlatCost(3), fixture.ThreeDecades[0]) + fixture.ScalingText("buddy", "alloc", 1, 0, fixture.FlatCost(50), fixture.FlatCost(4), fixture.ThreeDecades[0])
	want := "curves.bench:2: 4 visits/op here, 3 in a line before: a count should be the same in every sample, so it is left out"
	if got := strings.Join(readCurves(t, fixture.Pair1(2), text).Warnings.All(), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// readCurves reads a run with some lines in curves.bench.
func readCurves(t *testing.T, f fixture.Run, text string) *Run {
	t.Helper()
	r, err := Read(f.WithCurves(t, text))
	fixture.Must(t, err)
	return r
}

// TestOtherOperationsByHand: a trace of 8 operations, 7 of them done, in 10 events may be
// of a run that timed between 9 operations and 9, or whole replays of it by any count.
func TestOtherOperationsByHand(t *testing.T) {
	f := foundPlacement{name: "w", strategy: "s", p: &Placement{Ops: 8, done: 7, events: 10}}
	for of, theirs := range map[timed]bool{
		{9, 9, 9}: true, {8, 9, 1}: true, {5, 11, 1}: true, {14, 15, 1}: true, {15, 16, 1}: true, {19, 20, 1}: true,
		{11, 11, 11}: false, {6, 6, 6}: false, {10, 11, 1}: true, {11, 12, 1}: false,
	} {
		r := &Run{operations: map[pairName]timed{{"w", "s"}: of}}
		want := ""
		if !theirs {
			want = fmt.Sprintf("it holds %s, run.bench has times of %d", text.Operations(8), of.hi)
		}
		if got := r.otherOperations(f); got != want {
			t.Errorf("times of %d to %d: %q, want %q", of.lo, of.hi, got, want)
		}
	}
	if got := (&Run{}).otherOperations(f); got != "" {
		t.Errorf("without any times: %q", got)
	}
}
