package subject

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// stateful begins with half of the region live in two extents, and trims one of them
// and what is allocated.
func stateful() workloads.Workload {
	live := func(slot uint32, start, size uint64) workloads.Op {
		return workloads.Op{Kind: workloads.Live, Slot: slot, Req: trace.Extent{Start: start, Size: size}.Window()}
	}
	ops := []workloads.Op{
		live(0, 0, 64<<10), live(1, 512<<10, 448<<10),
		{Kind: workloads.ResetDirty},
		{Slot: 2, Req: strategies.Request{Size: 64 << 10}},
		{Kind: workloads.Trim, Slot: 2, Req: strategies.Request{Size: 16 << 10, Lo: 32 << 10}},
		{Kind: workloads.Trim, Slot: 1, Req: strategies.Request{Size: 64 << 10, Lo: 512 << 10}},
		{Kind: workloads.Free, Slot: 0},
	}
	return workloads.Workload{Name: "stateful", Region: strategies.Region{Size: 1 << 20, Page: 4096},
		Ops: func(uint64, int) []workloads.Op { return ops }}
}

// TestRecordState: the first sample of the curve is the state, a trim changes what is
// live, and the placements hold against the strategy.
func TestRecordState(t *testing.T) {
	l, err := NewLoad(stateful(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, dir := &Subject{Strategy: strategytest.Reference, Load: l}, t.TempDir()
	if err := s.Begins(); err != nil {
		t.Fatal(err)
	}
	if err := s.Record(dir, sgtable.Builders()[:1]); err != nil {
		t.Fatal(err)
	}
	var live []float64
	for _, line := range s.Lines {
		for _, v := range line.Values {
			if v.Unit == schema.LiveBytes {
				live = append(live, v.V/1024)
			}
		}
	}
	if want := []float64{512, 512, 576, 528, 528, 464}; !reflect.DeepEqual(live, want) {
		t.Errorf("KiB live at the samples: %v, want %v", live, want)
	}
	if want := (replay.Counts{Requests: 1, Frees: 1, Blocks: 1, Trims: 2, Untrimmed: 1, Resets: 1}); s.Counts != want || s.Counts.Ops() != 5 {
		t.Errorf("counts %+v, want %+v", s.Counts, want)
	}
	wantPlacements(t, filepath.Join(dir, schema.PlacementFile("stateful", "reference")))

	session, _, err := s.Warm()
	if err != nil {
		t.Fatal(err)
	}
	calls := meter.NewLatency().Measure(session, l.Stream)
	if calls.AllocShare <= 0 || calls.FreeShare <= 0 || calls.AllocShare+calls.FreeShare >= 1 {
		t.Errorf("shares of allocations %v, of frees %v: trims and resets have one too", calls.AllocShare, calls.FreeShare)
	}
}

func wantPlacements(t *testing.T, path string) {
	t.Helper()
	r, err := trace.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	a, err := strategytest.Reference.New(r.Region())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := replay.Transcribe(a, r, trace.NewWriter(&text, r.Region())); err != nil {
		t.Fatal(err)
	}
	const want = `vramlab trace 1
region 1048576 page 4096
l 0 0+65536 524288+458752
r dirty
a 3 65536
= 65536+65536
t 3 16384 start=32768
= 98304+16384
t 1 65536 start=524288
! EINVAL
f 0
`
	if text.String() != want {
		t.Errorf("placements\n%swant\n%s", text.String(), want)
	}
}

// TestCannotBegin: a strategy that has no windows is named.
func TestCannotBegin(t *testing.T) {
	l, err := NewLoad(stateful(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &Subject{Strategy: strategytest.Reference, Load: l}
	s.Strategy.Caps &^= strategies.CapWindow
	if err := s.Begins(); err == nil || err.Error() != "workload stateful: reference has no windows, and cannot begin in the given state" {
		t.Error(err)
	}
	s.Strategy.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := strategytest.Reference.New(r)
		return windowless{a}, err
	}
	if err := s.Prepare(sgtable.Builders()[:1]); err == nil || err.Error() != "reference on stateful: cannot begin in the given state: it refuses 0+65536: no space" {
		t.Error(err)
	}
}

// windowless refuses every window.
type windowless struct{ strategies.Allocator }

func (w windowless) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Flags&strategies.Range != 0 {
		return dst, strategies.ErrNoSpace
	}
	return w.Allocator.Alloc(dst, r)
}
