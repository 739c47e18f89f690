package strategytest

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

func (p *probe) testFill() {
	held, _ := p.full()
	p.refuse(p.page(1, 0), strategies.ErrNoSpace)
	p.refuse(p.page(1, strategies.TopDown), strategies.ErrNoSpace)

	held = shuffled(held, 1)
	gone := len(held) / 3
	p.release(held[:gone])
	again := p.fill()
	if len(again) != gone {
		program.Failf("%d pages were given back, and %d could be taken then", gone, len(again))
	}
	p.release(shuffled(append(again, held[gone:]...), 2))
	p.empty("after every page was given back in random order")
}

// testRestore compares what an allocator serves in one run before and after it
// was full. It is how a strategy that forgets to merge is found: the free space
// still tiles, but in crumbs.
func (p *probe) testRestore() {
	var requests []strategies.Request
	for size := p.largest(); size >= p.region.Page; size /= 4 {
		requests = append(requests,
			strategies.Request{Size: size},
			strategies.Request{Size: size, Flags: strategies.Contiguous},
			strategies.Request{Size: size, Align: size})
	}
	before := p.blocksFor(requests)
	for seed := range uint64(3) {
		p.release(shuffled(p.fill(), seed))
		for i, n := range p.blocksFor(requests) {
			if n > before[i] {
				program.Failf("%v took %d blocks in a new allocator and %d in one that was full and is empty again", requests[i], before[i], n)
			}
		}
	}
}

// blocksFor grants and frees each request and returns how many blocks it took.
func (p *probe) blocksFor(requests []strategies.Request) []int {
	counts := make([]int, len(requests))
	for i, r := range requests {
		blocks := p.grant(r)
		counts[i] = len(blocks)
		p.allocator.Free(blocks)
	}
	return counts
}

// everySecond fills the region and frees the pages at even addresses. It
// returns those still held by address; ok is false when the region is too small
// or the strategy does not fill it.
func (p *probe) everySecond() (held [][]strategies.Block, ok bool) {
	all, ok := p.full()
	if !ok || len(all) < 4 {
		p.release(all)
		return nil, false
	}
	for i, blocks := range all {
		if i%2 == 0 {
			p.allocator.Free(blocks)
		} else {
			held = append(held, blocks)
		}
	}
	return held, true
}

func (p *probe) testApart() {
	held, ok := p.everySecond()
	if !ok {
		return
	}
	p.refuse(p.page(2, strategies.Contiguous), strategies.ErrNoSpace)
	if !p.can(strategies.CapScatter) {
		p.refuse(p.page(2, 0), strategies.ErrNoSpace)
	}
	p.allocator.Free(held[0]) // pages 0, 1 and 2 are free now
	two := p.grant(p.page(2, strategies.Contiguous))
	p.refuse(p.page(2, strategies.Contiguous), strategies.ErrNoSpace)
	p.allocator.Free(two)
	p.release(held[1:])
	p.empty("after the pages apart were given back")
}

func (p *probe) testScatter() {
	held, ok := p.everySecond()
	if !ok {
		return
	}
	half := p.pages() - uint64(len(held))
	p.refuse(p.page(half+1, 0), strategies.ErrNoSpace)
	all := p.grant(p.page(half, 0))
	p.refuse(p.page(1, 0), strategies.ErrNoSpace)
	p.allocator.Free(all)
	some := p.grant(p.page(half-1, 0))
	last := p.grant(p.page(1, 0))
	p.refuse(p.page(1, 0), strategies.ErrNoSpace)
	p.release(append([][]strategies.Block{some, last}, held...))
	p.empty("after scattered grants were given back")
}

func (p *probe) testCleared() {
	cleared := p.freeEveryFourth()
	for range len(cleared) / 2 {
		got := p.grant(p.page(1, strategies.Clear))
		if !slices.Contains(cleared, got[0].Start) {
			program.Failf("a Clear request got %s, while pages known to be zero are free", strategies.Blocks(got))
		}
	}
	p.mergeCleared()
}

// freeEveryFourth fills the region and frees page 0 and every fourth after it
// as zero, page 2 and every fourth after it as it is. It returns where the
// former are.
func (p *probe) freeEveryFourth() (cleared []uint64) {
	held, _ := p.full()
	for i, blocks := range held {
		switch i % 4 {
		case 0:
			p.allocator.(strategies.ClearFreer).FreeCleared(blocks)
			cleared = append(cleared, blocks[0].Start)
		case 2:
			p.allocator.Free(blocks)
		}
	}
	return cleared
}

// mergeCleared gives every second page back as zero: a request for the largest
// run must still find it.
func (p *probe) mergeCleared() {
	q := p.another()
	held, _ := q.full()
	for i, blocks := range held {
		if i%2 == 0 {
			q.allocator.(strategies.ClearFreer).FreeCleared(blocks)
		} else {
			q.allocator.Free(blocks)
		}
	}
	q.empty("after every second page was given back as zero")
	for size := q.largest(); size >= q.region.Page; size /= 2 {
		q.allocator.Free(q.grant(strategies.Request{Size: size, Flags: strategies.Contiguous}))
	}
}
