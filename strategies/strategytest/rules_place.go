package strategytest

import (
	"errors"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

func testAlign(p *probe.Probe) {
	for align := p.Region.Page; align <= p.Largest(); align *= 2 {
		alignAfterOnePage(p, align)
		fillAligned(p, align)
	}
}

// alignAfterOnePage asks for aligned memory where the lowest or highest page is
// taken: the first place that is free is the wrong one. Checked looks at where
// the grants are.
func alignAfterOnePage(p *probe.Probe, align uint64) {
	one := p.Grant(p.Page(1, 0))
	for _, size := range []uint64{p.Region.Page, align / 2, align, 2 * align, 3 * p.Region.Page} {
		for _, flags := range []strategies.Flags{0, strategies.TopDown, strategies.Contiguous} {
			p.Try(strategies.Request{Size: size, Align: align, Flags: flags})
		}
	}
	p.Allocator.Free(one)
	p.Empty("after aligned grants were given back")
}

// fillAligned takes every aligned place there is.
func fillAligned(p *probe.Probe, align uint64) {
	var held [][]strategies.Block
	for range p.Managed() / align {
		held = append(held, p.Grant(strategies.Request{Size: align, Align: align}))
	}
	if p.Pages()%(align/p.Region.Page) != 0 {
		p.Refuse(strategies.Request{Size: align, Align: align})
	}
	p.Release(probe.Shuffled(held, align))
	p.Empty("after every aligned place was taken and given back")
}

func testAnyAlign(p *probe.Probe) {
	for _, n := range []uint64{3, 5, 6, 7, 12} {
		if 2*n > p.Pages() {
			break
		}
		one := p.Grant(p.Page(1, 0))
		for _, flags := range []strategies.Flags{0, strategies.TopDown, strategies.Contiguous} {
			p.Allocator.Free(p.Grant(strategies.Request{Size: p.Bytes(1), Align: p.Bytes(n), Flags: flags}))
			p.Try(strategies.Request{Size: p.Bytes(n), Align: p.Bytes(n) + p.Region.Page/2, Flags: flags})
		}
		p.Allocator.Free(one)
	}
	p.Allocator.Free(p.Grant(strategies.Request{Size: p.Region.Page, Align: 1000}))
	p.Empty("after oddly aligned grants were given back")
}

func testWindow(p *probe.Probe) {
	last := p.Pages() - 1
	for _, at := range []uint64{0, 1, p.Pages() / 2, last - min(last, 1), last} {
		if at > last {
			continue
		}
		exact := p.Grant(p.In(1, at, at+1))
		if exact[0].Start != p.Bytes(at) {
			program.Failf("the only page of the window is %d, granted was %s", p.Bytes(at), strategies.Blocks(exact))
		}
		p.Refuse(p.In(1, at, at+1), strategies.ErrNoSpace)
		p.Allocator.Free(exact)
		p.Allocator.Free(p.Grant(p.In(1, at, min(at+3, p.Pages()))))
	}
	p.Allocator.Free(p.Grant(p.In(1, 0, p.Pages())))
	if p.TakesAll() {
		p.Allocator.Free(p.Grant(p.In(p.Pages(), 0, p.Pages())))
	}
	p.Empty("after grants in windows were given back")
}

// testWindowFull fills the middle third with pages, then with one grant.
func testWindowFull(p *probe.Probe) {
	lo, hi := p.Pages()/3, p.Pages()-p.Pages()/3
	outside := p.Managed() - p.Bytes(hi-lo)
	var held [][]strategies.Block
	for range hi - lo {
		held = append(held, p.Grant(p.In(1, lo, hi)))
	}
	p.Refuse(p.In(1, lo, hi), strategies.ErrNoSpace)
	if free := probe.Total(p.FreeRuns()); free != outside {
		program.Failf("the window [%d, %d) is full and %d bytes are free, not the %d outside it", p.Bytes(lo), p.Bytes(hi), free, outside)
	}
	p.Release(probe.Shuffled(held, 3))
	if !p.Can(strategies.CapRoundUp) {
		p.Allocator.Free(p.Grant(p.In(hi-lo, lo, hi)))
	}
	p.Empty("after the window was given back")
}

func testOddWindow(p *probe.Probe) {
	last := p.Pages() - 1
	p.Allocator.Free(p.Grant(p.In(1, last, 0))) // no upper limit
	p.Allocator.Free(p.Grant(p.In(1, 0, 0)))
	p.Refuse(p.In(1, last+1, 0)) // begins where the region ends
	p.Refuse(p.In(1, last+5, last+9))
	p.Refuse(strategies.Request{Size: p.Bytes(1), Lo: -p.Region.Page, Flags: strategies.Range})
	mayRefuse(p, p.In(1, 0, last+9)) // runs past the end
	mayRefuse(p, p.In(1, last, last+9))
	mayRefuse(p, strategies.Request{Size: p.Bytes(1), Lo: p.Bytes(last), Hi: 1<<64 - 1, Flags: strategies.Range})
	mayRefuse(p, strategies.Request{Size: p.Bytes(1), Lo: p.Bytes(last) + 1, Hi: p.Managed() + 1, Flags: strategies.Range})
	if last < 3 {
		return
	}
	p.Refuse(p.In(1, 2, 2))
	p.Refuse(p.In(1, 3, 1))
	p.Refuse(p.In(3, 1, 3))
	p.Refuse(probe.With(p.In(3, 1, 3), strategies.Contiguous))
	p.Refuse(p.In(2, last, 0))
	p.Refuse(probe.With(p.In(2, last, last+1), strategies.TopDown))
	p.Empty("after windows that are odd")
}

// mayRefuse allocates r, which may be granted or refused; Checked looks at what
// happens.
func mayRefuse(p *probe.Probe, r strategies.Request) {
	if blocks, err := p.Allocator.Alloc(nil, r); err == nil {
		p.Allocator.Free(blocks)
	} else if errors.Is(err, strategies.ErrTooBig) {
		program.Failf("%v fits into the region and was refused with %q", r, err)
	}
}

// testTopDown takes a quarter of the region from the top, page by page.
func testTopDown(p *probe.Probe) {
	var held [][]strategies.Block
	for range p.Pages() / 4 {
		blocks := p.Grant(p.Page(1, strategies.TopDown))
		held = append(held, blocks)
		if blocks[0].Start < p.Managed()/2 {
			program.Failf("page %d from the top was granted as %s, in the lower half", len(held), strategies.Blocks(blocks))
		}
	}
	p.Release(held)
}
