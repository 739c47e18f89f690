package strategytest

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

func testFill(p *probe.Probe) {
	held, _ := p.Full()
	p.Refuse(p.Page(1, 0), strategies.ErrNoSpace)
	p.Refuse(p.Page(1, strategies.TopDown), strategies.ErrNoSpace)

	held = probe.Shuffled(held, 1)
	gone := len(held) / 3
	p.Release(held[:gone])
	again := p.Fill()
	if len(again) != gone {
		program.Failf("%d pages were given back, and %d could be taken then", gone, len(again))
	}
	p.Release(probe.Shuffled(append(again, held[gone:]...), 2))
	p.Empty("after every page was given back in random order")
}

// testRestore compares what an allocator serves in one run before and after it
// was full. It is how a strategy that forgets to merge is found: the free space
// still tiles, but in crumbs.
func testRestore(p *probe.Probe) {
	var requests []strategies.Request
	for size := p.Largest(); size >= p.Region.Page; size /= 4 {
		requests = append(requests,
			strategies.Request{Size: size},
			strategies.Request{Size: size, Flags: strategies.Contiguous},
			strategies.Request{Size: size, Align: size})
	}
	before := blocksFor(p, requests)
	for seed := range uint64(3) {
		p.Release(probe.Shuffled(p.Fill(), seed))
		for i, n := range blocksFor(p, requests) {
			if n > before[i] {
				program.Failf("%v took %d blocks in a new allocator and %d in one that was full and is empty again", requests[i], before[i], n)
			}
		}
	}
}

// blocksFor grants and frees each request and returns how many blocks it took.
func blocksFor(p *probe.Probe, requests []strategies.Request) []int {
	counts := make([]int, len(requests))
	for i, r := range requests {
		blocks := p.Grant(r)
		counts[i] = len(blocks)
		p.Allocator.Free(blocks)
	}
	return counts
}

// everySecond fills the region and frees the pages at even addresses. It
// returns those still held by address; ok is false when the region is too small
// or the strategy does not fill it.
func everySecond(p *probe.Probe) (held [][]strategies.Block, ok bool) {
	all, ok := p.Full()
	if !ok || len(all) < 4 {
		p.Release(all)
		return nil, false
	}
	for i, blocks := range all {
		if i%2 == 0 {
			p.Allocator.Free(blocks)
		} else {
			held = append(held, blocks)
		}
	}
	return held, true
}

func testApart(p *probe.Probe) {
	held, ok := everySecond(p)
	if !ok {
		return
	}
	p.Refuse(p.Page(2, strategies.Contiguous), strategies.ErrNoSpace)
	if !p.Can(strategies.CapScatter) {
		p.Refuse(p.Page(2, 0), strategies.ErrNoSpace)
	}
	p.Allocator.Free(held[0]) // pages 0, 1 and 2 are free now
	two := p.Grant(p.Page(2, strategies.Contiguous))
	p.Refuse(p.Page(2, strategies.Contiguous), strategies.ErrNoSpace)
	p.Allocator.Free(two)
	p.Release(held[1:])
	p.Empty("after the pages apart were given back")
}

func testScatter(p *probe.Probe) {
	held, ok := everySecond(p)
	if !ok {
		return
	}
	half := p.Pages() - uint64(len(held))
	p.Refuse(p.Page(half+1, 0), strategies.ErrNoSpace)
	all := p.Grant(p.Page(half, 0))
	p.Refuse(p.Page(1, 0), strategies.ErrNoSpace)
	p.Allocator.Free(all)
	some := p.Grant(p.Page(half-1, 0))
	last := p.Grant(p.Page(1, 0))
	p.Refuse(p.Page(1, 0), strategies.ErrNoSpace)
	p.Release(append([][]strategies.Block{some, last}, held...))
	p.Empty("after scattered grants were given back")
}

func testCleared(p *probe.Probe) {
	cleared := freeEveryFourth(p)
	for range len(cleared) / 2 {
		got := p.Grant(p.Page(1, strategies.Clear))
		if !slices.Contains(cleared, got[0].Start) {
			program.Failf("a Clear request got %s, while pages known to be zero are free", strategies.Blocks(got))
		}
	}
	mergeCleared(p)
}

// freeEveryFourth fills the region and frees page 0 and every fourth after it
// as zero, page 2 and every fourth after it as it is. It returns where the
// former are.
func freeEveryFourth(p *probe.Probe) (cleared []uint64) {
	held, _ := p.Full()
	for i, blocks := range held {
		switch i % 4 {
		case 0:
			p.Allocator.(strategies.ClearFreer).FreeCleared(blocks)
			cleared = append(cleared, blocks[0].Start)
		case 2:
			p.Allocator.Free(blocks)
		}
	}
	return cleared
}

// mergeCleared gives every second page back as zero: a request for the largest
// run must still find it.
func mergeCleared(p *probe.Probe) {
	q := p.Another()
	held, _ := q.Full()
	for i, blocks := range held {
		if i%2 == 0 {
			q.Allocator.(strategies.ClearFreer).FreeCleared(blocks)
		} else {
			q.Allocator.Free(blocks)
		}
	}
	q.Empty("after every second page was given back as zero")
	for size := q.Largest(); size >= q.Region.Page; size /= 2 {
		q.Allocator.Free(q.Grant(strategies.Request{Size: size, Flags: strategies.Contiguous}))
	}
}
