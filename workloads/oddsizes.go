package workloads

import "github.com/vramlab/vramlab/strategies"

// oddSizes asks for addresses rounder than the sizes, in 1 GiB of which 60 % is live. Of a
// hundred steps, each of which allocates an object or, where its kind has reached its
// level, frees one at random,
//
//	35  are of contexts, rings and page tables of 4 to 32 KiB at multiples of 64 KiB, the
//	    page of discrete Intel GPUs: about 6,000 are live,
//	25  of the same sizes and at any page: about 10,000, which fill the gaps between,
//	 5  of the same sizes and at multiples of 2 MiB, where a large page-table entry
//	    begins: about 100, a fifth of all such places,
//	25  of buffers of any number of pages, 4 to 512 KiB, at multiples of 64 KiB,
//	10  of display surfaces of five resolutions, 4 bytes a pixel in rows of whole 256
//	    bytes, at multiples of 256 KiB: the scan-out alignment of linear surfaces on
//	    Intel's display since generation 9, and the block of AMD's largest swizzle.
//	    None is a multiple of 256 KiB.
//
// It stresses what a strategy does with the difference of size and alignment. The buddies
// up to Linux 7.0 round a small request up to its alignment and trim: they need 64 KiB in
// one piece for a page. That of 7.1 takes a page at an aligned offset, also where
// neighbours are live. Best fit needs a hole with an aligned start in it, and leaves odd
// holes before it. The buddy of 2021 refuses a size that is no multiple of the alignment:
// its driver rounded up.
func oddSizes() Workload {
	w := Workload{
		Name:   "oddsizes",
		Title:  "Sizes below alignment",
		Doc:    "Objects of 4 to 32 KiB at multiples of 4 KiB, 64 KiB and 2 MiB, buffers of odd sizes and display surfaces at multiples of 256 KiB keep 60 % of 1 GiB.",
		Region: strategies.Region{Size: gib, Page: page},
	}
	aligned := class{level: 72 * mib, lo: 4 * kib, hi: 32 * kib, req: strategies.Request{Align: 64 * kib}}
	anywhere := class{level: 120 * mib, lo: 4 * kib, hi: 32 * kib}
	large := class{level: 1200 * kib, lo: 4 * kib, hi: 32 * kib, req: strategies.Request{Align: 2 * mib}}
	buffers := class{level: 260 * mib, lo: 4 * kib, hi: 512 * kib, req: strategies.Request{Align: 64 * kib}}
	surfaces := class{level: 160 * mib, size: (*gen).surface, req: strategies.Request{Align: 256 * kib}}
	return generate(w, func(g *gen) {
		aligned, anywhere, large, buffers, surfaces := aligned, anywhere, large, buffers, surfaces // each run begins with empty classes
		for g.more() {
			switch p := g.below(100); {
			case p < 35:
				aligned.step(g)
			case p < 60:
				anywhere.step(g)
			case p < 65:
				large.step(g)
			case p < 90:
				buffers.step(g)
			default:
				surfaces.step(g)
			}
		}
	})
}

// surface draws the bytes of a display surface, in whole pages.
func (g *gen) surface() uint64 {
	screens := [...]struct{ width, height uint64 }{{1366, 768}, {1920, 1080}, {2560, 1440}, {3440, 1440}, {3840, 2160}}
	s := screens[g.below(uint64(len(screens)))]
	return roundUp(roundUp(4*s.width, 256)*s.height, page)
}
