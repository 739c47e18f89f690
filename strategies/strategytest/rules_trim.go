package strategytest

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// testTrim trims a grant of one block in every way, and fills what is free then. All
// that Checked sees of a Trim is tested by it.
func testTrim(p *probe.Probe) {
	t, ok := strategies.As[strategies.Trimmer](p.Allocator)
	if !ok {
		return
	}
	size := min(p.Largest(), p.Bytes(8))
	n := size / p.Region.Page
	for skip := range n {
		for keep := uint64(1); skip+keep <= n; keep++ {
			trimOne(p, t, size, p.Bytes(skip), p.Bytes(keep))
		}
	}
	trimNone(p, t, size)
	trimMany(p, t)
}

// trimOne trims a grant of so many bytes, with others beside it, and demands that what
// was given back can be granted.
func trimOne(p *probe.Probe, t strategies.Trimmer, size, skip, keep uint64) {
	blocks, ok := oneBlock(p, size)
	if !ok {
		return
	}
	free := probe.Total(p.FreeRuns())
	kept, err := t.Trim(slices.Clone(probe.Prefix), blocks, blocks[0].Start+skip, keep)
	if err != nil {
		program.Failf("a trim of %v to %d bytes from %d on was refused: %v", blocks[0], keep, blocks[0].Start+skip, err)
	}
	kept = kept[len(probe.Prefix):]
	if now := probe.Total(p.FreeRuns()); now != free+size-keep {
		program.Failf("%v was trimmed to %s, and %d bytes were free before, %d are now", blocks[0], strategies.Blocks(kept), free, now)
	}
	held := p.Fill()
	if pages := p.Pages() - keep/p.Region.Page; p.TakesAll() && uint64(len(held)) != pages {
		program.Failf("%v was trimmed to %s, and then %d pages were granted, not %d", blocks[0], strategies.Blocks(kept), len(held), pages)
	}
	p.Release(append(held, kept))
	p.Empty("after a trimmed grant was given back")
}

// oneBlock grants so many bytes; it is false if they come in several blocks, as they may.
func oneBlock(p *probe.Probe, size uint64) (blocks []strategies.Block, ok bool) {
	blocks = p.Grant(strategies.Request{Size: size, Flags: strategies.Contiguous})
	if len(blocks) == 1 && blocks[0].Size == size {
		return blocks, true
	}
	p.Allocator.Free(blocks)
	return nil, false
}

// trimNone tries what must be refused.
func trimNone(p *probe.Probe, t strategies.Trimmer, size uint64) {
	blocks, ok := oneBlock(p, size)
	if !ok {
		return
	}
	b, page := blocks[0], p.Region.Page
	for _, keep := range []strategies.Block{
		{Start: b.Start}, {Start: b.End(), Size: page}, {Start: b.Start - page, Size: page}, {Start: b.Start, Size: size + page},
		{Start: b.End() - page, Size: 2 * page}, {Start: b.Start, Size: -page}, {Start: -page, Size: page},
		{Start: b.Start + 512, Size: page}, {Start: b.Start, Size: page / 2}, {Start: b.Start, Size: 1},
	} {
		refuseTrim(p, t, blocks, keep.Start, keep.Size)
	}
	p.Allocator.Free(blocks)
	p.Empty("after trims that were refused")
}

// trimMany asks for the trim of a grant of several blocks, where the strategy makes one.
func trimMany(p *probe.Probe, t strategies.Trimmer) {
	held, ok := everySecond(p)
	if !ok || !p.Can(strategies.CapScatter) || p.Pages() < 4 {
		p.Release(held)
		return
	}
	blocks := p.Grant(p.Page(2, 0))
	if len(blocks) > 1 {
		refuseTrim(p, t, blocks, blocks[0].Start, blocks[0].Size)
	}
	p.Release(append(held, blocks))
	p.Empty("after the trim of several blocks was refused")
}

