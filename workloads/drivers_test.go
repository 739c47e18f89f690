package workloads_test

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/trace"
)

// drivers lists what drivers ask for, with the properties of each at its default length
// and seed 1.
var drivers = []struct {
	name   string
	hash   uint64    // of the operations
	lo, hi uint64    // smallest and largest size
	peak   [2]uint64 // bounds of the largest number of bytes live, in percent of the region
	filled int       // operations after which 90 % of that peak is kept
}{
	{"clear", 0x12b91d5c569e994d, 4 * kib, 16 * mib, [2]uint64{85, 86}, 15_000},
	{"oddsizes", 0x8131fa6014bcbd06, 4 * kib, 33_177_600, [2]uint64{59, 63}, 35_000},
	{"vulkan", 0xc475a7170e65a09b, 4 * kib, 2228224 * 4 * kib, [2]uint64{84, 92}, 5_000},
	{"svm", 0xfd2ff63ba2ac5cad, 64 * kib, 128 * mib, [2]uint64{91, 94}, 15_000},
}

// TestDrivers checks the operations, sizes and fill level of every workload of the group,
// and that it is in no default run.
func TestDrivers(t *testing.T) {
	list := workloads.Drivers()
	if len(list) != len(drivers) {
		t.Fatalf("%d workloads, %d are tested", len(list), len(drivers))
	}
	for i, c := range drivers {
		w := list[i]
		if err := strategies.CheckName(w.Name); err != nil || w.Name != c.name || w.Title == "" || !strings.HasSuffix(w.Doc, ".") {
			t.Errorf("%s: name %s, title %q, doc %q, %v", c.name, w.Name, w.Title, w.Doc, err)
		}
		for _, l := range workloads.List() {
			if l.Name == w.Name {
				t.Errorf("%s is in the default run", w.Name)
			}
		}
		ops := lookup(t, c.name).Ops(1, 0)
		if got := hash(ops); got != c.hash {
			t.Errorf("%s: the operations of seed 1 hash to %#x, want %#x: results are no longer comparable with older runs", c.name, got, c.hash)
		}
		least, most := ^uint64(0), uint64(0)
		for _, op := range ops {
			if op.Kind == workloads.Alloc {
				least, most = min(least, op.Req.Size), max(most, op.Req.Size)
				if op.Req.Size%w.Region.Page != 0 {
					t.Fatalf("%s: a size of %d is not a multiple of the page", c.name, op.Req.Size)
				}
			}
		}
		if least != c.lo || most > c.hi || most < c.hi/8*5 {
			t.Errorf("%s: sizes from %d to %d, want %d to about %d", c.name, least, most, c.lo, c.hi)
		}
		for _, seed := range []uint64{0, 1, 1<<64 - 1} {
			if seed != 1 {
				ops = w.Ops(seed, 0)
			}
			var m model
			for i := range ops {
				if err := m.do(ops, i); err != nil {
					t.Fatalf("%s, seed %d, operation %d: %v", c.name, seed, i, err)
				}
				if i >= c.filled && m.bytes < w.Region.Size/1000*c.peak[0]*9 {
					t.Fatalf("%s, seed %d: %d bytes live after %d operations, of a peak of %d %%", c.name, seed, m.bytes, i, c.peak[0])
				}
			}
			if percent := m.peakBytes * 100 / w.Region.Size; percent < c.peak[0] || percent > c.peak[1] {
				t.Errorf("%s, seed %d: peak of %d %%, want %d to %d", c.name, seed, percent, c.peak[0], c.peak[1])
			}
		}
	}
}

// clearFlag is the place of strategies.Clear among the conditions that the census counts.
const clearFlag = 3

