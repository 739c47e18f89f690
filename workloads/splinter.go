package workloads

import "github.com/vramlab/vramlab/strategies"

// splinter makes the worst pattern of a half-free region. It fills 1 GiB with
// objects of 128 KiB and frees every second one: 512 MiB are free, and no hole is
// larger than 128 KiB. Then it asks for large objects, up to seven eighths of the
// free memory. A strategy that scatters grants them all, with long tables; one
// that does not refuses them all. In the end everything is freed in random order.
// Every round starts on an empty region, so all rounds are alike, and an
// allocator that refused gains nothing in the next round.
func splinter() Workload {
	w := Workload{
		Name:   "splinter",
		Title:  "Splintered half",
		Doc:    "In rounds, 1 GiB is filled with 128 KiB objects, every second one is freed, and 1 to 16 MiB are requested: the worst pattern of a half-free region.",
		Region: strategies.Region{Size: gib, Page: page},
	}
	return generate(w, func(g *gen) {
		for g.more() {
			g.splinterRound(w.Region.Size, 128*kib)
		}
	})
}

func (g *gen) splinterRound(region, small uint64) {
	var all, rest pool
	for range region / small {
		all.add(g.alloc(strategies.Request{Size: small}))
	}
	odd := int(g.below(2))
	for i, o := range all {
		if i%2 == odd {
			g.free(o)
		} else {
			rest.add(o)
		}
	}
	for level := region - region/16; ; {
		size := g.size(mib, 16*mib)
		if g.used+size > level {
			break
		}
		rest.add(g.alloc(strategies.Request{Size: size}))
	}
	for len(rest) > 0 {
		g.free(rest.pick(g))
	}
}
