package kernel

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// The scenarios about cost. The kernel compares two times, or one with a second;
// here the cost of n operations is measured for several n, and the exponent is
// tested: the slope of log cost over log n. The cost is an exact count of events if
// the allocator counts any in the measured part, otherwise the least of some times.
// Then a larger exponent is allowed, since a slow machine is not a slow allocator.

// The largest exponents allowed. The kernel's own bound, four times the cost for
// twice the nodes, is 2. Only a cost that grows slower than steep is also measured in
// the kernel's size, where that is larger.
const (
	mostCounted = 2.05
	mostTimed   = 2.5
	steep       = 1.5
)

// load is work for a new allocator: setup, which does not count, and a measured part.
type load struct {
	what     string
	sizes    []uint64              // the values of n
	full     uint64                // the kernel's, if larger
	region   func(n uint64) uint64 // bytes
	setup    func(n uint64)
	measured func(n uint64)
	samples  bool // at full size, times are noted beside the counts
	grants   bool // measured takes n grants: no honest counter counts less than one event for each
	merges   bool // measured gives back n blocks beside free memory: who counts splits counts a merge for each
}

// grows runs l once under Checked, measures it without, and demands that its
// cost grows with a small exponent.
func (k *player) grows(l load) {
	k.open(l.region(l.sizes[0]), 4096)
	l.setup(l.sizes[0])
	l.measured(l.sizes[0])
	k.SelfCheck()

	attempts, most := 1, mostCounted
	timed := k.events(l, l.sizes[0]) == 0
	if timed {
		attempts, most = 4, mostTimed // a busy machine may make it slow for a while
	}
	exponent, text := math.Inf(1), ""
	for ; exponent > most; attempts-- {
		if attempts == 0 {
			program.Failf("%s, more than %.2f", text, most)
		}
		exponent, text = k.exponent(l, timed)
	}
	if exponent < steep && l.full != 0 {
		_, more := k.cost(l, l.full, timed)
		text += more
		if l.samples && !timed {
			_, more = k.cost(l, l.full, true)
			text += more
		}
	}
	k.note(text)
}

// exponent measures l for all its sizes.
func (k *player) exponent(l load, timed bool) (exponent float64, text string) {
	var x, y []float64
	text = l.what
	for _, n := range l.sizes {
		cost, more := k.cost(l, n, timed)
		text += more
		x = append(x, float64(n))
		y = append(y, max(cost, 1))
	}
	law, _ := fit.Power(x, y)
	return law.Slope, text + fmt.Sprintf(": exponent %.2f", law.Slope)
}

// cost measures l for n operations, and says what each took.
func (k *player) cost(l load, n uint64, timed bool) (cost float64, text string) {
	unit := "events"
	if timed {
		unit, cost = "ns", k.time(l, n)
	} else {
		cost = float64(k.events(l, n))
	}
	return cost, fmt.Sprintf(", %.1f %s for each of %d", cost/float64(n), unit, n)
}

// events is what the allocator counts in the measured part of l for n operations, 0 if
// it does not count.
func (k *player) events(l load, n uint64) uint64 {
	k.ready(l, n)
	c, ok := strategies.As[strategies.Counter](k.Allocator)
	if !ok {
		return 0
	}
	before := c.Counters()
	l.measured(n)
	after := c.Counters()
	counted := sum(after) - sum(before)
	switch merged := after.Merges - before.Merges; {
	case l.grants && counted < n:
		program.Failf("%s: the allocator counts %d events for %d grants, fewer than one each", l.what, counted, n)
	case l.merges && before.Splits > 0 && merged < n:
		program.Failf("%s: the allocator counts %d merges for %d blocks given back, each beside free memory", l.what, merged, n)
	}
	return counted
}

func sum(c strategies.Counters) uint64 { return c.Splits + c.Merges + c.Visits }

// samples is how often a time is taken. The least counts.
const samples = 3

// time is what the measured part of l takes for n operations, in nanoseconds.
func (k *player) time(l load, n uint64) float64 {
	least := math.Inf(1)
	for range samples {
		k.ready(l, n)
		begin := k.now()
		l.measured(n)
		least = min(least, float64(k.now().Sub(begin)))
	}
	return least
}

// ready opens a new allocator and sets l up on it.
func (k *player) ready(l load, n uint64) {
	k.Region.Size = l.region(n)
	k.Allocator = k.Raw()
	l.setup(n)
}

// doubling is n, 2n, 4n and 8n.
func doubling(n uint64) []uint64 { return []uint64{n, 2 * n, 4 * n, 8 * n} }

// mmFrag inserts nodes of two pages where every second of as many single pages
// is free, from below and from the top. The kernel compares 10,000 inserts with
// 20,000.
func (k *player) mmFrag() {
	for _, mode := range []struct {
		name  string
		flags strategies.Flags
	}{{"plain", 0}, {"top-down", strategies.TopDown}} {
		if mode.flags != 0 && !k.Can(strategies.CapTopDown) {
			continue
		}
		k.grows(load{
			what:     mode.name + " inserts among single free pages",
			sizes:    doubling(k.scaled(640)),
			full:     k.scaled(20000),
			region:   func(uint64) uint64 { return 1<<64 - 1 },
			setup:    func(n uint64) { k.freeEverySecond(k.grantN(n, k.Page(1, mode.flags))) },
			measured: func(n uint64) { k.grantN(n, k.Page(2, mode.flags|strategies.Contiguous)) },
			grants:   true,
		})
	}
}

