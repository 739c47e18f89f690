package workloads

import "github.com/vramlab/vramlab/strategies"

// steady allocates objects of mixed sizes and frees them at random, while the
// region stays 75 % full. Compute services and compositors behave roughly like
// this. No pattern helps or hurts an allocator, so steady shows what an
// allocation and a free cost, and little about fragmentation.
func steady() Workload {
	w := Workload{
		Name:   "steady",
		Title:  "Steady churn",
		Doc:    "Objects of 4 KiB to 2 MiB are allocated and freed at random while 8 GiB stay 75 % full, as under a compositor or a compute service.",
		Region: strategies.Region{Size: 8 * gib, Page: page},
	}
	return generate(w, func(g *gen) {
		level := percent(75, w.Region.Size)
		var live pool
		for g.more() {
			if g.used < level {
				live.add(g.alloc(strategies.Request{Size: g.size(4*kib, 2*mib)}))
			} else {
				g.free(live.pick(g))
			}
		}
	})
}
