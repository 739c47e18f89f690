package adversary

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/workloads"
)

// release frees the objects [from, to).
func (g *game) release(p *Phase, from, to int) {
	for _, o := range g.objects[from:to] {
		g.free(p, o)
	}
	g.objects = slices.Delete(g.objects, from, to)
}

// retain frees the objects that keep does not keep.
func (g *game) retain(p *Phase, keep func(i int, o *object) bool) {
	kept := g.objects[:0]
	for i, o := range g.objects {
		if keep(i, o) {
			kept = append(kept, o)
		} else {
			g.free(p, o)
		}
	}
	clear(g.objects[len(kept):])
	g.objects = kept
}

// free frees an object that the caller takes from the list.
func (g *game) free(p *Phase, o *object) {
	g.frees++
	kind := workloads.Free
	if p.Flags&Cleared != 0 && (p.Flags&Mixed == 0 || g.frees%2 == 0) {
		kind = workloads.FreeCleared
	}
	g.ops = append(g.ops, workloads.Op{Kind: kind, Slot: o.slot})
	g.live -= o.size
	g.granted -= o.granted()
	if kind == workloads.FreeCleared && g.clearer != nil {
		g.clearer.FreeCleared(o.blocks)
	} else {
		g.a.Free(o.blocks)
	}
}

// thin frees what the rule of a phase says, before it asks for so many pages.
func (g *game) thin(n int, p *Phase, level int, pages uint64) {
	every := max(1, int(p.Every))
	part := (len(g.objects) + every - 1) / every
	switch p.Rule {
	case Occupy:
		g.occupy(p, level)
	case Block:
		g.oneABlock(p, level)
	case Gaps:
		g.gaps(p, pages)
	case Keep:
		g.retain(p, func(i int, _ *object) bool { return i%every == 0 })
	case Drop:
		g.retain(p, func(i int, _ *object) bool { return i%every != 0 })
	case Oldest:
		g.release(p, 0, part)
	case Newest:
		g.release(p, len(g.objects)-part, len(g.objects))
	case Comb:
		g.retain(p, func(_ int, o *object) bool { return p.Mask>>(o.start()/g.Region.Page%16)&1 == 0 })
	case Saw:
		g.retain(p, func(_ int, o *object) bool { return o.phase != n-1 })
	}
}

// occupy is a step of Robson's program. An object that keeps a page with the residue keeps
// the block around it from any request of that size.
func (g *game) occupy(p *Phase, level int) {
	block := uint64(1) << level
	var best, most uint64
	for k, r := range [...]uint64{g.residue % block, (g.residue + block/2) % block} {
		var sum uint64
		for _, o := range g.objects {
			if size := o.size / g.Region.Page; size < block && g.occupies(o, r, block) {
				sum += block - size
			}
		}
		if k == 0 || sum > most {
			best, most = r, sum
		}
	}
	g.residue = best
	g.retain(p, func(_ int, o *object) bool { return g.occupies(o, best, block) })
}

// occupies reports whether o has a page with the residue r modulo block.
func (g *game) occupies(o *object, r, block uint64) bool {
	for _, b := range o.blocks {
		first, end := b.Start/g.Region.Page, b.End()/g.Region.Page
		if at := first + (r+block-first%block)%block; at < end {
			return true
		}
	}
	return false
}

// oneABlock keeps the smallest object of each aligned block of 2^level pages; an object
// belongs to the block in which it begins.
func (g *game) oneABlock(p *Phase, level int) {
	shift := level + bits.TrailingZeros64(g.Region.Page)
	smallest := make(map[uint64]*object)
	for _, o := range g.objects {
		at := o.blocks[0].Start >> shift
		if s := smallest[at]; s == nil || o.size < s.size {
			smallest[at] = o
		}
	}
	g.retain(p, func(_ int, o *object) bool { return smallest[o.blocks[0].Start>>shift] == o })
}

// gaps frees the largest objects first, and of these the lowest, each unless the run of free
// memory that it leaves has room for so many pages.
func (g *game) gaps(p *Phase, pages uint64) {
	sorted := slices.Clone(g.objects)
	slices.SortFunc(sorted, func(a, b *object) int { return cmp.Compare(a.start(), b.start()) })
	n := len(sorted)
	before, after := make([]int, n), make([]int, n) // the neighbours that are still there
	order := make([]int, n)
	for i := range sorted {
		before[i], after[i], order[i] = i-1, i+1, i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sorted[b].size, sorted[a].size) })
	gone := make(map[*object]bool)
	for _, i := range order {
		lo, hi := uint64(0), g.Region.Managed()
		if before[i] >= 0 {
			lo = sorted[before[i]].end()
		}
		if after[i] < n {
			hi = sorted[after[i]].start()
		}
		if hi-min(lo, hi) >= pages*g.Region.Page {
			continue
		}
		gone[sorted[i]] = true
		if before[i] >= 0 {
			after[before[i]] = after[i]
		}
		if after[i] < n {
			before[after[i]] = before[i]
		}
	}
	g.retain(p, func(_ int, o *object) bool { return !gone[o] })
}
