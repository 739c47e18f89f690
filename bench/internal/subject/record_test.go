package subject

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// TestTooBig: an object with more pages than 32 bits count has no table, neither in the
// means nor under a policy.
func TestTooBig(t *testing.T) {
	const tib = 1 << 40
	ops := []workloads.Op{
		{Slot: 0, Req: strategies.Request{Size: 16 * tib}},
		{Slot: 1, Req: strategies.Request{Size: 64 << 10}},
	}
	s := &Subject{Strategy: churn.FirstFit, Load: load(workloads.Workload{Name: "big", Region: strategies.Region{Size: 32 * tib, Page: 4096}}, ops)}
	if err := s.Prepare(sgtable.Builders()); err != nil {
		t.Fatal(err)
	}
	if s.Counts.Granted() != 2 || s.Lists.Len() != 1 {
		t.Fatalf("%d granted, %d with a table; want 2, 1", s.Counts.Granted(), s.Lists.Len())
	}
	for _, segs := range s.Segs {
		if segs.tables != 1 || segs.Mean() != 1 {
			t.Errorf("%s: %d tables of %v segments, want one of one", segs.builder.Name, segs.tables, segs.Mean())
		}
	}
	lines, err := s.Policies(sgtable.Policies())
	if err != nil || len(lines) == 0 {
		t.Fatalf("%d lines, error %v", len(lines), err)
	}
	for _, l := range lines {
		if l.Iters != 1 {
			t.Errorf("%d tables, want one: %s", l.Iters, l.Append(nil))
		}
	}
}

// scatter grants every object in as many blocks as it has pages, and takes nothing from
// the Go heap.
type scatter struct {
	strategies.Allocator
	next uint64
}

func (s *scatter) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	for range r.Size / 4096 {
		dst = append(dst, strategies.Block{Start: s.next, Size: 4096})
		s.next += 2 * 4096
	}
	return dst, nil
}

func (s *scatter) Free([]strategies.Block) {}

// TestRoom: each slot has room for its longest list before the first replay, which then
// takes nothing from the Go heap.
func TestRoom(t *testing.T) {
	var ops []workloads.Op
	for i := range uint32(100) {
		for _, pages := range []uint64{1, uint64(i%7 + 2), 2} { // the longest in between
			ops = append(ops, workloads.Op{Slot: i, Req: strategies.Request{Size: pages * 4096}}, workloads.Op{Slot: i, Kind: workloads.Free})
		}
	}
	strategy := strategies.Strategy{Name: "scatter", Doc: "Scatters.", New: func(strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(churn.Region)
		return &scatter{Allocator: a}, err
	}}
	s := &Subject{Strategy: strategy, Load: load(workloads.Workload{Name: "room", Region: churn.Region}, ops)}
	a, err := s.New()
	if err != nil {
		t.Fatal(err)
	}
	s.observe(a, nil, sgtable.Builders()[:1])
	for slot := range s.live.Slots() {
		if got, want := cap(s.live.Held(uint32(slot))), slot%7+2; got != want {
			t.Fatalf("room for %d blocks in slot %d, want %d", got, slot, want)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	session, took, err := s.Warm()
	runtime.ReadMemStats(&after)
	if err != nil || session == nil || took <= 0 {
		t.Fatalf("%v, error %v", took, err)
	}
	if n := after.NumForcedGC - before.NumForcedGC; n != 1 {
		t.Errorf("the heap was collected %d times before the replay, want once", n)
	}
	if n := testing.AllocsPerRun(3, func() { session.Timed() }); n != 0 {
		t.Errorf("%v heap allocations a replay", n)
	}
}

// TestSteps: 240 samples at most, at even distances, and one of the end.
func TestSteps(t *testing.T) {
	for ops, want := range map[int]int{0: 1, 1: 1, 240: 1, 241: 2, 480: 2, 481: 3} {
		if got := newSeries("s", emptyOps(ops)).every; got != want {
			t.Errorf("%d operations: a sample every %d, want %d", ops, got, want)
		}
	}
	a := churn.New(churn.FirstFit)
	s := newSeries("s", emptyOps(700)) // every third
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 11} {
		s.step(a, n, 11)
	}
	var got []string
	for _, l := range s.lines {
		got = append(got, strings.TrimPrefix(l.Name, "Series/strategy=s/workload=w/step="))
	}
	if want := []string{"3", "7", "9", "11"}; !slices.Equal(got, want) {
		t.Errorf("samples after %q operations, want %q", got, want)
	}
}

// TestValues: what a replay does not have has no time and no size.
func TestValues(t *testing.T) {
	calls := meter.Calls{P50: 1, P99: 2, P999: 3, Max: 4, AllocShare: .75, FreeShare: .25}
	for _, test := range []struct {
		counts   replay.Counts
		metadata uint64
		want     string
	}{
		{replay.Counts{Requests: 4, Refused: 1, Frees: 1}, 7, "80 ns/op 75 ns/alloc 100 ns/free 1 p50-ns 2 p99-ns 3 p999-ns 4 max-ns 75 served-pct 7 metadata-B "},
		{replay.Counts{Requests: 4}, 0, "100 ns/op 75 ns/alloc 1 p50-ns 2 p99-ns 3 p999-ns 4 max-ns 100 served-pct "},
		{replay.Counts{Requests: 1, Frees: 1}, 1, "200 ns/op 300 ns/alloc 100 ns/free 1 p50-ns 2 p99-ns 3 p999-ns 4 max-ns 100 served-pct 1 metadata-B "},
	} {
		got := ""
		for _, v := range (&Subject{Counts: test.counts, metadata: test.metadata}).Values(400, calls) {
			got += fmt.Sprint(v.V, " ", v.Unit.Name, " ")
		}
		if got != test.want {
			t.Errorf("%+v: %s, want %s", test.counts, got, test.want)
		}
	}
	if v := (&Subject{Counts: replay.Counts{Frees: 2}}).Values(400, calls); v[1].Unit != schema.NsPerFree || v[1].V != 50 {
		t.Errorf("frees alone: %v", v)
	}
}

// TestPlacementsFail: half a trace is removed, and never has the name of a whole one.
func TestPlacementsFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.trace.gz")
	s := &Subject{Strategy: churn.FirstFit, Load: load(workloads.Workload{Name: "few", Region: churn.Region}, policyOps())}
	p, err := createPlacements(path, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("what was begun has the name already (%v)", err)
	}
	p.file.Close()
	if err := p.close(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names the file", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
		t.Errorf("half a trace is left: %v (%v)", left, err)
	}
}

// emptyOps is a load of so many operations that nobody looks at.
func emptyOps(n int) *Load {
	return &Load{Workload: workloads.Workload{Name: "w"}, Stream: make([]workloads.Op, n)}
}
