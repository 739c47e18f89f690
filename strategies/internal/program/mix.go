package program

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
	Clear      int
	Odd        int // percent that may make no sense
	Zero       int // percent of the frees whose memory is cleared
	Burst      int // up to so many frees in a row, then as many allocations

	// Percent of the operations that trim or reset, where the allocator can.
	Trim, Reset int
}

// Mixes are the usual ones for any strategy in a region. Allocators break near full,
// in windows, and where odd requests meet fragmented memory.
func Mixes(region strategies.Region) []Mix {
	pages := region.Managed() / region.Page
	return []Mix{
		{Name: "pages", Region: region, Most: 1 + pages/64, Zero: 50},
		{Name: "full", Region: region, Most: 1 + pages/12, TopDown: 33, Zero: 50, Trim: 10},
		{Name: "aligned", Region: region, Most: 1 + pages/8, Aligned: 33, Contiguous: 25, TopDown: 25, Clear: 25, Zero: 50, Trim: 5, Reset: 1},
		{Name: "windows", Region: region, Most: 1 + pages/10, Aligned: 33, Window: 75, Contiguous: 25, TopDown: 25, Zero: 50},
		{Name: "odd", Region: region, Most: 1 + pages/5, Aligned: 33, AnyAlign: true, Window: 40, Contiguous: 40, TopDown: 20, Clear: 20, Odd: 25, Zero: 50, Trim: 5, Reset: 1},
	}
}

// growth is the share of allocations in percent, for one stretch of operations
// after the other: fill, stay full, drain, stay half full.
var growth = [...]int{80, 75, 50, 50, 30, 50, 52, 25, 50, 60}

// Author decides operations from the state of a run.
type Author struct {
	mix   Mix
	run   *Run
	c     Chooser
	i, of int // operations decided, and to be

	frees, allocs int // left of a burst
	trim, reset   int // percent, 0 where the allocator cannot
}

// NewAuthor returns an author of n operations for r, and then of frees for as long as
// something is live.
func NewAuthor(m Mix, r *Run, c Chooser, n int) *Author {
	a := &Author{mix: m, run: r, c: c, of: n}
	if _, ok := strategies.As[strategies.Trimmer](r.Allocator); ok {
		a.trim = m.Trim
	}
	if _, ok := strategies.As[strategies.ClearResetter](r.Allocator); ok {
		a.reset = m.Reset
	}
	return a
}

// Next decides the next operation. The ids of allocations and resets are their numbers.
func (a *Author) Next() Op {
	a.c.begin()
	a.i++
	switch own := a.i <= a.of; {
	case own && a.trim > 0 && len(a.run.Live) > 0 && percent(a.c, a.trim):
		return a.trimming()
	case own && a.reset > 0 && percent(a.c, a.reset):
		return Op{Kind: Reset, ID: uint64(a.i - 1), Cleared: percent(a.c, 50)}
	case a.free():
		return Op{Kind: Free, ID: a.pick().ID, Cleared: percent(a.c, a.mix.Zero)}
	}
	return Op{ID: uint64(a.i - 1), Req: a.mix.Request(a.run, a.c)}
}

// free decides whether operation i is a free.
func (a *Author) free() bool {
	switch {
	case len(a.run.Live) == 0:
		a.frees = 0
	case a.i > a.of:
		return true
	}
	switch {
	case a.frees > 0:
		a.frees--
		return true
	case a.allocs > 0:
		a.allocs--
		return false
	}
	stretch := max(100, a.of/2/len(growth))
	if percent(a.c, growth[(a.i-1)/stretch%len(growth)]) || len(a.run.Live) == 0 {
		return false
	}
	if a.mix.Burst > 1 {
		a.frees, a.allocs = int(a.c.n(uint64(a.mix.Burst))), int(a.c.n(uint64(a.mix.Burst)))
	}
	return true
}

// pick is a live grant: the oldest, the latest, or any.
func (a *Author) pick() Grant {
	live := a.run.Live
	switch a.c.n(6) {
	case 0:
		return live[0]
	case 1:
		return live[len(live)-1]
	}
	return live[a.c.n(uint64(len(live)))]
}

