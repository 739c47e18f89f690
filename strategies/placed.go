package strategies

import "errors"

// What Checked demands of a Place.

// unplaced checks a Place that returned an error.
func (c *checked) unplaced(start, size uint64, extra []Block, err error) {
	other, meets := extent{}, false
	sound := c.placeable(start, size)
	if sound {
		other, meets = c.live.meets(start, start+size)
	}
	switch {
	case len(extra) > 0:
		c.broken(ruleAppend, "refused (%v), and appended %v", err, Blocks(extra))
	case sound && !meets:
		c.broken(rulePlace, "%d+%d is free, and was refused with %q", start, size, err)
	case sound && err != ErrNoSpace:
		c.broken(rulePlace, "%d+%d meets %v, and was refused with %q", start, size, other.block(), err)
	case !sound && !errors.Is(err, ErrInvalid):
		c.broken(rulePlace, "%d+%d was refused with %q", start, size, err)
	}
}

// placed checks a Place that succeeded and enters its blocks into the shadow.
func (c *checked) placed(start, size uint64, blocks []Block) {
	if !c.placeable(start, size) {
		c.broken(rulePlace, "%d+%d: granted %v", start, size, Blocks(blocks))
	}
	if !c.covers(blocks, start, size) {
		c.broken(rulePlaced, "%d+%d: returned %v", start, size, Blocks(blocks))
	}
	for i, b := range blocks {
		e := extent{b.Start, b.Size, start, b.Node, uint32(len(blocks) - 1 - i)}
		if other, ok := c.live.insert(e); !ok {
			c.broken(ruleOverlap, "granted %v: %v overlaps %v", Blocks(blocks), b, other.block())
		}
	}
	c.bytes += size
}

// placeable reports whether [start, start+size) is whole pages of the region.
func (c *checked) placeable(start, size uint64) bool {
	managed := c.region.Managed()
	return size != 0 && (start|size)&(c.region.Page-1) == 0 && start <= managed && size <= managed-start
}
