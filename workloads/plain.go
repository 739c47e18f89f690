package workloads

import "github.com/vramlab/vramlab/strategies"

// The loads are the plain streams on which allocators are compared for speed,
// in the lab and elsewhere: a region is filled to a level, and from then on an
// object is freed whenever the level is reached and one is asked for otherwise.
// There is no story in them, so there is little to misunderstand: fill, sizes,
// and the order of the frees are all that sets them apart. They are as long as
// a comparison needs, ten to forty times a generator of [List], and say little
// that those do not; so the default run leaves them out.
//
// [Lookup] finds them, and bench/peers runs them against allocators on other
// people's trees.

// loadOps is the default length of a load; big64g is four times as long,
// because it takes 300,000 operations to fill.
const loadOps = 1_000_000

// Plain is the plain loads, which the default run leaves out: for comparisons
// of speed alone. A million of their operations takes 48 MB.
func Plain() []Workload {
	return []Workload{
		churn{
			name: "small8g", title: "Small to middling, 8 GiB",
			doc:    "Objects of 4 KiB to 2 MiB, freed at random, at 75 % of 8 GiB: the plain cost of an allocator.",
			region: 8 * gib, fill: 75, size: smallSize,
		}.workload(),
		churn{
			name: "gfx16g", title: "Graphics sizes, 16 GiB",
			doc:    "Of ten objects six are of 4 to 64 KiB, three of 64 KiB to 4 MiB, one of 4 to 64 MiB, freed at random, at 85 % of 16 GiB.",
			region: 16 * gib, fill: 85, size: graphicsSize,
		}.workload(),
		churn{
			name: "page1g", title: "Pages, 1 GiB",
			doc:    "Objects of 4 to 64 KiB, freed at random, at 90 % of 1 GiB: many small neighbours.",
			region: gib, fill: 90, size: func(g *gen) uint64 { return g.size(4*kib, 64*kib) },
		}.workload(),
		churn{
			name: "fifo4g", title: "First in, first out, 4 GiB",
			doc:    "Objects of 4 KiB to 2 MiB, the oldest freed first, at 80 % of 4 GiB.",
			region: 4 * gib, fill: 80, size: smallSize, oldestFirst: true,
		}.workload(),
		churn{
			name: "range4g", title: "Windows and top-down, 4 GiB",
			doc:    "Objects of 4 KiB to 2 MiB, freed at random, at 75 % of 4 GiB; 30 % are asked for from the top, 30 % in the lowest quarter.",
			region: 4 * gib, fill: 75, size: smallSize, placed: true,
		}.workload(),
		churn{
			name: "big64g", title: "Many objects, 64 GiB",
			doc:    "Objects of 4 KiB to 2 MiB, freed at random, at 75 % of 64 GiB: 150,000 live at a time.",
			region: 64 * gib, fill: 75, size: smallSize, ops: 4 * loadOps,
		}.workload(),
	}
}

// smallSize is 4 KiB to 2 MiB, each octave as likely.
func smallSize(g *gen) uint64 { return g.size(4*kib, 2*mib) }

// graphicsSize is a size as a graphics session has them, without its images.
func graphicsSize(g *gen) uint64 {
	switch class := g.below(10); {
	case class < 6:
		return g.size(4*kib, 64*kib)
	case class < 9:
		return g.size(64*kib, 4*mib)
	}
	return g.size(4*mib, 64*mib)
}

// churn describes a load.
type churn struct {
	name, title, doc string
	region           uint64            // bytes
	fill             uint64            // level at which objects are freed, percent of the region
	size             func(*gen) uint64 // of the next object
	ops              int               // default length, 0 = loadOps
	oldestFirst      bool              // which object is freed: the oldest, or a random one
	placed           bool              // some requests have a window, some are top-down
}

func (c churn) workload() Workload {
	w := generate(Workload{
		Name: c.name, Title: c.title, Doc: c.doc,
		Region: strategies.Region{Size: c.region, Page: page},
	}, c.run)
	usual := c.ops
	if usual == 0 {
		usual = loadOps
	}
	generated := w.Ops
	w.Ops = func(seed uint64, n int) []Op {
		if n <= 0 {
			n = usual
		}
		return generated(seed, n)
	}
	return w
}

// run asks while the level is not reached, and frees while it is.
func (c churn) run(g *gen) {
	level := percent(c.fill, c.region)
	var live pool
	for g.more() {
		switch {
		case g.used < level:
			live.add(g.alloc(c.request(g)))
		case c.oldestFirst:
			g.free(live[0])
			live = live[1:]
		default:
			g.free(live.pick(g))
		}
	}
}

// request is the next request. The two conditions are drawn apart: 9 % of the
// placed requests have both.
func (c churn) request(g *gen) strategies.Request {
	r := strategies.Request{Size: c.size(g)}
	if !c.placed {
		return r
	}
	if g.below(10) < 3 {
		r.Flags |= strategies.TopDown
	}
	if g.below(10) < 3 {
		r.Flags |= strategies.Range
		r.Hi = c.region / 4
	}
	return r
}