// trimming is a trim to some pages of the first block of a grant, more often of a grant
// that has no other, and now and then to what makes no sense.
func (a *Author) trimming() Op {
	g := a.pick()
	if len(g.Blocks) > 1 {
		g = a.pick()
	}
	page := a.mix.Region.Page
	n := max(1, g.Blocks[0].Size/page)
	o := Op{Kind: Trim, ID: g.ID}
	o.Req.Lo = page * a.c.n(n)
	o.Req.Size = page * (1 + a.c.n(n-o.Req.Lo/page))
	if percent(a.c, 5) {
		switch a.c.n(4) {
		case 0:
			o.Req.Size = 0
		case 1:
			o.Req.Size += page * (1 + a.c.n(n))
		case 2:
			o.Req.Lo += 1 + a.c.n(page)
		case 3:
			o.Req.Lo = -page
		}
	}
	return o
}

// Request draws a request for a run in this state.
func (m Mix) Request(run *Run, c Chooser) strategies.Request {
	r := strategies.Request{Size: m.size(run, c)}
	if percent(c, m.Aligned) {
		r.Align = m.align(c)
	}
	if percent(c, m.TopDown) {
		r.Flags |= strategies.TopDown
	}
	if percent(c, m.Contiguous) {
		r.Flags |= strategies.Contiguous
	}
	if percent(c, m.Clear) {
		r.Flags |= strategies.Clear
	}
	if percent(c, m.Window) {
		r.Flags |= strategies.Range
		m.window(run, c, &r)
	}
	if percent(c, m.Odd) {
		m.spoil(c, &r)
	}
	return r
}

// size is a whole number of pages: small, around a power of two, as lately
// freed, anything.
func (m Mix) size(run *Run, c Chooser) uint64 {
	page, pages := m.Region.Page, m.Region.Managed()/m.Region.Page
	switch kind := c.n(64); {
	case kind < 8:
		return page
	case kind < 16:
		return page * (1 + c.n(min(m.Most, 8)))
	case kind < 30:
		return page * max(1, 1<<c.n(uint64(bits.Len64(m.Most)))+c.n(3)-1)
	case kind < 40:
		return max(2*page, run.freed[c.n(uint64(len(run.freed)))].Size) + page*c.n(3) - page
	case kind == 40:
		return page * (1 + c.n(pages))
	case kind == 41:
		return page * max(1, pages+c.n(4)-2)
	}
	return page * (1 + c.n(m.Most))
}

func (m Mix) align(c Chooser) uint64 {
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
func (m Mix) window(run *Run, c Chooser, r *strategies.Request) {
	freed := run.freed[c.n(uint64(len(run.freed)))]
	switch c.n(10) {
	case 0:
		r.Lo, r.Hi = m.address(run, c), 0
		r.Hi = r.Lo + r.Size
	case 1:
		if freed.Size != 0 {
			r.Lo, r.Hi, r.Size = freed.Start, freed.End(), freed.Size
		}
	case 2:
		r.Hi = m.address(run, c)
	case 3:
		r.Lo, r.Hi = m.address(run, c), m.Region.Managed()
	case 4:
		r.Lo = m.address(run, c) // and no upper limit
	case 5:
		r.Hi = m.Region.Managed()
	case 6:
		r.Lo = m.address(run, c)
		r.Hi = r.Lo + r.Size + m.Region.Page*c.n(1+m.Most)
	case 7:
		r.Lo, r.Hi = m.address(run, c), m.address(run, c)
	default:
		a, b := m.address(run, c), m.address(run, c)
		r.Lo, r.Hi = min(a, b), max(a, b)
	}
}

// address is a multiple of the page: an edge of a live block, where something
// was freed, or anywhere.
func (m Mix) address(run *Run, c Chooser) uint64 {
	page, pages := m.Region.Page, m.Region.Managed()/m.Region.Page
	switch kind := c.n(8); {
	case kind < 2 && len(run.Live) > 0:
		blocks := run.Live[c.n(uint64(len(run.Live)))].Blocks
		if b := blocks[c.n(uint64(len(blocks)))]; kind == 0 {
			return b.Start
		} else {
			return b.End()
		}
	case kind < 4:
		return run.freed[c.n(uint64(len(run.freed)))].Start
	case kind == 4:
		return page * c.n(pages+1) &^ (page<<c.n(uint64(bits.Len64(m.Most))) - 1)
	}
	return page * c.n(pages+1)
}

// spoil makes r odd in one way.
func (m Mix) spoil(c Chooser, r *strategies.Request) {
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