// TestDriversMixes checks the shares that the comments of the workloads state, as the
// census of a trace counts them.
func TestDriversMixes(t *testing.T) {
	of := func(name string) (*census.Census, float64) {
		w := lookup(t, name)
		c := census.Count(w.Region, w.Ops(1, 0))
		return c, float64(c.Of(trace.Alloc)) / 100
	}
	near := func(what string, got, want, off float64) {
		t.Helper()
		if got < want-off || got > want+off {
			t.Errorf("%s: %.1f %%, want %.1f ± %.1f", what, got, want, off)
		}
	}
	aligned := func(c *census.Census, percent float64, align uint64) float64 { // 0: of no alignment
		for k, n := range c.Aligns {
			if k == 0 && align == 0 || k > 0 && 1<<k == align {
				return float64(n) / percent
			}
		}
		return 0
	}

	c, percent := of("clear")
	near("clear: requests for clear memory", float64(c.Flags[clearFlag])/percent, 70, 1)
	near("clear: frees of wiped memory", 100*float64(c.Cleared)/float64(c.Of(trace.Free)), 70*7./8, 1)
	if n := c.Of(trace.Reset); n != 3 {
		t.Errorf("clear: %d resets in 100,000 operations, want one in 25,000", n)
	}

	c, percent = of("oddsizes")
	near("oddsizes: at any page", aligned(c, percent, 0), 25, 5) // more than of the steps: most objects are there until the level is reached
	near("oddsizes: at 64 KiB", aligned(c, percent, 64*kib), 35+25, 3)
	near("oddsizes: at 256 KiB", aligned(c, percent, 256*kib), 10, 2)
	near("oddsizes: at 2 MiB", aligned(c, percent, 2*mib), 5, 1.5)
	var below, surfaces int
	for _, op := range lookup(t, "oddsizes").Ops(1, 0) {
		r := op.Req
		if op.Kind != workloads.Alloc {
			continue
		}
		if r.Size < r.Align {
			below++
		}
		if r.Align == 256*kib {
			if surfaces++; r.Size%r.Align == 0 || r.Size < 4*mib {
				t.Fatalf("oddsizes: a surface of %d bytes", r.Size)
			}
		}
	}
	near("oddsizes: below their alignment", float64(below)/percent, 35+5+25*4./7, 4) // of the seven octaves of buffers four are below 64 KiB

	c, percent = of("vulkan")
	near("vulkan: buffers", aligned(c, percent, 16*kib), 100*5567/8392., 1)
	near("vulkan: images", aligned(c, percent, 0), 100*2825/8392., 1)
	whole := 0
	for _, op := range lookup(t, "vulkan").Ops(1, 0) {
		if op.Kind == workloads.Alloc && op.Req.Size == 256*mib {
			whole++
		}
	}
	near("vulkan: of 1 MiB in the captures", float64(whole)/percent, 100*(564+539)/8392., 0.5)

	c, percent = of("svm")
	near("svm: granules of 64 KiB", aligned(c, percent, 64*kib), 100*4.8/5.2, 0.5)
	near("svm: granules of 2 MiB and large objects", aligned(c, percent, 2*mib), 100*0.4/5.2, 0.5)
	near("svm: trims of all faults", 100*float64(c.Of(trace.Trim))/(percent*100/5.2), 25, 1)
}

// TestTrims: svm trims granules of 2 MiB, each once, to a first or last part in steps of
// 64 KiB, and evicts the oldest granule first.
func TestTrims(t *testing.T) {
	type granule struct {
		size    uint64
		trimmed bool
	}
	live := make(map[uint32]granule)
	var queue []uint32 // granules by age
	first, last := 0, 0
	for i, op := range lookup(t, "svm").Ops(1, 0) {
		o := live[op.Slot]
		switch op.Kind {
		case workloads.Alloc:
			live[op.Slot] = granule{size: op.Req.Size}
			if op.Req.Size < 16*mib {
				queue = append(queue, op.Slot)
			}
		case workloads.Free:
			if o.size < 16*mib {
				if queue[0] != op.Slot {
					t.Fatalf("operation %d evicts slot %d, the oldest is %d", i, op.Slot, queue[0])
				}
				queue = queue[1:]
			}
			delete(live, op.Slot)
		case workloads.Trim:
			r := op.Req
			switch {
			case o.size != 2*mib || o.trimmed || r.Size%(64*kib) != 0 || r.Size == 0 || r.Size >= o.size:
				t.Fatalf("operation %d trims %+v to %d bytes", i, o, r.Size)
			case r.Lo == 0:
				first++
			case r.Lo+r.Size == o.size:
				last++
			default:
				t.Fatalf("operation %d keeps %d bytes from %d on", i, r.Size, r.Lo)
			}
			live[op.Slot] = granule{o.size, true}
		}
	}
	if first < 1000 || last < 1000 {
		t.Errorf("%d first and %d last parts are kept", first, last)
	}
}
