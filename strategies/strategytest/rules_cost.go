package strategytest

import (
	"runtime"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// testHeap repeats one program of grants and frees until everything that grows
// has grown, and counts what further rounds take from the heap.
func (p *probe) testHeap() {
	a := p.raw()
	live := make([][]strategies.Block, min(32, p.pages()))
	for i := range live {
		live[i] = make([]strategies.Block, 0, p.pages())
	}
	sizes := []uint64{1, 3, 2, 16, 1, 5}
	turn := 0
	round := func() {
		for i := range live {
			r := p.page(min(sizes[turn%len(sizes)], p.largest()/p.region.Page), 0)
			if turn%3 == 2 {
				r.Flags = strategies.Contiguous
			}
			turn++
			p.turnOver(a, live, i, r)
		}
	}
	warm := func() {
		for range 4 * len(sizes) {
			round()
		}
	}
	warm()
	warm()
	if n := testing.AllocsPerRun(3, warm); n != 0 {
		p.failf("%d calls of Alloc and Free took %v objects from the Go heap", 2*4*len(sizes)*len(live), n)
	}
}

// turnOver frees what live[i] holds and allocates r in its place, if there is
// room.
func (p *probe) turnOver(a strategies.Allocator, live [][]strategies.Block, i int, r strategies.Request) {
	if len(live[i]) > 0 {
		a.Free(live[i])
	}
	var err error
	live[i], err = a.Alloc(live[i][:0], r)
	if err != nil && err != strategies.ErrNoSpace {
		p.failf("%v was refused with %v", r, err)
	}
}

// hugeBudget is what an allocator of 2^64-1 bytes may take from the heap: far
// more than what is live needs, far less than a bit per thousand pages.
const hugeBudget = 16 << 20

func (p *probe) testHuge() {
	if taken := p.heapTaken(); taken > hugeBudget {
		p.failf("New and a few grants took %d bytes from the Go heap, more than %d", taken, hugeBudget)
	}
	run := p.grant(strategies.Request{Size: p.largest(), Flags: strategies.Contiguous})
	if p.can(strategies.CapPow2Blocks) && len(run) != 1 {
		p.failf("the largest power of two was granted as %s, not as one block", show(run))
	}
	held := [][]strategies.Block{run, p.grant(p.page(1, 0)), p.grant(p.page(1, strategies.TopDown)), p.grant(p.page(1<<20, 0))}
	if p.can(strategies.CapWindow) {
		held = append(held,
			p.grant(p.in(1, p.pages()-9, p.pages()-5)),
			p.grant(p.in(1, p.pages()-5, 0)))
	}
	p.refuse(strategies.Request{Size: p.largest(), Flags: strategies.Contiguous}, strategies.ErrNoSpace)
	p.refuse(strategies.Request{Size: 1<<64 - 1})
	p.release(held)
	p.empty("after everything was given back")
	p.testWhole()
	if f, ok := strategies.As[strategies.Footprinter](p.raw()); ok && f.Footprint() > hugeBudget {
		p.failf("a new allocator has a footprint of %d bytes, more than %d", f.Footprint(), hugeBudget)
	}
}

// heapTaken is what a new allocator and a few grants take from the Go heap.
func (p *probe) heapTaken() uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := p.raw()
	for range 4 {
		if _, err := a.Alloc(nil, p.page(1, 0)); err != nil {
			p.failf("a page was refused: %v", err)
		}
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
