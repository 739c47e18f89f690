package workloads

import "github.com/vramlab/vramlab/strategies"

// frames frees in the order of allocation, one frame at a time, as video
// decoding and upload rings do. Objects allocated together are freed together,
// so free memory merges well if they also lie together; a strategy that mixes
// old and new objects loses that.
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
