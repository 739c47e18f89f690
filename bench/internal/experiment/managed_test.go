package experiment

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/managed"
)

// managedRun are the lines and the cells of a stream of the first n operations of gfx.
func managedRun(t *testing.T, n int, m Manager, list ...strategies.Strategy) (lines []result.Line, cells []Cell) {
	t.Helper()
	w, _ := workloads.Lookup("gfx")
	e := &Env{
		Strategies: list, Seed: 3, Manager: m,
		Streams: []Stream{{Workload: "gfx", Region: w.Region, Ops: w.Ops(3, n), Strategies: list}, {Workload: "idle", Region: w.Region, Strategies: list}},
		Write:   func(l ...result.Line) error { lines = append(lines, l...); return nil },
	}
	cells, err := setUpManaged(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return lines, cells
}

// TestManaged holds the lines to what the replays say, that they are the same again, and
// that a workload in which nothing is live has none.
func TestManaged(t *testing.T) {
	list := []strategies.Strategy{buddy.Strategy, rangemgr.Strategy}
	lines, cells := managedRun(t, 6000, Manager{}, list...)
	again, _ := managedRun(t, 6000, Manager{}, list...)
	if !reflect.DeepEqual(lines, again) || len(lines) != 4 || len(cells) != 2 {
		t.Fatalf("%d lines, and again\n%v, for\n%v; %d cells", len(lines), again, lines, len(cells))
	}
	w, _ := workloads.Lookup("gfx")
	plan, err := managed.NewPlan(w.Region, w.Ops(3, 6000), managed.Config{Pressure: 100, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	r, err := plan.Run(t.Context(), rangemgr.Strategy, managed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	last := lines[3]
	if last.Name != "Managed/strategy=rangemgr/workload=gfx/pressure=100" || last.Iters != r.Requests {
		t.Errorf("%s with %d requests, want %d", last.Name, last.Iters, r.Requests)
	}
	for unit, want := range map[*schema.Unit]uint64{
		schema.ServedPct: 100, schema.Refused: 0, schema.SystemRequests: 0, schema.EvictingRequests: uint64(r.Evicting), schema.AskedBytes: r.Asked,
		schema.Evictions: uint64(r.Evicted().Objects), schema.FragEvictions: uint64(r.Spared().Objects), schema.EvictedBytes: r.Evicted().Bytes,
		schema.BrokenBytes: r.Out[managed.Broken].Bytes, schema.OccupiedBytes: 0, schema.RoundedBytes: 0, schema.MovedInBytes: r.In.Bytes,
		schema.VictimsLooked: r.Looked, schema.RegionBytes: plan.Region.Size,
	} {
		i := slices.IndexFunc(last.Values, func(v result.Value) bool { return v.Unit == unit })
		if i < 0 || last.Values[i].V != float64(want) {
			t.Errorf("%s: %v, want %d", unit.Name, last.Values, want)
		}
	}
	if r.Spared().Objects == 0 {
		t.Error("nothing is evicted for broken memory, so that nothing is compared")
	}
	for _, c := range cells {
		lines, err := c.Sample()
		if err != nil || len(lines) != 3 {
			t.Fatalf("%s: %v, %v", c.What, lines, err)
		}
		for i, op := range []string{schema.OpAlloc, schema.OpFree, schema.OpWalk} {
			l := lines[i]
			if !strings.HasPrefix(l.Name, "ManagedLock/strategy=") || !strings.HasSuffix(l.Name, "/workload=gfx/pressure=80/op="+op) || l.Iters < 1 || !(l.Values[0].V >= 1 && l.Values[0].V <= l.Values[1].V) {
				t.Errorf("%+v", l)
			}
		}
	}
}

// TestManagedAll: a brief run has the beginning, and hold times of some workloads; all has
// all. A strategy that refuses the region has no line.
func TestManagedAll(t *testing.T) {
	none := buddy.Strategy
	none.Name, none.New = "none", func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	few := []managed.Pressure{90}
	for _, tt := range []struct {
		m     Manager
		brief bool
	}{{Manager{Pressures: few}, true}, {Manager{All: true, Pressures: few}, false}} {
		lines, _ := managedRun(t, BriefOps+5000, tt.m, buddy.Strategy, none)
		if len(lines) != 1 || (lines[0].Iters < (BriefOps+5000)/2) != tt.brief {
			t.Errorf("%+v: %v", tt.m, lines)
		}
		if (&Manager{All: tt.m.All}).sampled(&Stream{Workload: "steady"}) == tt.brief {
			t.Errorf("%+v: hold times of steady", tt.m)
		}
	}
	// Bad pages are taken out of use by windows, so a strategy without any has no line.
	bad, err := managed.ParsePlacements("bad=9; vram")
	if err != nil {
		t.Fatal(err)
	}
	blind := buddy.Strategy
	blind.Name, blind.Caps = "blind", blind.Caps&^strategies.CapWindow
	if lines, cells := managedRun(t, 3000, Manager{Placements: bad, Pressures: few}, blind, buddy.Strategy); len(lines) != 1 || len(cells) != 1 || !strings.HasPrefix(lines[0].Name, "Managed/strategy=buddy/") {
		t.Errorf("%v, %d cells", lines, len(cells))
	}
	if m := new(Manager); !m.sampled(&Stream{Workload: "mine", Recorded: true}) || !m.sampled(&Stream{Workload: "window"}) {
		t.Error("no hold times of a trace, or of window")
	}
}

// TestManagedRegions holds the lines of a device with several regions to what the replays say:
// the flows stand behind the results, and the lock of VRAM is that of all tiles together.
func TestManagedRegions(t *testing.T) {
	placements, err := managed.ParsePlacements("tiles=2; gtt=50%; share=40%:gtt; vram")
	if err != nil {
		t.Fatal(err)
	}
	m := Manager{Placements: placements, Pressures: []managed.Pressure{80}}
	lines, cells := managedRun(t, 6000, m, buddy.Strategy, rangemgr.Strategy)
	w, _ := workloads.Lookup("gfx")
	plan, err := managed.NewPlan(w.Region, w.Ops(3, 6000), managed.Config{Placements: placements, Pressure: 80, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
		r, err := plan.Run(t.Context(), s, managed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Flows {
			of := fmt.Sprintf("ManagedFlow/strategy=%s/workload=gfx/pressure=80/from=%s/to=%s %d", s.Name, f.From, f.To, f.Moves.Objects)
			for i, u := range []*schema.Unit{schema.FlowBytes, schema.EvictedBytes, schema.BrokenBytes, schema.OccupiedBytes, schema.RoundedBytes} {
				of += fmt.Sprint(" ", []uint64{f.Moves.Bytes, f.Evicted().Bytes, f.Out[managed.Broken].Bytes, f.Out[managed.Occupied].Bytes, f.Out[managed.Rounded].Bytes}[i], " ", u.Name)
			}
			want = append(want, of)
		}
	}
	var got []string
	for _, l := range lines[2:] {
		of := fmt.Sprint(l.Name, " ", l.Iters)
		for _, v := range l.Values {
			of += fmt.Sprint(" ", uint64(v.V), " ", v.Unit.Name)
		}
		got = append(got, of)
	}
	if !slices.Equal(got, want) || len(got) < 12 || !strings.HasPrefix(lines[1].Name, "Managed/strategy=rangemgr/") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	locks, err := cells[0].Sample()
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, l := range locks {
		counts[l.Name] = l.Iters
	}
	const of = "Lock/strategy=buddy/workload=gfx/pressure=80/"
	for _, op := range []string{"alloc", "free", "walk"} {
		all, one, two := counts["Managed"+of+"op="+op], counts["Region"+of+"memory=tile0/op="+op], counts["Region"+of+"memory=tile1/op="+op]
		if one == 0 || two == 0 || all != one+two || counts["Region"+of+"memory=gtt/op="+op] == 0 {
			t.Errorf("%s: %v", op, counts)
		}
	}
}
