package strategytest

import (
	"errors"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

func (p *probe) testAlign() {
	for align := p.region.Page; align <= p.largest(); align *= 2 {
		p.alignAfterOnePage(align)
		p.fillAligned(align)
	}
}

// alignAfterOnePage asks for aligned memory where the lowest or highest page is
// taken: the first place that is free is the wrong one. Checked looks at where
// the grants are.
func (p *probe) alignAfterOnePage(align uint64) {
	one := p.grant(p.page(1, 0))
	for _, size := range []uint64{p.region.Page, align / 2, align, 2 * align, 3 * p.region.Page} {
		for _, flags := range []strategies.Flags{0, strategies.TopDown, strategies.Contiguous} {
			p.try(strategies.Request{Size: size, Align: align, Flags: flags})
		}
	}
	p.allocator.Free(one)
	p.empty("after aligned grants were given back")
}

// fillAligned takes every aligned place there is.
func (p *probe) fillAligned(align uint64) {
	var held [][]strategies.Block
	for range p.managed() / align {
		held = append(held, p.grant(strategies.Request{Size: align, Align: align}))
	}
	if p.pages()%(align/p.region.Page) != 0 {
		p.refuse(strategies.Request{Size: align, Align: align})
	}
	p.release(shuffled(held, align))
	p.empty("after every aligned place was taken and given back")
}

func (p *probe) testAnyAlign() {
	for _, n := range []uint64{3, 5, 6, 7, 12} {
		if 2*n > p.pages() {
			break
		}
		one := p.grant(p.page(1, 0))
		for _, flags := range []strategies.Flags{0, strategies.TopDown, strategies.Contiguous} {
			p.allocator.Free(p.grant(strategies.Request{Size: p.bytes(1), Align: p.bytes(n), Flags: flags}))
			p.try(strategies.Request{Size: p.bytes(n), Align: p.bytes(n) + p.region.Page/2, Flags: flags})
		}
		p.allocator.Free(one)
	}
	p.allocator.Free(p.grant(strategies.Request{Size: p.region.Page, Align: 1000}))
	p.empty("after oddly aligned grants were given back")
}

func (p *probe) testWindow() {
	last := p.pages() - 1
	for _, at := range []uint64{0, 1, p.pages() / 2, last - min(last, 1), last} {
		if at > last {
			continue
		}
		exact := p.grant(p.in(1, at, at+1))
		if exact[0].Start != p.bytes(at) {
			program.Failf("the only page of the window is %d, granted was %s", p.bytes(at), strategies.Blocks(exact))
		}
		p.refuse(p.in(1, at, at+1), strategies.ErrNoSpace)
		p.allocator.Free(exact)
		p.allocator.Free(p.grant(p.in(1, at, min(at+3, p.pages()))))
	}
	p.allocator.Free(p.grant(p.in(1, 0, p.pages())))
	if p.takesAll() {
		p.allocator.Free(p.grant(p.in(p.pages(), 0, p.pages())))
	}
	p.empty("after grants in windows were given back")
}

// testWindowFull fills the middle third with pages, then with one grant.
func (p *probe) testWindowFull() {
	lo, hi := p.pages()/3, p.pages()-p.pages()/3
	outside := p.managed() - p.bytes(hi-lo)
	var held [][]strategies.Block
	for range hi - lo {
		held = append(held, p.grant(p.in(1, lo, hi)))
	}
	p.refuse(p.in(1, lo, hi), strategies.ErrNoSpace)
	if free := total(p.freeRuns()); free != outside {
		program.Failf("the window [%d, %d) is full and %d bytes are free, not the %d outside it", p.bytes(lo), p.bytes(hi), free, outside)
	}
	p.release(shuffled(held, 3))
	if !p.can(strategies.CapRoundUp) {
		p.allocator.Free(p.grant(p.in(hi-lo, lo, hi)))
	}
	p.empty("after the window was given back")
}

func (p *probe) testOddWindow() {
	last := p.pages() - 1
	p.allocator.Free(p.grant(p.in(1, last, 0))) // no upper limit
	p.allocator.Free(p.grant(p.in(1, 0, 0)))
	p.refuse(p.in(1, last+1, 0)) // begins where the region ends
	p.refuse(p.in(1, last+5, last+9))
	p.refuse(strategies.Request{Size: p.bytes(1), Lo: -p.region.Page, Flags: strategies.Range})
	p.mayRefuse(p.in(1, 0, last+9)) // runs past the end
	p.mayRefuse(p.in(1, last, last+9))
	p.mayRefuse(strategies.Request{Size: p.bytes(1), Lo: p.bytes(last), Hi: 1<<64 - 1, Flags: strategies.Range})
	p.mayRefuse(strategies.Request{Size: p.bytes(1), Lo: p.bytes(last) + 1, Hi: p.managed() + 1, Flags: strategies.Range})
	if last < 3 {
		return
	}
	p.refuse(p.in(1, 2, 2))
	p.refuse(p.in(1, 3, 1))
	p.refuse(p.in(3, 1, 3))
	p.refuse(with(p.in(3, 1, 3), strategies.Contiguous))
	p.refuse(p.in(2, last, 0))
	p.refuse(with(p.in(2, last, last+1), strategies.TopDown))
	p.empty("after windows that are odd")
}

// mayRefuse allocates r, which may be granted or refused; Checked looks at what
// happens.
func (p *probe) mayRefuse(r strategies.Request) {
	if blocks, err := p.allocator.Alloc(nil, r); err == nil {
		p.allocator.Free(blocks)
	} else if errors.Is(err, strategies.ErrTooBig) {
		program.Failf("%v fits into the region and was refused with %q", r, err)
	}
}

// testTopDown takes a quarter of the region from the top, page by page.
func (p *probe) testTopDown() {
	var held [][]strategies.Block
	for range p.pages() / 4 {
		blocks := p.grant(p.page(1, strategies.TopDown))
		held = append(held, blocks)
		if blocks[0].Start < p.managed()/2 {
			program.Failf("page %d from the top was granted as %s, in the lower half", len(held), strategies.Blocks(blocks))
		}
	}
	p.release(held)
}
