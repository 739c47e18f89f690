package fewest

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A pin is an extent whose place is known whoever places: [start, end), from the operation
// born on until another.
type pin struct {
	start, end  uint64
	born, until int
}

// pinsOf are the extents of the state, and the requests of served for a window as large as
// themselves, of which the driver keeps all. Only whole pages are pins: bounds of others may be
// rounded.
func pinsOf(region strategies.Region, ops []workloads.Op, p sgtable.Policy, served bitset) (pins []pin) {
	until := heldUntil(ops)
	for i := range ops {
		op := &ops[i]
		r := &op.Req
		size := r.Size
		switch {
		case op.Kind == workloads.Live:
		case op.Kind != workloads.Alloc || !served.has(i) || r.Flags&strategies.Range == 0:
			continue
		case i+1 < len(ops) && ops[i+1].Kind == workloads.Fallback:
			continue // it may lie elsewhere
		default:
			size = p.Request(*r, region).Size
			if r.Hi <= r.Lo || r.Hi-r.Lo != size || p.Keeps != nil && p.Keeps(*r, region) < size {
				continue
			}
		}
		if size > 0 && (r.Lo|size)%region.Page == 0 && r.Lo <= region.Managed() && size <= region.Managed()-r.Lo {
			pins = append(pins, pin{r.Lo, r.Lo + size, i, until[i]})
		}
	}
	return pins
}

// gaps are what lies between the pins that are there, and at the ends of the region. What else is
// live is not in it.
type gaps struct {
	managed    uint64
	pins       []pin             // by address
	there      bitset            // of pins
	births     map[int]int       // by operation: a pin
	ends       map[int]int       // by operation: a pin
	places     map[uint64]uint64 // by unit of coverUnits: how many of it lie in gaps
	sizes      []uint64          // of all gaps that there ever are, the largest first, each once
	count, sum []uint64          // Fenwick trees over sizes: gaps, and their bytes
}

// newGaps are the gaps before the first operation.
func newGaps(region strategies.Region, pins []pin) *gaps {
	pins = slices.Clone(pins)
	slices.SortFunc(pins, func(a, b pin) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.born, b.born)) })
	g := &gaps{managed: region.Managed(), pins: pins, there: newBitset(len(pins)), births: make(map[int]int), ends: make(map[int]int), places: make(map[uint64]uint64)}
	var events []int
	for i, p := range pins {
		g.births[p.born] = i
		events = append(events, p.born)
		if p.until != never {
			g.ends[p.until] = i
			events = append(events, p.until)
		}
	}
	slices.Sort(events)
	g.sizes = []uint64{g.managed}
	for _, at := range slices.Compact(events) {
		g.change(at, func(of gap, there bool) {
			if there {
				g.sizes = append(g.sizes, of.end-of.start)
			}
		})
	}
	clear(g.there)
	slices.SortFunc(g.sizes, func(a, b uint64) int { return cmp.Compare(b, a) })
	g.sizes = slices.Compact(g.sizes)
	g.count, g.sum = make([]uint64, len(g.sizes)+1), make([]uint64, len(g.sizes)+1)
	g.enter(gap{0, g.managed}, true)
	return g
}

// gap is [start, end).
type gap struct{ start, end uint64 }

// change does what operation at does to the pins, and tells which gaps are there then and
// which no longer. It reports whether there are any. A pin that overlaps another is left out,
// which makes gaps larger.
func (g *gaps) change(at int, tell func(of gap, there bool)) (changed bool) {
	if i, ok := g.ends[at]; ok && g.there.has(i) {
		g.there[i/64] &^= 1 << (i % 64)
		g.around(i, false, tell)
		changed = true
	}
	if i, ok := g.births[at]; ok {
		if both := g.between(i); both.start <= g.pins[i].start && g.pins[i].end <= both.end {
			g.around(i, true, tell)
			g.there.set(i)
			changed = true
		}
	}
	return changed
}

// around tells of the gaps about pin i, which comes or goes.
func (g *gaps) around(i int, comes bool, tell func(of gap, there bool)) {
	both := g.between(i)
	tell(both, !comes)
	tell(gap{both.start, g.pins[i].start}, comes)
	tell(gap{g.pins[i].end, both.end}, comes)
}

// between is what lies between the pins below and above pin i that are there.
func (g *gaps) between(i int) gap {
	of := gap{0, g.managed}
	if k, ok := g.there.below(i); ok {
		of.start = g.pins[k].end
	}
	if k, ok := g.there.above(i); ok {
		of.end = g.pins[k].start
	}
	return of
}

// step does what operation at does to the pins, and reports whether that was anything.
func (g *gaps) step(at int) bool { return g.change(at, g.enter) }

// enter adds a gap, or takes it away.
func (g *gaps) enter(of gap, there bool) {
	times := uint64(1)
	if !there {
		times = ^uint64(0) // once less
	}
	for _, u := range coverUnits {
		g.places[u.bytes] += times * units(of.start, of.end, u.bytes)
	}
	size := of.end - of.start
	at, _ := slices.BinarySearchFunc(g.sizes, size, func(a, b uint64) int { return cmp.Compare(b, a) })
	for i := at + 1; i < len(g.count); i += i & -i {
		g.count[i] += times
		g.sum[i] += times * size
	}
}

// fewest is the number of gaps, the largest first, that hold so many bytes, or all there are.
func (g *gaps) fewest(bytes uint64) (n uint64) {
	at, left := 0, bytes
	for step := floorPow2(uint64(len(g.sizes))); step > 0; step /= 2 {
		if next := at + int(step); next < len(g.count) && g.sum[next] < left {
			at = next
			left -= g.sum[at]
			n += g.count[at]
		}
	}
	if at < len(g.sizes) && left > 0 && g.sizes[at] > 0 {
		n += (left-1)/g.sizes[at] + 1
	}
	return n
}

// below is the largest member below i.
func (b bitset) below(i int) (int, bool) {
	word := b[i/64] & (1<<(i%64) - 1)
	for k := i / 64; ; word = b[k] {
		if word != 0 {
			return k*64 + bits.Len64(word) - 1, true
		}
		if k--; k < 0 {
			return 0, false
		}
	}
}

// above is the smallest member above i.
func (b bitset) above(i int) (int, bool) {
	word := b[i/64] &^ (1<<(i%64) - 1) &^ (1 << (i % 64))
	for k := i / 64; ; word = b[k] {
		if word != 0 {
			return k*64 + bits.TrailingZeros64(word), true
		}
		if k++; k == len(b) {
			return 0, false
		}
	}
}
