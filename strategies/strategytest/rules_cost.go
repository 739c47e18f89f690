package strategytest

import (
	"runtime"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// testHeap repeats one program of grants and frees until everything that grows
// has grown, and counts what further rounds take from the heap.
func testHeap(p *probe.Probe) {
	a := p.Raw()
	live := make([][]strategies.Block, min(32, p.Pages()))
	for i := range live {
		live[i] = make([]strategies.Block, 0, p.Pages())
	}
	sizes := []uint64{1, 3, 2, 16, 1, 5}
	turn := 0
	round := func() {
		for i := range live {
			r := p.Page(min(sizes[turn%len(sizes)], p.Largest()/p.Region.Page), 0)
			if turn%3 == 2 {
				r.Flags = strategies.Contiguous
			}
			turn++
			turnOver(p, a, live, i, r)
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
		program.Failf("%d calls of Alloc and Free took %v objects from the Go heap", 2*4*len(sizes)*len(live), n)
	}
}

// turnOver frees what live[i] holds and allocates r in its place, if there is
// room.
func turnOver(p *probe.Probe, a strategies.Allocator, live [][]strategies.Block, i int, r strategies.Request) {
	if len(live[i]) > 0 {
		a.Free(live[i])
	}
	var err error
	live[i], err = a.Alloc(live[i][:0], r)
	if err != nil && err != strategies.ErrNoSpace {
		program.Failf("%v was refused with %v", r, err)
	}
}

// hugeBudget is what an allocator of 2^64-1 bytes may take from the heap: far
// more than what is live needs, far less than a bit per thousand pages.
const hugeBudget = 16 << 20

func testHuge(p *probe.Probe) {
	if taken := heapTaken(p); taken > hugeBudget {
		program.Failf("New and a few grants took %d bytes from the Go heap, more than %d", taken, hugeBudget)
	}
	var held [][]strategies.Block
	if p.Can(strategies.CapWindow) { // before others, which may lie anywhere
		held = append(held,
			p.Grant(p.In(1, p.Pages()-9, p.Pages()-5)),
			p.Grant(p.In(1, p.Pages()-5, 0)))
	}
	run := p.Grant(strategies.Request{Size: p.Largest(), Flags: strategies.Contiguous})
	if p.Can(strategies.CapPow2Blocks) && len(run) != 1 {
		program.Failf("the largest power of two was granted as %s, not as one block", strategies.Blocks(run))
	}
	held = append(held, run, p.Grant(p.Page(1, 0)), p.Grant(p.Page(1, strategies.TopDown)), p.Grant(p.Page(1<<20, 0)))
	p.Refuse(strategies.Request{Size: p.Largest(), Flags: strategies.Contiguous}, strategies.ErrNoSpace)
	p.Refuse(strategies.Request{Size: 1<<64 - 1})
	p.Release(held)
	p.Empty("after everything was given back")
	testWhole(p)
	if f, ok := strategies.As[strategies.Footprinter](p.Raw()); ok && f.Footprint() > hugeBudget {
		program.Failf("a new allocator has a footprint of %d bytes, more than %d", f.Footprint(), hugeBudget)
	}
}

// heapTaken is what a new allocator and a few grants take from the Go heap.
func heapTaken(p *probe.Probe) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := p.Raw()
	for range 4 {
		if _, err := a.Alloc(nil, p.Page(1, 0)); err != nil {
			program.Failf("a page was refused: %v", err)
		}
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
