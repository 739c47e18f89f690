package kernel

import (
	"fmt"
	"math"
	"time"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// The scenarios about cost. The kernel compares two times, or one with a second;
// here the cost of n operations is measured for several n, and the exponent is
// tested: the slope of log cost over log n. The cost is an exact count of events if
// the allocator counts, otherwise the least of some times. Then a larger exponent is
// allowed, since a slow machine is not a slow allocator.

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
	grants   bool // measured takes n grants: no honest counter counts less than one event for each
}

// grows runs l once under Checked, measures it without, and demands that its
// cost grows with a small exponent.
func (k *player) grows(l load) {
	k.open(l.region(l.sizes[0]), 4096)
	l.setup(l.sizes[0])
	l.measured(l.sizes[0])
	k.SelfCheck()

	var x, y []float64
	unit, most, text := "", mostCounted, l.what
	measure := func(n uint64) (cost float64) {
		cost, unit = k.cost(l, n)
		text += fmt.Sprintf(", %.1f %s for each of %d", cost/float64(n), unit, n)
		return cost
	}
	for _, n := range l.sizes {
		x = append(x, float64(n))
		y = append(y, max(measure(n), 1))
	}
	if unit == "ns" {
		most = mostTimed
	}
	law, _ := fit.Power(x, y)
	exponent := law.Slope
	text += fmt.Sprintf(": exponent %.2f", exponent)
	if exponent > most {
		program.Failf("%s, more than %.2f", text, most)
	}
	if exponent < steep && l.full != 0 {
		measure(l.full)
	}
	k.notes = append(k.notes, text)
}

// cost is what the measured part of l takes for n operations.
func (k *player) cost(l load, n uint64) (cost float64, unit string) {
	const samples = 3
	cost = math.Inf(1)
	for range samples {
		k.Region.Size = l.region(n)
		k.Allocator = k.Raw()
		l.setup(n)
		if c, ok := strategies.As[strategies.Counter](k.Allocator); ok {
			before := events(c)
			l.measured(n)
			counted := events(c) - before
			if l.grants && counted < n {
				program.Failf("%s: the allocator counts %d events for %d grants, fewer than one each", l.what, counted, n)
			}
			return float64(counted), "events"
		}
		begin := time.Now()
		l.measured(n)
		cost = min(cost, float64(time.Since(begin)))
	}
	return cost, "ns"
}

func events(c strategies.Counter) uint64 {
	n := c.Counters()
	return n.Splits + n.Merges + n.Visits
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
// KiB; then what it costs to free the 8 KiB, half of them in reverse order.
func (k *player) buddyFragmentationPerformance() {
	const cell = 64 << 10
	if !k.TakesAll() {
		k.unable("rounds up")
	}
	var small [][]strategies.Block
	l := load{
		what:   "64 KiB from fragments",
		sizes:  doubling(k.scaled(1024)),
		full:   k.scaled(65536),
		region: func(n uint64) uint64 { return n * cell },
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
	l.what, l.grants = "8 KiB freed in reverse", false
	l.setup = func(n uint64) { small = k.oneInEight(n) }
	l.measured = func(uint64) {
		for i := 0; i < len(small); i += 2 {
			k.freeAs(small[i], true)
		}
		for i := len(small) - 1; i > 0; i -= 2 {
			k.freeAs(small[i], true)
		}
		k.Empty("at the end")
	}
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
