package strategytest

import (
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// mix is a distribution of programs.
type mix struct {
	name  string
	ops   int
	frees int                // percent
	most  uint64             // pages of the largest request as a share of the region: 1/most
	flags []strategies.Flags // drawn at random, Range with a random window
	align bool               // powers of two of pages
	odd   bool               // sizes, alignments and windows that may make no sense
}

// The mixes: where allocators break is near full, in windows, and where odd
// requests meet fragmented memory.
var mixes = []mix{
	{name: "pages", ops: 1200, frees: 48, most: 64, flags: []strategies.Flags{0}},
	{name: "full", ops: 800, frees: 40, most: 12, flags: []strategies.Flags{0, 0, strategies.TopDown}},
	{name: "aligned", ops: 600, frees: 42, most: 8, align: true, flags: []strategies.Flags{0, strategies.Contiguous, strategies.TopDown, strategies.Clear}},
	{name: "windows", ops: 600, frees: 45, most: 10, align: true, flags: []strategies.Flags{strategies.Range, strategies.Range | strategies.Contiguous, strategies.Range | strategies.TopDown, 0}},
	{name: "odd", ops: 800, frees: 45, most: 5, align: true, odd: true, flags: []strategies.Flags{0, strategies.Range, strategies.Contiguous, strategies.Clear, strategies.Range | strategies.Contiguous | strategies.TopDown}},
}

// program draws a program for region.
func (m mix) program(region strategies.Region, seed uint64) []op {
	rng := rand.New(rand.NewPCG(seed, region.Size))
	ops := make([]op, m.ops)
	for i := range ops {
		if rng.IntN(100) < m.frees {
			ops[i] = op{free: true, pick: rng.Uint32(), cleared: rng.IntN(2) == 0}
		} else {
			ops[i] = op{req: m.request(region, rng)}
		}
	}
	return ops
}

func (m mix) request(region strategies.Region, rng *rand.Rand) strategies.Request {
	pages := region.Managed() / region.Page
	r := strategies.Request{
		Size:  region.Page * (1 + rng.Uint64N(1+pages/m.most)),
		Flags: m.flags[rng.IntN(len(m.flags))],
	}
	if m.align && rng.IntN(3) == 0 {
		r.Align = region.Page << rng.IntN(5)
	}
	if r.Flags&strategies.Range != 0 {
		a, b := rng.Uint64N(pages+1), rng.Uint64N(pages+1)
		r.Lo, r.Hi = min(a, b)*region.Page, max(a, b)*region.Page
	}
	if m.odd && rng.IntN(4) == 0 {
		m.spoil(&r, region, rng)
	}
	return r
}

// spoil makes a request odd in one way. Windows keep to whole pages: what a
// bound inside a page means is left to the strategy.
func (m mix) spoil(r *strategies.Request, region strategies.Region, rng *rand.Rand) {
	switch rng.IntN(8) {
	case 0:
		r.Size = 0
	case 1:
		r.Size -= 1 + rng.Uint64N(region.Page-1)
	case 2:
		r.Size = -rng.Uint64N(2 * region.Page)
	case 3:
		r.Align = rng.Uint64N(4 * region.Page)
	case 4:
		r.Align = region.Page * 3
	case 5:
		r.Align = 1 << rng.IntN(64)
	case 6:
		r.Lo, r.Hi = r.Hi, r.Lo
	case 7:
		r.Hi = 0
	}
}

// seedsPerMix is how many programs of each mix run on each region.
const seedsPerMix = 10

func (p *probe) testRandom() {
	for _, m := range mixes {
		for seed := range uint64(seedsPerMix) {
			ops := m.program(p.region, seed)
			if _, err := play(p.s, p.region, ops); err != nil {
				p.failf("mix %s, seed %d: %v", m.name, seed, explain(p.s, p.region, ops))
			}
		}
	}
}

// testDeterministic runs the same program on two allocators in turn, and once
// more on a third: a strategy that keeps anything outside its allocators, or
// iterates over a map, places differently.
func (p *probe) testDeterministic() {
	for _, m := range mixes {
		ops := m.program(p.region, 7)
		var results [3][]placement
		var machines [3]*machine
		for i := range machines {
			machines[i] = &machine{probe: &probe{p.s, p.region, p.raw()}, log: func(blocks []strategies.Block, err error) {
				results[i] = append(results[i], placement{blocks, strategies.Errno(err)})
			}}
		}
		for _, o := range ops {
			machines[0].step(o)
			machines[1].step(o)
		}
		if err := machines[2].run(ops); err != nil {
			p.failf("mix %s: %v", m.name, err)
		}
		for i, first := range results[0] {
			p.samePlacement(first, results[1][i])
			p.samePlacement(first, results[2][i])
		}
	}
}

// placement is what an Alloc returned.
type placement struct {
	blocks  []strategies.Block
	refused string
}

// String is the placement as it stands in a trace.
func (a placement) String() string {
	if a.refused != "" {
		return "! " + a.refused
	}
	return "= " + show(a.blocks)
}

// same compares addresses and sizes. Node is the allocator's own business.
func (a placement) same(b placement) bool {
	return a.refused == b.refused && slices.EqualFunc(a.blocks, b.blocks, func(a, b strategies.Block) bool {
		return a.Start == b.Start && a.Size == b.Size
	})
}

// samePlacement demands the same addresses and sizes.
func (p *probe) samePlacement(a, b placement) {
	if !a.same(b) {
		p.failf("the same calls gave %v in one allocator and %v in another", a, b)
	}
}
