package bench_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// TestAuditExperiments holds the exact figures of two experiments against the audit's:
// segments where all free memory is in holes of one size, and what builders make of one
// object.
func TestAuditExperiments(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w := workloads.Workload{Name: "few", Title: "Few", Doc: "Few.", Region: fewRegion, Ops: func(uint64, int) []workloads.Op { return few() }}
	c := bench.Config{
		Dir: dir, Strategies: all.List(), Workloads: []workloads.Workload{w},
		Count: 1, SampleTime: 1, Budget: 1, Skip: []string{"migrations", "references", "worst"},
	}
	if err := bench.Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	curves := readFigures(t, filepath.Join(dir, "curves.bench"))
	want := auditObjects()
	for _, s := range c.Strategies {
		if !s.Caps.Has(strategies.CapWindow) {
			continue // the holes are made with windows
		}
		for size := uint64(4 << 30); size >= 4<<10; size /= 2 {
			auditHoles(t, s, size, want)
		}
	}
	for name, w := range want {
		curves.compare(t, name, w)
	}
	for _, name := range curves.order {
		if _, ok := want[name]; !ok && (strings.HasPrefix(name, "Sweep/") || strings.HasPrefix(name, "Builders/")) {
			t.Errorf("%s, which the audit does not have", name)
		}
	}
}

// sized is a number of bytes as it stands in names.
func sized(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB"}
	i := 0
	for ; n >= 1024; i++ {
		n /= 1024
	}
	return fmt.Sprint(n, units[i])
}

// auditHoles adds the lines of a strategy in a region with holes of one size.
func auditHoles(t *testing.T, s strategies.Strategy, hole uint64, want map[string]map[string]float64) {
	t.Helper()
	h := workloads.HolesAt(hole)
	a, err := s.New(h.Region)
	if err != nil {
		t.Fatal(err)
	}
	live := make(map[uint32][]strategies.Block)
	for _, op := range h.Setup {
		if op.Kind == workloads.Free {
			a.Free(live[op.Slot])
			delete(live, op.Slot)
		} else if live[op.Slot], err = a.Alloc(nil, op.Req); err != nil {
			t.Fatal(err)
		}
	}
	const page = 4096
	used := make([]bool, h.Region.Size/page)
	for _, blocks := range live {
		for _, b := range blocks {
			for p := b.Start / page; p < b.End()/page; p++ {
				used[p] = true
			}
		}
	}
	run := uint64(0)
	for p := range append(used, true) {
		if p < len(used) && !used[p] {
			run += page
			continue
		}
		if run != 0 && run != hole {
			t.Fatalf("%s: a hole of %d bytes among those of %d", s.Name, run, hole)
		}
		run = 0
	}
	for _, size := range []uint64{64 << 10, 2 << 20, 64 << 20} {
		name := fmt.Sprintf("Sweep/strategy=%s/hole=%s/size=%s/builder=counted", s.Name, sized(hole), sized(size))
		blocks, err := a.Alloc(nil, strategies.Request{Size: size})
		if err != nil {
			want[name] = map[string]float64{"refused": 1}
			continue
		}
		var spans []span
		for _, b := range blocks {
			spans = append(spans, span{b.Start, b.End()})
		}
		want[name] = map[string]float64{"segs/table": float64(segmentsOf(spans, 0))}
		a.Free(blocks)
	}
}

// auditObjects are the lines of builders. A segment has 16 bytes, a block 24, and an
// entry of a chain 32.
func auditObjects() map[string]map[string]float64 {
	want := make(map[string]map[string]float64)
	for size := uint64(4 << 10); size <= 16<<30; size *= 4 {
		for _, layout := range []string{"whole", "pieces", "shuffled"} {
			blocks, merged := uint64(1), uint64(1) // in any order, and in that of addresses
			switch pieces := max(1, size>>16); {
			case layout == "shuffled" && (size < 64<<10 || size > 1<<30):
				continue
			case layout == "pieces":
				blocks, merged = pieces, pieces
			case layout == "shuffled": // of each four the last adjoins the one before
				blocks, merged = pieces, pieces-pieces/4
			}
			split, splitAt2G := merged, blocks
			if layout == "whole" { // segments end at 4 GiB less a page, or at 2 GiB
				split, splitAt2G = (size+1<<32-4097)/(1<<32-4096), (size+1<<31-1)>>31
			}
			line := func(builder string, segs, entries, peak uint64) {
				want[fmt.Sprintf("Builders/layout=%s/builder=%s/size=%s", layout, builder, sized(size))] = map[string]float64{
					"segs/table": float64(segs), "entries/table": float64(entries), "peak-B": float64(peak),
				}
			}
			line("counted", split, split, 16*split)
			line("nomerge", splitAt2G, splitAt2G, 16*splitAt2G)
			pages := size / 4096
			links := uint64(0) // a page of entries has 128, of which one leads to the next page
			if pages > 128 {
				links = (pages - 128 + 126) / 127
			}
			line("worstcase", split, pages+split, 32*(pages+links)+16*split)
			copied := uint64(0)
			if layout == "shuffled" && blocks > 1 {
				copied = 24 * blocks
			}
			line("sorted", split, split, 16*split+copied)
			// The table begins with room for eight segments, or all blocks, and
			// doubles: while it is copied there are two.
			room, before := min(8, blocks), uint64(0)
			entries := room
			for room < split {
				before, room = room, 2*room
				entries += room
			}
			line("grow", split, entries, 16*(room+before))
		}
	}
	return want
}
