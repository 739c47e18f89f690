package workloads

import (
	"cmp"

	"github.com/vramlab/vramlab/strategies"
)

// plainOps is the default length of a plain load; big64g is four times as long,
// because it takes 300,000 operations to fill.
const plainOps = 1_000_000

// Plain lists the plain loads, for comparisons of speed: each fills a region to
// a level, and from then on frees an object when the level is reached and
// allocates one otherwise. They differ only in region, fill level, sizes and the
// order of frees.
//
// The default run leaves them out: they are ten to forty times as long as a
// workload of [List] (a million operations take 48 MB) and add little to it.
// [Lookup] finds them, and bench/peers compares the lab's strategies with
// allocators on B-trees on them.
func Plain() []Workload {
	return []Workload{
		churn{
			name: "small8g", title: "Small to middling, 8 GiB",
			doc:    "Objects of 4 KiB to 2 MiB, freed at random, at 75 % of 8 GiB: the plain cost of an allocator.",
			region: 8 * gib, fill: 75, size: smallSize,
		}.workload(),
		churn{
			name: "gfx16g", title: "Graphics sizes, 16 GiB",
			doc:    "Six of ten objects are of 4 to 64 KiB, three of 64 KiB to 4 MiB, one of 4 to 64 MiB, freed at random, at 85 % of 16 GiB.",
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
			doc:    "Objects of 4 KiB to 2 MiB, freed at random, at 75 % of 4 GiB; 30 % of the requests are top-down, 30 % are limited to the lowest quarter.",
			region: 4 * gib, fill: 75, size: smallSize, placed: true,
		}.workload(),
		churn{
			name: "big64g", title: "Many objects, 64 GiB",
			doc:    "Objects of 4 KiB to 2 MiB, freed at random, at 75 % of 64 GiB: 150,000 live at a time.",
			region: 64 * gib, fill: 75, size: smallSize, ops: 4 * plainOps,
		}.workload(),
	}
}

// smallSize draws 4 KiB to 2 MiB, each octave as likely as another.
func smallSize(g *gen) uint64 { return g.size(4*kib, 2*mib) }

// graphicsSize draws a size of a graphics session, without its large images.
func graphicsSize(g *gen) uint64 {
	switch class := g.below(10); {
	case class < 6:
		return g.size(4*kib, 64*kib)
	case class < 9:
		return g.size(64*kib, 4*mib)
	}
	return g.size(4*mib, 64*mib)
}

// churn describes a plain load.
type churn struct {
	name, title, doc string
	region           uint64            // bytes
	fill             uint64            // level from which on objects are freed, percent of the region
	size             func(*gen) uint64 // draws the size of the next object
	ops              int               // default length, 0 = plainOps
	oldestFirst      bool              // frees the oldest object, not a random one
	placed           bool              // some requests have a window, some are top-down
}

func (c churn) workload() Workload {
	return generateOf(cmp.Or(c.ops, plainOps), Workload{
		Name: c.name, Title: c.title, Doc: c.doc,
		Region: strategies.Region{Size: c.region, Page: page},
	}, c.run)
}

// run allocates below the level and frees from there on.
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

// request draws the next request. The two conditions are independent: 9 % of the
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
