package workloads

import "github.com/vramlab/vramlab/strategies"

// steady is the plainest load there is: objects of mixed sizes come and go at
// random, and the region stays three quarters full. Compute services and
// compositors look like that from afar. Since no pattern helps or hurts, it
// tells what an allocation and a free cost, and little about fragmentation.
func steady() Workload {
	w := Workload{
		Name:   "steady",
		Title:  "Steady churn",
		Doc:    "Objects of 4 KiB to 2 MiB come and go at random while 8 GiB stay 75 % full, as under a compositor or a compute service.",
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