// buddyFragmentationPerformance takes 8 KiB in every 64 KiB of some region,
// gives them back so that, where clear memory is told from dirty, nothing
// merges, and measures what it costs to take and free everything in blocks of 64
// KiB; then what it costs to free the 8 KiB, half of them in reverse order: as dirty,
// so that each merges with what is free beside it, and as zero.
func (k *player) buddyFragmentationPerformance() {
	const cell = 64 << 10
	if !k.TakesAll() {
		k.unable("rounds up")
	}
	var small [][]strategies.Block
	l := load{
		what:    "64 KiB from fragments",
		sizes:   doubling(k.scaled(1024)),
		full:    k.scaled(65536),
		samples: true,
		region:  func(n uint64) uint64 { return n * cell },
		setup: func(n uint64) {
			for i, blocks := range k.oneInEight(n) {
				k.freeAs(blocks, i%4 == 0 || i%4 == 3)
			}
		},
		measured: func(n uint64) {
			k.Release(k.grantN(n, aligned(cell)))
			k.Empty("at the end")
		},
		grants: true,
	}
	k.grows(l)
	l.grants = false
	l.setup = func(n uint64) { small = k.oneInEight(n) }
	for _, cleared := range []bool{false, true} {
		if cleared && !k.Can(strategies.CapClear) {
			break // the same once more
		}
		l.what, l.merges = "8 KiB freed in reverse", !cleared
		if cleared {
			l.what += ", as zero"
		}
		l.measured = func(uint64) {
			for i := 0; i < len(small); i += 2 {
				k.freeAs(small[i], cleared)
			}
			for i := len(small) - 1; i > 0; i -= 2 {
				k.freeAs(small[i], cleared)
			}
			k.Empty("at the end")
		}
		k.grows(l)
	}
}

// buddyDirtyTrackerPerformance frees the pages of a full region as clear and dirty in
// turn and measures what it costs to take everything in one run, and in blocks of 256
// KiB. The kernel does so in 4 GiB; before its dirty tracker, clear and dirty pages
// had to be merged by force.
func (k *player) buddyDirtyTrackerPerformance() {
	const cell = 256 << 10
	l := load{
		sizes:   doubling(k.scaled(64)),
		full:    k.scaled(4096),
		samples: true,
		region:  func(n uint64) uint64 { return n * cell },
		setup: func(n uint64) {
			for i, page := range k.grantN(n*cell/4096, k.Page(1, 0)) {
				k.freeAs(page, i%2 == 0)
			}
		},
	}
	l.what = "all in one run from clear and dirty pages, per 256 KiB"
	l.measured = func(n uint64) {
		k.grantN(1, strategies.Request{Size: n * cell, Align: cell, Flags: strategies.Contiguous})
	}
	k.grows(l)
	l.what = "256 KiB from clear and dirty pages"
	l.measured, l.grants = func(n uint64) { k.grantN(n, aligned(cell)) }, true
	k.grows(l)
}

// oneInEight takes the first 8 KiB of each of n cells of 64 KiB. A buddy does so
// when it is asked for 8 KiB in blocks of 64 KiB, and gives back the rest of the
// block; any other strategy is asked for 8 and 56 KiB in turn.
func (k *player) oneInEight(n uint64) [][]strategies.Block {
	const small, cell = 8 << 10, 64 << 10
	if k.Can(strategies.CapPow2Blocks) && !k.Can(strategies.CapRoundUp) {
		return k.grantN(n, strategies.Request{Size: small, Align: cell})
	}
	held := make([][]strategies.Block, n)
	rest := make([][]strategies.Block, n)
	for i := range held {
		held[i] = k.Grant(strategies.Request{Size: small})
		rest[i] = k.Grant(strategies.Request{Size: cell - small})
	}
	k.Release(rest)
	return held
}

// freeAs frees blocks, as zero if they are and the strategy can be told.
func (k *player) freeAs(blocks []strategies.Block, cleared bool) {
	if cleared && k.Can(strategies.CapClear) {
		k.freeCleared(blocks)
		return
	}
	k.Allocator.Free(blocks)
}

// grantN allocates r n times.
func (k *player) grantN(n uint64, r strategies.Request) [][]strategies.Block {
	held := make([][]strategies.Block, n)
	room := make([]strategies.Block, 0, n) // for a block each
	for i := range held {
		blocks, err := k.Allocator.Alloc(room, r)
		if err != nil {
			program.Failf("%v, number %d of %d, was refused (%v)", r, i+1, n, err)
		}
		held[i], room = blocks, blocks[len(blocks):]
	}
	return held
}
