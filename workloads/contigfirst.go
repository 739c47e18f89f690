package workloads

import "github.com/vramlab/vramlab/strategies"

// contigFirst asks as amdgpu does for a buffer that should be contiguous but
// need not be: contiguous first, and when that is refused, again without, in
// blocks of 2 MiB where the size is a multiple of that. How often the second
// attempt is needed and how long the tables get is the price of a full region;
// a strategy that never scatters has nothing to fall back to.
func contigFirst() Workload {
	w := Workload{
		Name:   "contigfirst",
		Title:  "Contiguous first",
		Doc:    "Buffers of 64 KiB to 32 MiB are asked for contiguous and, when refused, scattered in 2 MiB blocks as amdgpu does, while 4 GiB stay 85 % full.",
		Region: strategies.Region{Size: 4 * gib, Page: page},
	}
	return generate(w, func(g *gen) {
		level := percent(85, w.Region.Size)
		var live pool
		for g.more() {
			if g.used < level {
				live.add(g.allocContigFirst(g.size(64*kib, 32*mib)))
			} else {
				g.free(live.pick(g))
			}
		}
	})
}

// allocContigFirst is a contiguous attempt and its fallback. From 2 MiB on
// drivers round sizes to that, the reach of one entry of a large page table.
func (g *gen) allocContigFirst(size uint64) object {
	const block = 2 * mib
	var align uint64
	if size >= block {
		size, align = roundUp(size, block), block
	}
	o := g.alloc(strategies.Request{Size: size, Flags: strategies.Contiguous})
	g.ops = append(g.ops, Op{Kind: Fallback, Slot: o.slot, Req: strategies.Request{Size: size, Align: align}})
	return o
}
