package optest

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// Mix is a region and a distribution of operations on it. Percentages are of
// the requests.
type Mix struct {
	Name   string
	Region strategies.Region
	// Most is the largest usual request in pages; a few requests are larger,
	// up to more than the region.
	Most       uint64
	Aligned    int  // percent with an alignment ...
	AnyAlign   bool // ... which need not be a power of two nor whole pages
	Window     int  // percent with a window: exact, open, odd, any
	TopDown    int
	Contiguous int
	Clear      int // also the percentage of frees as cleared
	Odd        int // percent that may make no sense
}

// A chooser makes decisions: n returns a number below n > 0.
type chooser interface{ n(n uint64) uint64 }

// percent is false for a chooser that always says 0, but for 100.
func percent(c chooser, p int) bool { return c.n(100) >= uint64(100-p) }

// growth is the share of allocations in percent, for one stretch of operations
// after the other: fill, stay full, drain, stay half full.
var growth = [...]int{80, 75, 50, 50, 30, 50, 52, 25, 50, 60}

// next decides operation i of n. Its id is i.
func (m Mix) next(p *pair, c chooser, i, n int) op {
	stretch := max(100, n/2/len(growth))
	if percent(c, growth[i/stretch%len(growth)]) || len(p.live) == 0 {
		return op{id: uint64(i), req: m.request(p, c)}
	}
	o := op{free: true}
	switch c.n(6) {
	case 0:
		o.id = p.live[0].id
	case 1:
		o.id = p.live[len(p.live)-1].id
	default:
		o.id = p.live[c.n(uint64(len(p.live)))].id
	}
	o.cleared = p.clears && percent(c, m.Clear)
	return o
}

func (m Mix) request(p *pair, c chooser) strategies.Request {
	r := strategies.Request{Size: m.size(p, c)}
	if percent(c, m.Aligned) {
		r.Align = m.align(c)
	}
	if percent(c, m.TopDown) {
		r.Flags |= strategies.TopDown
	}
	if percent(c, m.Contiguous) {
		r.Flags |= strategies.Contiguous
	}
	if p.clears && percent(c, m.Clear) {
		r.Flags |= strategies.Clear
	}
	if percent(c, m.Window) {
		r.Flags |= strategies.Range
		m.window(p, c, &r)
	}
	if percent(c, m.Odd) {
		m.spoil(c, &r)
	}
	return r
}

// size is a whole number of pages: small, around a power of two, as lately
// freed, anything.
func (m Mix) size(p *pair, c chooser) uint64 {
	page, pages := m.Region.Page, m.Region.Managed()/m.Region.Page
	switch kind := c.n(64); {
	case kind < 8:
		return page
	case kind < 16:
		return page * (1 + c.n(min(m.Most, 8)))
	case kind < 30:
		return page * max(1, 1<<c.n(uint64(bits.Len64(m.Most)))+c.n(3)-1)
	case kind < 40:
		return max(2*page, p.freed[c.n(uint64(len(p.freed)))].Size) + page*c.n(3) - page
	case kind == 40:
		return page * (1 + c.n(pages))
	case kind == 41:
		return page * max(1, pages+c.n(4)-2)
	}
	return page * (1 + c.n(m.Most))
}

func (m Mix) align(c chooser) uint64 {
	page := m.Region.Page
	pow2 := uint64(bits.Len64(m.Most)) + 1
	if !m.AnyAlign {
		return page << c.n(pow2)
	}
	switch c.n(6) {
	case 0, 1:
		return page << c.n(pow2)
	case 2:
		return page * 3 << c.n(pow2)
	case 3:
		return page * (1 + c.n(2*m.Most))
	case 4:
		return 1 << c.n(64)
	}
	return 1 + c.n(8*page)
}

// window gives r one. A window of exactly the size is a special case of some
// allocators, as is one that makes no sense.
func (m Mix) window(p *pair, c chooser, r *strategies.Request) {
	freed := p.freed[c.n(uint64(len(p.freed)))]
	switch c.n(10) {
	case 0:
		r.Lo, r.Hi = m.address(p, c), 0
		r.Hi = r.Lo + r.Size
	case 1:
		if freed.Size != 0 {
			r.Lo, r.Hi, r.Size = freed.Start, freed.End(), freed.Size
		}
	case 2:
		r.Hi = m.address(p, c)
	case 3:
		r.Lo, r.Hi = m.address(p, c), m.Region.Managed()
	case 4:
		r.Lo = m.address(p, c) // and no upper limit
	case 5:
		r.Hi = m.Region.Managed()
	case 6:
		r.Lo = m.address(p, c)
		r.Hi = r.Lo + r.Size + m.Region.Page*c.n(1+m.Most)
	case 7:
		r.Lo, r.Hi = m.address(p, c), m.address(p, c)
	default:
		a, b := m.address(p, c), m.address(p, c)
		r.Lo, r.Hi = min(a, b), max(a, b)
	}
}

// address is a multiple of the page: an edge of a live block, where something
// was freed, or anywhere.
func (m Mix) address(p *pair, c chooser) uint64 {
	page, pages := m.Region.Page, m.Region.Managed()/m.Region.Page
	switch kind := c.n(8); {
	case kind < 2 && len(p.live) > 0:
		blocks := p.live[c.n(uint64(len(p.live)))].slow
		if b := blocks[c.n(uint64(len(blocks)))]; kind == 0 {
			return b.Start
		} else {
			return b.End()
		}
	case kind < 4:
		return p.freed[c.n(uint64(len(p.freed)))].Start
	case kind == 4:
		return page * c.n(pages+1) &^ (page<<c.n(uint64(bits.Len64(m.Most))) - 1)
	}
	return page * c.n(pages+1)
}

// spoil makes r odd in one way.
func (m Mix) spoil(c chooser, r *strategies.Request) {
	page := m.Region.Page
	switch c.n(9) {
	case 0:
		r.Size = 0
	case 1:
		r.Size -= c.n(page)
	case 2:
		r.Size = -c.n(2 * page)
	case 3:
		r.Align = 1 + c.n(4*page)
	case 4:
		r.Align = 1 << c.n(64)
	case 5:
		r.Align = -c.n(2 * page)
	case 6:
		r.Lo += c.n(2 * page)
	case 7:
		r.Hi += c.n(2 * page)
	case 8:
		r.Lo, r.Hi = r.Hi, -c.n(2*page)
	}
}
