package workloads

import "github.com/vramlab/vramlab/strategies"

// window is a card with a small BAR: the CPU reaches the lowest 256 MiB of
// 4 GiB. Of ten requests three need the CPU (uploads, read-backs: 4 to 256 KiB)
// and are limited to that window, three are known to be for the GPU alone and
// go top-down, to leave the window free, and four say nothing, as most do. The
// window is asked to be 60 % full, the region 88 %. Every twenty thousand
// operations a level ends: all uploads are freed and built up again. What said
// nothing and slipped into the window meanwhile then stands in the way, and
// uploads may be refused while half a gigabyte is free.
func window() Workload {
	w := Workload{
		Name:   "window",
		Title:  "Small BAR",
		Doc:    "Uploads limited to the CPU-visible 256 MiB, GPU-only objects from the top and others anywhere share 4 GiB at 88 %, as on a card with a small BAR.",
		Region: strategies.Region{Size: 4 * gib, Page: page, Visible: 256 * mib},
	}
	const levelEnd = 20_000
	uploads := class{
		level: percent(60, w.Region.Visible), lo: 4 * kib, hi: 256 * kib,
		req: strategies.Request{Hi: w.Region.Visible, Flags: strategies.Range},
	}
	rest := percent(88, w.Region.Size) - uploads.level
	gpuOnly := class{level: percent(43, rest), lo: 4 * kib, hi: 2 * mib, req: strategies.Request{Flags: strategies.TopDown}}
	unsaid := class{level: percent(57, rest), lo: 4 * kib, hi: 2 * mib}
	return generate(w, func(g *gen) {
		uploads, gpuOnly, unsaid := uploads, gpuOnly, unsaid // each run begins with empty classes
		for next := levelEnd; g.more(); {
			if len(g.ops) >= next {
				uploads.freeAll(g)
				next += levelEnd
			}
			switch p := g.below(100); { // fewer for the uploads, which are built up again and again
			case p < 22:
				uploads.step(g)
			case p < 56:
				gpuOnly.step(g)
			default:
				unsaid.step(g)
			}
		}
	})
}

// class is a kind of objects with a fill level of its own.
type class struct {
	level  uint64             // bytes requested at which it frees instead
	lo, hi uint64             // sizes
	req    strategies.Request // all but the size
	live   pool
	used   uint64
}

// step allocates one object of the class below its level, or else frees one.
func (c *class) step(g *gen) {
	if c.used < c.level {
		r := c.req
		r.Size = g.size(c.lo, c.hi)
		c.live.add(g.alloc(r))
		c.used += r.Size
	} else {
		c.freeOne(g)
	}
}

func (c *class) freeOne(g *gen) {
	o := c.live.pick(g)
	c.used -= o.size
	g.free(o)
}

func (c *class) freeAll(g *gen) {
	for len(c.live) > 0 {
		c.freeOne(g)
	}
}
