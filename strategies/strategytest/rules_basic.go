package strategytest

import (
	"errors"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

func (p *probe) testRegions() {
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
		switch _, err := p.strategy.New(r); {
		case err == nil:
			program.Failf("New accepted %+v: %v", r, r.Validate())
		case !errors.Is(err, strategies.ErrInvalid):
			program.Failf("New refused %+v with %q, which does not wrap ErrInvalid", r, err)
		}
	}
}

func (p *probe) testNew() { p.empty("in a new allocator") }

func (p *probe) testFreeBlocks() {
	held := p.grant(p.page(1, 0))
	before := p.freeRuns()
	for range p.allocator.FreeBlocks() {
		break // an iterator that calls its consumer again now panics
	}
	if after := p.freeRuns(); !slices.Equal(before, after) {
		program.Failf("reading what is free changed it from %s to %s", strategies.Blocks(before), strategies.Blocks(after))
	}
	p.allocator.Free(held)
}

func (p *probe) testSizes() {
	for _, n := range []uint64{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 100, 128, 200, 256} {
		for _, flags := range []strategies.Flags{0, strategies.Contiguous} {
			if p.bytes(n) <= p.largest() {
				r := p.page(n, flags)
				p.allocator.Free(p.grant(r))
				p.empty("after a grant and free of " + r.String())
			}
		}
	}
}

func (p *probe) testWhole() {
	shaped := p.can(strategies.CapRoundUp) || p.can(strategies.CapPow2Blocks)
	if shaped && !p.can(strategies.CapScatter) && p.largest() != p.managed() {
		return // powers of two in one run cannot
	}
	for range 5 {
		all := p.grant(p.page(p.pages(), 0))
		p.refuse(p.page(1, 0), strategies.ErrNoSpace)
		p.allocator.Free(all)
		p.empty("with the whole region given back")
	}
}

func (p *probe) testBytes() {
	for _, size := range []uint64{1, p.region.Page - 1, p.region.Page/2 + 1} {
		p.try(strategies.Request{Size: size}) // Checked looks at the total
		if p.pages() > 4 {
			p.try(strategies.Request{Size: p.bytes(2) + size})
			p.try(strategies.Request{Size: p.bytes(2) + size, Flags: strategies.Contiguous})
		}
	}
	p.empty("after requests of odd sizes")
}

func (p *probe) testZero() {
	for _, r := range []strategies.Request{
		{},
		{Flags: strategies.Contiguous},
		{Flags: strategies.TopDown | strategies.Clear},
		{Align: p.region.Page},
		{Flags: strategies.Range},
		{Flags: strategies.Range, Hi: p.managed()},
		{Flags: strategies.Range, Lo: p.region.Page, Hi: p.region.Page},
	} {
		p.refuse(r)
	}
}

func (p *probe) testTooLarge() {
	for _, size := range []uint64{p.managed() + 1, p.managed() + p.region.Page, 2 * p.managed(), 1 << 63, -p.region.Page, 1<<64 - 1} {
		for _, flags := range []strategies.Flags{0, strategies.Contiguous, strategies.TopDown, strategies.Range} {
			p.refuse(strategies.Request{Size: size, Flags: flags})
			p.refuse(strategies.Request{Size: size, Flags: flags, Lo: p.region.Page, Hi: p.managed(), Align: 2 * p.region.Page})
		}
	}
	p.empty("after requests that are too large")
}

func (p *probe) testClear() {
	for n := uint64(1); p.bytes(n) <= p.largest(); n *= 2 {
		p.allocator.Free(p.grant(p.page(n, strategies.Clear)))
		p.allocator.Free(p.grant(p.page(n, strategies.Clear|strategies.Contiguous)))
	}
	p.empty("after Clear requests were given back")
}

func (p *probe) testAppend() {
	prefix := []strategies.Block{{Start: 1, Size: 2, Node: 3}, {Start: 4, Size: 5, Node: 6}}
	roomy := append(make([]strategies.Block, 0, 64), prefix...)
	for _, dst := range [][]strategies.Block{nil, {}, slices.Clip(prefix), roomy} {
		out, err := p.allocator.Alloc(dst, p.page(1, 0)) // Checked looks at the prefix
		if err != nil {
			program.Failf("a page was refused: %v", err)
		}
		if cap(dst) == 64 && &out[0] != &dst[0] {
			program.Failf("dst had room for 62 blocks and was copied elsewhere")
		}
		granted := slices.Clone(out[len(dst):])
		clear(out[:cap(out)]) // a reference kept would now see nothing
		p.selfCheck()
		p.allocator.Free(granted)
		p.empty("after the grant was given back as a copy")
	}
}
