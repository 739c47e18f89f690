package rangemgr

import "slices"

const (
	maxIndexes = 8 // alignments with an index; one more drops the oldest
	idleTurns  = 4 // changes per node after which an index that did not help is dropped
)

// fitsFor is the index for q, or nil.
func (c *core[page]) fitsFor(q *query) *fitIndex[page] {
	for _, x := range c.fits {
		if x.align == q.align && (x.zoned || !q.top && q.whole(c.pages)) {
			return x
		}
	}
	return nil
}

// indexFor builds the index that the searches of one kind have paid for.
func (c *core[page]) indexFor(d demand) *fitIndex[page] {
	if c.ages == nil {
		c.dateHoles()
	}
	at := slices.IndexFunc(c.fits, func(x *fitIndex[page]) bool { return x.align == d.align })
	if at < 0 {
		if len(c.fits) == maxIndexes {
			c.fits = slices.Delete(c.fits, 0, 1)
		}
		at = len(c.fits)
		c.fits = append(c.fits, c.newFitIndex(d.align))
		c.indexed = true
	}
	x := c.fits[at]
	if x.helped = true; d.window && !x.zoned {
		x.zoned = true
		if x.zones[0].holes > leafHoles {
			c.cut(x, 0, 0)
		}
	}
	return x
}

// dropIdle drops the indexes that have helped no request since its last call.
func (c *core[page]) dropIdle() {
	c.fits = slices.DeleteFunc(c.fits, func(x *fitIndex[page]) bool { return !x.helped })
	for _, x := range c.fits {
		x.helped = false
	}
	c.idle = 0
	if len(c.fits) == 0 {
		c.ages, c.fits = nil, nil
		c.indexed = c.top != nil
	}
}

// dateHoles gives every hole an age that agrees with the lists.
func (c *core[page]) dateHoles() {
	c.ages = make([]uint64, len(c.nodes), cap(c.nodes))
	c.newest = 1 << 63
	age := c.newest
	for first, ok := c.smallest(1); ok; first, ok = c.smallest(uint64(c.nodes[first].hole) + 1) {
		for i := first; i != none; i = c.nodes[i].older {
			c.ages[i] = age
			age--
		}
	}
}

// enter adds the hole of node i, the newest, to the indexes.
func (c *core[page]) enter(i nodeID) {
	if c.top != nil {
		c.enterTop(i)
	}
	if c.ages == nil {
		return
	}
	for int(i) >= len(c.ages) {
		c.ages = append(c.ages, 0)
	}
	c.newest++
	c.ages[i] = c.newest
	for _, x := range c.fits {
		c.insert(x, i)
	}
}

// leave takes the hole of node i out of the indexes.
func (c *core[page]) leave(i nodeID) {
	if c.top != nil {
		c.leaveTop(i)
	}
	if c.ages == nil {
		return
	}
	for _, x := range c.fits {
		c.remove(x, i)
	}
	if c.idle++; c.idle > idleTurns*uint64(len(c.nodes))+1024 {
		c.dropIdle()
	}
}
