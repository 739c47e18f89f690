package workloads_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// plain lists the plain loads with the properties of the first plainHead operations
// of seed 1.
var plain = []struct {
	name   string
	hash   uint64
	lo, hi uint64 // smallest and largest size
	fill   uint64 // percent of the region
	live   [2]int // objects live at the end
	filled int    // operations after which the level is held
	length int    // by default
	small  int    // percent of the requests of 64 KiB and less
}{
	{"small8g", 0xed2d4ac1da1ae8b2, 4 * kib, 2 * mib, 75, [2]int{17_000, 20_000}, 25_000, 1_000_000, 45},
	{"gfx16g", 0x956ce4bc3815e388, 4 * kib, 64 * mib, 85, [2]int{4_000, 7_000}, 10_000, 1_000_000, 60},
	{"page1g", 0x2afff62a61c400b3, 4 * kib, 64 * kib, 90, [2]int{37_000, 45_000}, 50_000, 1_000_000, 100},
	{"fifo4g", 0x6abc8cd69c5df9a1, 4 * kib, 2 * mib, 80, [2]int{8_500, 11_500}, 15_000, 1_000_000, 45},
	{"range4g", 0xb4b3a13bec053614, 4 * kib, 2 * mib, 75, [2]int{8_000, 10_500}, 15_000, 1_000_000, 45},
	{"big64g", 0xf474ac97e522aca3, 4 * kib, 2 * mib, 75, [2]int{140_000, 160_000}, 200_000, 4_000_000, 45},
}

const plainHead = 300_000

// TestPlain checks the operations, sizes, fill level and live objects of every
// plain load.
func TestPlain(t *testing.T) {
	for _, c := range plain {
		t.Run(c.name, func(t *testing.T) {
			w := lookup(t, c.name)
			ops := w.Ops(1, plainHead)
			if got := hash(ops); got != c.hash {
				t.Errorf("the operations of seed 1 hash to %#x, want %#x: results are no longer comparable with older runs", got, c.hash)
			}
			var m model
			requests, small := 0, 0
			least, most := ^uint64(0), uint64(0)
			for i, op := range ops {
				if err := m.do(ops, i); err != nil {
					t.Fatalf("operation %d: %v", i, err)
				}
				if op.Kind == workloads.Alloc {
					requests++
					least, most = min(least, op.Req.Size), max(most, op.Req.Size)
					if op.Req.Size <= 64*kib {
						small++
					}
				}
				if level := w.Region.Size / 100 * c.fill; i >= c.filled && m.bytes+c.hi < level {
					t.Fatalf("operation %d: %d bytes live, an object and more below the level of %d", i, m.bytes, level)
				} else if m.bytes >= level+c.hi {
					t.Fatalf("operation %d: %d bytes live, an object and more above the level of %d", i, m.bytes, level)
				}
			}
			if m.live < c.live[0] || m.live > c.live[1] {
				t.Errorf("%d objects live, want %d to %d", m.live, c.live[0], c.live[1])
			}
			if least != c.lo || most > c.hi || most < c.hi/8*7 {
				t.Errorf("sizes from %d to %d, want %d to about %d", least, most, c.lo, c.hi)
			}
			if got := 100 * small / requests; got < c.small-2 || got > c.small+2 {
				t.Errorf("%d %% of the requests are of 64 KiB and less, want about %d", got, c.small)
			}
		})
	}
}

// TestPlainList: the plain loads are found by name, are what the table above tests,
// and are in no default run.
func TestPlainList(t *testing.T) {
	var names, want []string
	for _, w := range workloads.Plain() {
		names = append(names, w.Name)
		if err := strategies.CheckName(w.Name); err != nil || w.Title == "" || !strings.HasSuffix(w.Doc, ".") {
			t.Errorf("%s: title %q, doc %q, %v", w.Name, w.Title, w.Doc, err)
		}
		if err := w.Region.Validate(); err != nil || w.Region.Page != 4*kib {
			t.Errorf("%s: region %+v, %v", w.Name, w.Region, err)
		}
		if slices.ContainsFunc(workloads.List(), func(l workloads.Workload) bool { return l.Name == w.Name }) {
			t.Errorf("%s is in the default run", w.Name)
		}
	}
	for _, c := range plain {
		want = append(want, c.name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("plain loads %v, want %v", names, want)
	}
}

// TestPlainLength: a load has n operations, a longer run begins like a shorter one,
// seeds differ, and n = 0 gives the default length.
func TestPlainLength(t *testing.T) {
	for _, c := range plain {
		w := lookup(t, c.name)
		long := w.Ops(3, 20_000)
		if short := w.Ops(3, 999); len(short) != 999 || !slices.Equal(short, long[:999]) {
			t.Errorf("%s: 999 operations asked, %d made, or others than those of the longer run", c.name, len(short))
		}
		if slices.Equal(long, w.Ops(4, 20_000)) {
			t.Errorf("%s: seeds 3 and 4 make the same operations", c.name)
		}
		if c.name != "small8g" && c.name != "big64g" {
			continue // generating all of them takes seconds under the race detector
		}
		if n := len(w.Ops(1, 0)); n != c.length {
			t.Errorf("%s: %d operations by default, want %d", c.name, n, c.length)
		}
	}
}

// TestPlainOrder: fifo4g frees the oldest object, the others do not.
func TestPlainOrder(t *testing.T) {
	for _, c := range plain {
		var queue []uint32 // slots in the order of their requests
		frees, oldest := 0, 0
		for _, op := range lookup(t, c.name).Ops(1, 60_000) {
			if op.Kind == workloads.Alloc {
				queue = append(queue, op.Slot)
				continue
			}
			frees++
			if op.Slot == queue[0] {
				oldest++
				queue = queue[1:]
			}
		}
		if fifo := c.name == "fifo4g"; fifo && oldest != frees || !fifo && oldest > frees/10 {
			t.Errorf("%s: %d of %d frees are of the oldest object", c.name, oldest, frees)
		}
	}
}

// TestPlainConditions: of range4g 30 % are top-down and 30 % are in the lowest
// quarter, independently; the other loads have no condition.
func TestPlainConditions(t *testing.T) {
	for _, c := range plain {
		w := lookup(t, c.name)
		requests, count := 0, make(map[strategies.Flags]int)
		for _, op := range w.Ops(1, 60_000) {
			if op.Kind != workloads.Alloc {
				continue
			}
			requests++
			r := op.Req
			count[r.Flags]++
			if want := w.Region.Size / 4; r.Flags&strategies.Range != 0 && (r.Lo != 0 || r.Hi != want) {
				t.Fatalf("%s: %v, want the window [0, %d)", c.name, r, want)
			}
			if r.Align != 0 {
				t.Fatalf("%s: %v has an alignment", c.name, r)
			}
		}
		want := map[strategies.Flags]int{0: 100}
		if c.name == "range4g" {
			want = map[strategies.Flags]int{0: 49, strategies.TopDown: 21, strategies.Range: 21, strategies.TopDown | strategies.Range: 9}
		}
		for flags := range strategies.Flags(16) {
			if percent := 100 * float64(count[flags]) / float64(requests); percent < float64(want[flags])-1 || percent > float64(want[flags])+1 {
				t.Errorf("%s: %.1f %% of the requests have the flags %b, want %d", c.name, percent, flags, want[flags])
			}
		}
	}
}
