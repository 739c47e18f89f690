package strategies

import "errors"

// What Checked demands of the answer to an Alloc.

// refused checks an Alloc that returned an error.
func (c *checked) refused(r Request, extra []Block, err error) {
	free := c.region.Managed() - c.bytes
	switch {
	case len(extra) > 0:
		c.broken(ruleAppend, "refused (%v), and appended %v", err, Blocks(extra))
	case Errno(err) == "":
		c.broken(ruleSentinel, "refused with %q", err)
	case errors.Is(err, ErrNoSpace) && err != ErrNoSpace:
		c.broken(ruleBare, "refused with %q", err)
	case c.strategy.Caps.Has(CapScatter) && c.plain(r, err) && r.Size <= free:
		c.broken(ruleScatter, "refused (%v) with %d bytes free", err, free)
	}
}

// plain reports whether any free pages at all satisfy r. An alignment below the
// page asks for nothing, but is odd enough to be called invalid.
func (c *checked) plain(r Request, err error) bool {
	page := c.region.Page
	anywhere := r.Align == 0 || r.Align == page || r.Align < page && err == ErrNoSpace
	return anywhere && r.Flags&(Range|Contiguous) == 0 && r.Size != 0 && r.Size%page == 0
}

// granted checks an Alloc that succeeded and enters its blocks into the shadow.
func (c *checked) granted(r Request, blocks []Block) {
	if r.Size == 0 {
		c.broken(ruleZero, "granted %v", Blocks(blocks))
	}
	var total uint64 // cannot wrap: the blocks are disjoint and inside the region
	for i, b := range blocks {
		c.checkBlock(r, b, blocks)
		e := extent{b.Start, b.Size, blocks[0].Start, b.Node, uint32(len(blocks) - 1 - i)}
		if other, ok := c.live.insert(e); !ok {
			c.broken(ruleOverlap, "granted %v: %v overlaps %v", Blocks(blocks), b, other.block())
		}
		total += b.Size
	}
	c.checkRuns(r, blocks)
	c.checkTotal(r, blocks, total)
	c.bytes += total
}

// checkBlock checks what can be said of one block alone.
func (c *checked) checkBlock(r Request, b Block, blocks []Block) {
	page, managed := c.unit(r), c.region.Managed()
	rule := ""
	switch {
	case b.Size == 0 || (b.Size|b.Start)&(page-1) != 0:
		rule = ruleUnits
	case b.Start > managed || b.Size > managed-b.Start:
		rule = ruleInside
	case !c.inWindow(r, b):
		rule = ruleWindow
	case c.strategy.Caps.Has(CapPow2Blocks) && (b.Size&(b.Size-1) != 0 || b.Start&(b.Size-1) != 0):
		rule = rulePow2
	default:
		return
	}
	c.broken(rule, "granted %v: %v in a region of %d with pages of %d", Blocks(blocks), b, managed, page)
}

// unit is the page of which the blocks for r are whole multiples.
func (c *checked) unit(r Request) uint64 {
	if (r.Size|r.Align)&(c.region.Page-1) != 0 {
		return MinPage
	}
	return c.region.Page
}

// inWindow reports whether b, a block inside the region, is inside the window.
// An upper limit that rounds down to 0 is none.
func (c *checked) inWindow(r Request, b Block) bool {
	if r.Flags&Range == 0 {
		return true
	}
	below := c.region.Page - 1
	return b.Start >= r.Lo&^below && (b.End() <= r.Hi || r.Hi&^below == 0)
}

// checkRuns checks how the blocks of a grant lie to each other.
func (c *checked) checkRuns(r Request, blocks []Block) {
	for i, b := range blocks {
		switch adjoins := i > 0 && blocks[i-1].End() == b.Start; {
		case adjoins:
			continue
		case i > 0 && r.Flags&Contiguous != 0:
			c.broken(ruleOneRun, "granted %v", Blocks(blocks))
		case i > 0 && !c.strategy.Caps.Has(CapScatter):
			c.broken(ruleOnePiece, "granted %v", Blocks(blocks))
		case !c.aligned(r, b.Start) && !c.deviates(r, blocks):
			c.broken(ruleAlign, "granted %v: the run at %d", Blocks(blocks), b.Start)
		}
	}
}

// aligned reports whether a run of adjoining blocks may start at start: at a
// multiple of the alignment or of what is left of it when it is rounded down to
// a page, or where a small contiguous request may. The rule stands at
// [Allocator].
func (c *checked) aligned(r Request, start uint64) bool {
	for _, page := range [...]uint64{1, MinPage, c.region.Page} {
		align := r.Align - r.Align%page
		if align == 0 || start%align == 0 {
			return true
		}
	}
	return r.Flags&Contiguous != 0 && r.Size < r.Align && start&(floorPow2(r.Size)-1) == 0
}

// floorPow2 is the largest power of two not above n; n must not be 0.
func floorPow2(n uint64) uint64 {
	for n&(n-1) != 0 {
		n &= n - 1
	}
	return n
}

// checkTotal checks the sum of the blocks of a grant.
func (c *checked) checkTotal(r Request, blocks []Block, total uint64) {
	if total < r.Size {
		c.broken(ruleEnough, "granted %v: %d bytes", Blocks(blocks), total)
	}
	page := c.region.Page
	pages := (r.Size + page - 1) &^ (page - 1) // cannot wrap: a grant holds r.Size
	if total > pages && total-pages >= max(r.Align, page) && !c.strategy.Caps.Has(CapRoundUp) {
		c.broken(ruleSurplus, "granted %v: %d bytes too many", Blocks(blocks), total-pages)
	}
}
