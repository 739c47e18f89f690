package workloads

import "github.com/vramlab/vramlab/strategies"

// splinter makes the worst of half a region: filled with objects of 128 KiB of
// which every second is freed, 512 MiB of 1 GiB are free and no hole is larger
// than 128 KiB. Then large objects are asked for, up to seven eighths of what
// is free. Who can scatter grants them all, as long tables; who cannot refuses
// them all. Everything is freed in random order, and the next round begins on
// an empty region, so rounds are alike and a strategy that refused does not
// carry its easier life along.
func splinter() Workload {
	w := Workload{
		Name:   "splinter",
		Title:  "Splintered half",
		Doc:    "1 GiB is filled with 128 KiB objects, every second is freed, then 1 to 16 MiB are asked for, in rounds: the worst that fragmentation can do to half a region.",
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
