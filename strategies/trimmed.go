package strategies

import "errors"

// What Checked demands of a Trim.

// untrimmed checks a Trim that returned an error.
func (c *checked) untrimmed(blocks []Block, start, size uint64, extra []Block, err error) {
	page := c.region.Page
	whole := (blocks[0].Start|blocks[0].Size|start|size)&(page-1) == 0
	switch {
	case len(extra) > 0:
		c.broken(ruleAppend, "refused (%v), and appended %v", err, Blocks(extra))
	case !errors.Is(err, ErrInvalid):
		c.broken(ruleTrim, "refused with %q", err)
	case whole && size != 0 && len(blocks) == 1 && inside(blocks[0], start, size):
		c.broken(ruleTrim, "%v to %d+%d: refused with %q", blocks[0], start, size, err)
	}
}

// trimmed checks a Trim that succeeded and enters what is left into the shadow.
func (c *checked) trimmed(blocks []Block, start, size uint64, kept []Block) {
	if len(blocks) != 1 || (start|size)&(MinPage-1) != 0 || size == 0 || !inside(blocks[0], start, size) {
		c.broken(ruleTrimOne, "%v to %d+%d: granted %v", Blocks(blocks), start, size, Blocks(kept))
	}
	if !c.covers(kept, start, size) {
		c.broken(ruleKept, "%v to %d+%d: returned %v", blocks[0], start, size, Blocks(kept))
	}
	c.live.remove(blocks[0].Start)
	for i, b := range kept {
		c.live.insert(extent{b.Start, b.Size, kept[0].Start, b.Node, uint32(len(kept) - 1 - i)})
	}
	c.bytes -= blocks[0].Size - size
}

// covers reports whether blocks of the promised shape ascend without a gap and are exactly
// [start, start+size).
func (c *checked) covers(blocks []Block, start, size uint64) bool {
	end := start
	for _, b := range blocks {
		if b.Start != end || b.Size == 0 || b.Size > start+size-end || !c.shaped(b) {
			return false
		}
		end = b.End()
	}
	return end == start+size
}

// inside reports whether [start, start+size) is a part of b.
func inside(b Block, start, size uint64) bool {
	return start >= b.Start && start-b.Start <= b.Size && size <= b.Size-(start-b.Start)
}

// shaped reports whether b is a whole number of kernel pages, and of the shape that Caps
// promises.
func (c *checked) shaped(b Block) bool {
	pow2 := b.Size&(b.Size-1) == 0 && b.Start&(b.Size-1) == 0
	return (b.Start|b.Size)&(MinPage-1) == 0 && (pow2 || !c.strategy.Caps.Has(CapPow2Blocks))
}