func refuseTrim(p *probe.Probe, t strategies.Trimmer, blocks []strategies.Block, start, size uint64) {
	before := p.FreeRuns()
	kept, err := t.Trim(nil, blocks, start, size)
	if err == nil {
		program.Failf("a trim of %s to %d bytes from %d on was granted: %s", strategies.Blocks(blocks), size, start, strategies.Blocks(kept))
	}
	if after := p.FreeRuns(); !slices.Equal(before, after) {
		program.Failf("a trim of %s was refused and changed what is free from %s to %s", strategies.Blocks(blocks), strategies.Blocks(before), strategies.Blocks(after))
	}
}

// testBadTrim works on an allocator that is not under Checked, as testBadFree does.
func testBadTrim(p *probe.Probe) {
	if _, ok := strategies.As[strategies.Trimmer](p.Allocator); !ok {
		return
	}
	badFrees(p, func(a strategies.Allocator, blocks []strategies.Block) {
		start := uint64(0)
		if len(blocks) > 0 {
			start = blocks[0].Start
		}
		a.(strategies.Trimmer).Trim(nil, blocks, start, p.Region.Page)
	}, strategies.Allocator.Free)
	staleAfterTrim(p, p.Raw())
}

// staleAfterTrim frees the blocks that a grant had before its trim.
func staleAfterTrim(p *probe.Probe, a strategies.Allocator) {
	blocks, err := a.Alloc(nil, p.Page(2, strategies.Contiguous))
	if err != nil || len(blocks) != 1 {
		return
	}
	kept, err := a.(strategies.Trimmer).Trim(nil, blocks, blocks[0].Start, p.Region.Page)
	if err != nil {
		program.Failf("a trim of %v to a page was refused: %v", blocks[0], err)
	}
	mustPanic(badFree{"what a grant had before its trim", blocks}, func() { a.Free(blocks) })
	a.Free(kept)
}

// testReset resets a region of which every second page is free, some of it as zero. Where
// the strategy keeps clear memory, a Clear request finds what was freed as zero since.
func testReset(p *probe.Probe) {
	r, ok := strategies.As[strategies.ClearResetter](p.Allocator)
	if !ok {
		return
	}
	held, ok := everySecond(p)
	if !ok {
		p.Release(held)
		return
	}
	for _, cleared := range []bool{true, false, false, true, true, false} {
		before := p.FreeRuns()
		r.ResetClear(cleared)
		if after := p.FreeRuns(); !slices.Equal(before, after) {
			program.Failf("ResetClear(%v) changed what is free from %s to %s", cleared, strategies.Blocks(before), strategies.Blocks(after))
		}
		p.SelfCheck()
		held = clearFirst(p, held, cleared)
	}
	p.Release(held)
	p.Empty("after resets")
	r.ResetClear(true)
	p.Allocator.Free(p.Grant(strategies.Request{Size: p.Largest(), Flags: strategies.Contiguous | strategies.Clear}))
	p.Empty("after everything was clear")
}

// clearFirst gives one page back as the kind that free memory is not, and demands that
// a Clear request gets that page only if it is the clear one.
func clearFirst(p *probe.Probe, held [][]strategies.Block, cleared bool) [][]strategies.Block {
	if len(held) < 2 {
		return held
	}
	last := held[len(held)-1]
	if cleared {
		p.Allocator.Free(last)
	} else if f, ok := strategies.As[strategies.ClearFreer](p.Allocator); ok {
		f.FreeCleared(last)
	} else {
		return held
	}
	got := p.Grant(p.Page(1, strategies.Clear))
	if p.Can(strategies.CapClear) && (got[0].Start == last[0].Start) == cleared {
		program.Failf("after ResetClear(%v) and another free of %v, a Clear request was granted %v", cleared, last[0], got[0])
	}
	return slices.Insert(held[:len(held)-1], 0, got) // the next time it is another's turn
}
