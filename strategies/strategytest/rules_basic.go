package strategytest

import (
	"errors"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

func testRegions(p *probe.Probe) {
	for _, r := range []strategies.Region{
		{},
		{Size: 1 << 20},
		{Page: 4096},
		{Size: 4095, Page: 4096},
		{Size: 1 << 20, Page: 2048},
		{Size: 1 << 20, Page: 4097},
		{Size: 1 << 20, Page: 3 * 4096},
		{Size: 1 << 20, Page: 2 << 20},
		{Size: 1 << 20, Page: 4096, Visible: 1<<20 + 1},
	} {
		switch _, err := p.Strategy.New(r); {
		case err == nil:
			program.Failf("New accepted %+v: %v", r, r.Validate())
		case !errors.Is(err, strategies.ErrInvalid):
			program.Failf("New refused %+v with %q, which does not wrap ErrInvalid", r, err)
		}
	}
}

func testNew(p *probe.Probe) { p.Empty("in a new allocator") }

func testFreeBlocks(p *probe.Probe) {
	held := p.Grant(p.Page(1, 0))
	before := p.FreeRuns()
	for range p.Allocator.FreeBlocks() {
		break // an iterator that calls its consumer again now panics
	}
	if after := p.FreeRuns(); !slices.Equal(before, after) {
		program.Failf("reading what is free changed it from %s to %s", strategies.Blocks(before), strategies.Blocks(after))
	}
	p.Allocator.Free(held)
}

func testSizes(p *probe.Probe) {
	for _, n := range []uint64{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 100, 128, 200, 256} {
		for _, flags := range []strategies.Flags{0, strategies.Contiguous} {
			if p.Bytes(n) <= p.Largest() {
				r := p.Page(n, flags)
				p.Allocator.Free(p.Grant(r))
				p.Empty("after a grant and free of " + r.String())
			}
		}
	}
}

func testWhole(p *probe.Probe) {
	shaped := p.Can(strategies.CapRoundUp) || p.Can(strategies.CapPow2Blocks)
	if shaped && !p.Can(strategies.CapScatter) && p.Largest() != p.Managed() {
		return // powers of two in one run cannot
	}
	for range 5 {
		all := p.Grant(p.Page(p.Pages(), 0))
		p.Refuse(p.Page(1, 0), strategies.ErrNoSpace)
		p.Allocator.Free(all)
		p.Empty("with the whole region given back")
	}
}

func testBytes(p *probe.Probe) {
	for _, size := range []uint64{1, p.Region.Page - 1, p.Region.Page/2 + 1} {
		p.Try(strategies.Request{Size: size}) // Checked looks at the total
		if p.Pages() > 4 {
			p.Try(strategies.Request{Size: p.Bytes(2) + size})
			p.Try(strategies.Request{Size: p.Bytes(2) + size, Flags: strategies.Contiguous})
		}
	}
	p.Empty("after requests of odd sizes")
}

func testZero(p *probe.Probe) {
	for _, r := range []strategies.Request{
		{},
		{Flags: strategies.Contiguous},
		{Flags: strategies.TopDown | strategies.Clear},
		{Align: p.Region.Page},
		{Flags: strategies.Range},
		{Flags: strategies.Range, Hi: p.Managed()},
		{Flags: strategies.Range, Lo: p.Region.Page, Hi: p.Region.Page},
	} {
		p.Refuse(r)
	}
}

func testTooLarge(p *probe.Probe) {
	for _, size := range []uint64{p.Managed() + 1, p.Managed() + p.Region.Page, 2 * p.Managed(), 1 << 63, -p.Region.Page, 1<<64 - 1} {
		for _, flags := range []strategies.Flags{0, strategies.Contiguous, strategies.TopDown, strategies.Range} {
			p.Refuse(strategies.Request{Size: size, Flags: flags})
			p.Refuse(strategies.Request{Size: size, Flags: flags, Lo: p.Region.Page, Hi: p.Managed(), Align: 2 * p.Region.Page})
		}
	}
	p.Empty("after requests that are too large")
}

func testClear(p *probe.Probe) {
	for n := uint64(1); p.Bytes(n) <= p.Largest(); n *= 2 {
		p.Allocator.Free(p.Grant(p.Page(n, strategies.Clear)))
		p.Allocator.Free(p.Grant(p.Page(n, strategies.Clear|strategies.Contiguous)))
	}
	p.Empty("after Clear requests were given back")
}

func testAppend(p *probe.Probe) {
	prefix := []strategies.Block{{Start: 1, Size: 2, Node: 3}, {Start: 4, Size: 5, Node: 6}}
	roomy := append(make([]strategies.Block, 0, 64), prefix...)
	for _, dst := range [][]strategies.Block{nil, {}, slices.Clip(prefix), roomy} {
		out, err := p.Allocator.Alloc(dst, p.Page(1, 0)) // Checked looks at the prefix
		if err != nil {
			program.Failf("a page was refused: %v", err)
		}
		if cap(dst) == 64 && &out[0] != &dst[0] {
			program.Failf("dst had room for 62 blocks and was copied elsewhere")
		}
		granted := slices.Clone(out[len(dst):])
		clear(out[:cap(out)]) // a reference kept would now see nothing
		p.SelfCheck()
		p.Allocator.Free(granted)
		p.Empty("after the grant was given back as a copy")
	}
}
