package strategytest

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// testPlace places extents of several sizes at the edges of the region and in it, alone
// and between others. All that Checked sees of a Place is tested by it.
func testPlace(p *probe.Probe) {
	k, ok := strategies.As[strategies.Placer](p.Allocator)
	if !ok {
		return
	}
	n := p.Pages()
	for size := range min(n, 9) {
		size++
		for _, at := range []uint64{0, 1, n/2 - 1, n / 2, n/2 + 1, n - size - 1, n - size} {
			if at <= n-size {
				placeOne(p, k, p.Bytes(at), p.Bytes(size))
			}
		}
	}
	placeOne(p, k, 0, p.Managed())
	placeNone(p, k)
	placeBetween(p, k)
	badPlaced(p, p.Raw())
}

// placeOne places an extent in an empty region, and fills what is free then.
func placeOne(p *probe.Probe, k strategies.Placer, start, size uint64) {
	blocks, err := k.Place(slices.Clone(probe.Prefix), start, size)
	if err != nil {
		program.Failf("%d+%d was refused (%v) in an empty region", start, size, err)
	}
	blocks = blocks[len(probe.Prefix):]
	for _, again := range []strategies.Block{{Start: start, Size: p.Region.Page}, {Start: start + size - p.Region.Page, Size: p.Region.Page}, {Size: p.Managed()}} {
		refusePlace(p, k, again)
	}
	held := p.Fill()
	if pages := p.Pages() - size/p.Region.Page; p.TakesAll() && uint64(len(held)) != pages {
		program.Failf("%d+%d was placed, and then %d pages were granted, not %d", start, size, len(held), pages)
	}
	p.Release(append(held, blocks))
	p.Empty("after a placed extent was given back")
}

// placeNone tries what is no extent of whole pages in the region.
func placeNone(p *probe.Probe, k strategies.Placer) {
	page, end := p.Region.Page, p.Managed()
	for _, e := range []strategies.Block{
		{}, {Start: end}, {Start: end, Size: page}, {Size: end + page}, {Start: end - page, Size: 2 * page}, {Start: page, Size: -page},
		{Start: -page, Size: page}, {Start: page / 2, Size: page}, {Size: page / 2}, {Size: 1}, {Start: end - page/2, Size: page / 2},
	} {
		refusePlace(p, k, e)
	}
}

// placeBetween places pages where every second one is live.
func placeBetween(p *probe.Probe, k strategies.Placer) {
	held, ok := everySecond(p)
	if !ok {
		p.Release(held)
		return
	}
	for _, b := range p.FreeRuns() {
		if b.Start != 0 {
			refusePlace(p, k, strategies.Block{Start: b.Start - p.Region.Page, Size: 2 * p.Region.Page})
		}
		blocks, err := k.Place(nil, b.Start, b.Size)
		if err != nil {
			program.Failf("%v is free, and was refused: %v", b, err)
		}
		held = append(held, blocks)
	}
	p.Release(held)
	p.Empty("after every second page was placed")
}

func refusePlace(p *probe.Probe, k strategies.Placer, e strategies.Block) {
	before := p.FreeRuns()
	blocks, err := k.Place(nil, e.Start, e.Size)
	if err == nil {
		program.Failf("%v was placed: %s", e, strategies.Blocks(blocks))
	}
	if after := p.FreeRuns(); !slices.Equal(before, after) {
		program.Failf("%v was refused and changed what is free from %s to %s", e, strategies.Blocks(before), strategies.Blocks(after))
	}
}

// badPlaced frees parts of a placed extent, on an allocator that is not under Checked.
func badPlaced(p *probe.Probe, a strategies.Allocator) {
	page := p.Region.Page
	if p.Pages() < 4 {
		return
	}
	blocks, err := a.(strategies.Placer).Place(nil, page, 3*page)
	if err != nil {
		program.Failf("%d+%d was refused (%v) in an empty region", page, 3*page, err)
	}
	cases := []badFree{
		{"a placed extent, shortened", alter(blocks, len(blocks)-1, func(b *strategies.Block) { b.Size -= page / 2 })},
		{"a placed extent, moved", alter(blocks, 0, func(b *strategies.Block) { b.Start += page })},
		{"a placed extent twice in one list", join(blocks, blocks)},
	}
	if n := len(blocks); n > 1 {
		cases = append(cases, badFree{"a part of a placed extent", blocks[:n-1]}, badFree{"a part of a placed extent", blocks[1:]})
	}
	for _, c := range cases {
		mustPanic(c, func() { a.Free(c.blocks) })
	}
	a.Free(blocks)
	mustPanic(badFree{"a placed extent that was given back", blocks}, func() { a.Free(blocks) })
}
