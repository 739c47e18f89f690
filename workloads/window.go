package workloads

import "github.com/vramlab/vramlab/strategies"

// window is a card with a small BAR: the CPU reaches only the lowest 256 MiB of
// 4 GiB. Of ten requests, three are uploads and read-backs of 4 to 256 KiB that
// the CPU must reach, limited to that window; three are for the GPU alone and go
// top-down, to leave the window free; four have no condition, like most requests
// of real programs. The uploads fill 60 % of the window, all objects 88 % of the
// region. Every 20,000 operations a game level ends: all uploads are freed and
// built up again. By then, objects without a condition may lie in the window, and
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
			if g.made() >= next {
				uploads.freeAll(g)
				next += levelEnd
			}
			switch p := g.below(100); { // fewer steps for the uploads: each level end frees them all at once
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

// class is a kind of object with a fill level of its own.
type class struct {
	level  uint64             // bytes requested from which on it frees instead
	lo, hi uint64             // smallest and largest size, bytes,
	size   func(*gen) uint64  // or what draws the size
	req    strategies.Request // all but the size
	live   pool
	used   uint64 // bytes requested and not freed
}

// step allocates one object if the class is below its level, and frees one
// otherwise.
func (c *class) step(g *gen) {
	if c.used < c.level {
		r := c.req
		if c.size != nil {
			r.Size = c.size(g)
		} else {
			r.Size = g.size(c.lo, c.hi)
		}
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
