package workloads

import "github.com/vramlab/vramlab/strategies"

// contigFirst asks for buffers that are preferably contiguous, as amdgpu does:
// contiguous first, and after a refusal scattered, in blocks of 2 MiB if the size
// is a multiple of 2 MiB. A fuller region needs more second attempts and longer
// tables. A strategy that never scatters gains nothing from a second attempt.
func contigFirst() Workload {
	w := Workload{
		Name:   "contigfirst",
		Title:  "Contiguous first",
		Doc:    "Buffers of 64 KiB to 32 MiB, requested contiguous first and after a refusal scattered in 2 MiB blocks, as amdgpu does, while 4 GiB stay 85 % full.",
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

// allocContigFirst appends a contiguous attempt and its fallback. Sizes of 2 MiB
// and more are rounded up to multiples of 2 MiB, which one large page-table entry
// maps, as drivers do.
func (g *gen) allocContigFirst(size uint64) object {
	const block = 2 * mib
	var align uint64
	if size >= block {
		size, align = roundUp(size, block), block
	}
	o := g.alloc(strategies.Request{Size: size, Flags: strategies.Contiguous})
	g.add(Op{Kind: Fallback, Slot: o.slot, Req: strategies.Request{Size: size, Align: align}})
	return o
}
