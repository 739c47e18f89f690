package workloads

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Aged keeps 256 MiB full to so many percent, from 1 to 99, for any length: what package
// age lets strategies grow old on. It fills the region, and from then on frees an object
// whenever the level is reached and allocates one otherwise.
//
// Every second object is small and lasts (4 to 64 KiB: a page table, a descriptor pool, an
// entry of a cache), the others pass (4 KiB to 1 MiB: buffers and textures). One that passes
// is four times as likely as one that lasts to be the next to go. So lifetimes are drawn
// from two geometric distributions, and the mix of live objects settles within 40,000
// operations; what changes after that is the order of memory. In bytes a ninth of what is
// asked for lasts, and a third of what is live.
//
// No object is larger than a large page of 2 MiB. Whoever has such a page, or a hole of that
// size, refuses none of them: until the first refusal of a large page all strategies hold the
// same objects.
func Aged(fill int) Workload {
	w := Workload{
		Name:   fmt.Sprint("aged", fill),
		Title:  fmt.Sprintf("Ageing at %d %%", fill),
		Doc:    fmt.Sprintf("Small objects that last among larger ones that pass, while 256 MiB stay %d %% full.", fill),
		Region: strategies.Region{Size: 256 * mib, Page: page},
	}
	return generate(w, func(g *gen) {
		var last, pass pool
		for level := percent(uint64(fill), w.Region.Size); g.more(); {
			switch {
			case g.used >= level:
				g.free(nextToGo(g, &last, &pass))
			case g.oneIn(2):
				last.add(g.alloc(strategies.Request{Size: g.size(4*kib, 64*kib)}))
			default:
				pass.add(g.alloc(strategies.Request{Size: g.size(4*kib, mib)}))
			}
		}
	})
}

// nextToGo takes out one of the objects, of which each in pass is four times as likely as each
// in last.
func nextToGo(g *gen, last, pass *pool) object {
	if g.below(uint64(len(*last)+4*len(*pass))) < uint64(len(*last)) {
		return last.pick(g)
	}
	return pass.pick(g)
}
