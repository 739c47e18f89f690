package workloads

import "github.com/vramlab/vramlab/strategies"

// pages is shared virtual memory: a page fault migrates a run of small chunks
// into device memory, and when the region is nearly full, as many chunks are
// evicted first. More than 40,000 small chunks are live, so the time and
// metadata an allocator spends on each one dominate.
func pages() Workload {
	w := Workload{
		Name:   "pages",
		Title:  "Small pages",
		Doc:    "Runs of 32 chunks of 4 to 64 KiB migrate in and out of 1 GiB that stays 90 % full, as page faults on shared virtual memory do.",
		Region: strategies.Region{Size: gib, Page: page},
	}
	const run = 32
	return generate(w, func(g *gen) {
		level := percent(90, w.Region.Size)
		var live pool
		for g.more() {
			if g.used < level {
				for range run {
					live.add(g.alloc(strategies.Request{Size: g.size(4*kib, 64*kib)}))
				}
			} else {
				for range run {
					g.free(live.pick(g))
				}
			}
		}
	})
}
