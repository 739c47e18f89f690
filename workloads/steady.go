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

// pages is shared virtual memory: a page fault migrates a run of small chunks
// into device memory, and when it is nearly full as many are thrown out first.
// The chunks are alike and there are more than forty thousand of them, so what
// counts is the cost of bookkeeping at scale, in time and in metadata.
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

// frames frees in the order it allocates, a frame at a time: video decoding,
// upload rings, anything that works through a stream. Neighbours in time are
// neighbours in memory and die together, so free memory merges well; a
// strategy that mixes old and new here gives that away.
func frames() Workload {
	w := Workload{
		Name:   "frames",
		Title:  "Frame queue",
		Doc:    "Frames of 60 to 140 objects of 4 KiB to 2 MiB are freed oldest first while 4 GiB stay 80 % full, as in video decoding and upload rings.",
		Region: strategies.Region{Size: 4 * gib, Page: page},
	}
	return generate(w, func(g *gen) {
		level := percent(80, w.Region.Size)
		var queue [][]object // frames in flight, oldest first
		for g.more() {
			for g.used > level {
				for _, o := range queue[0] {
					g.free(o)
				}
				queue = queue[1:]
			}
			frame := make([]object, 60+g.below(81))
			for i := range frame {
				frame[i] = g.alloc(strategies.Request{Size: g.size(4*kib, 2*mib)})
			}
			queue = append(queue, frame)
		}
	})
}
