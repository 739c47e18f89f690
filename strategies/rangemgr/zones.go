package rangemgr

import (
	"cmp"
	"math/bits"
	"slices"
	"unsafe"
)

// A fitIndex finds, among the holes with a run for one alignment, the one that best
// fit or top-down takes, whatever the window. (A run is what lies between the first
// multiple of the alignment in a hole and the hole's end; a hole without one can
// never serve and is left out.)
//
// Without a window, one tree of all runs in the order of best fit is enough. For
// windows the region is divided by address into eight zones, and these again, down
// to zones of at most leafHoles holes; each has a tree of the holes that begin in
// it. A window is then a union of O(log region) whole zones, each of which gives its
// first hole in O(log n), and two leaves at the edges. The holes that an edge cuts,
// at most two, are tried by themselves.
type fitIndex[page uint32 | uint64] struct {
	align  uint64
	zoned  bool   // zones are cut
	helped bool   // a request needed it since dropIdle last looked
	trial  uint64 // holes a scan visits before it asks the index
	trees  entries[page]
	zones  []zone // zones[0] is the region
	gone   zoneID // first vacant eight zones, linked through kids
}

// zoneID numbers a zone of an index; 0 is the region.
type zoneID uint32

// zone is a part of the region. When it is cut, eight zones divide the part of it
// in which its holes are, or have been since the cut.
type zone struct {
	tree  entryID // of the holes that begin in it
	holes uint32
	kids  zoneID // the first of its eight zones, 0 = not cut
	shift uint32 // log2 of the pages of each
	base  uint64 // first page of the first
}

const (
	leafHoles  = 64 // a zone with more is cut ...
	mergeHoles = 16 // ... and made whole again when it has fewer
)

// newFitIndex makes an index of all holes, without zones. Adding hole by hole would be
// seven times as slow as making the tree of a sorted list.
func (c *core[page]) newFitIndex(align uint64) *fitIndex[page] {
	x := &fitIndex[page]{align: align, zones: make([]zone, 1)}
	x.trees.slab = make([]entry[page], 1, 64)
	var all []entry[page]
	for first, ok := c.smallest(1); ok; first, ok = c.smallest(uint64(c.nodes[first].hole) + 1) {
		for i := first; i != none; i = c.nodes[i].older {
			if e, _ := c.entryOf(i, align); e.run != 0 {
				all = append(all, e)
			}
		}
	}
	x.zones[0] = zone{tree: x.trees.build(all), holes: uint32(len(all))}
	return x
}

// kid says which of the eight zones of z has the page; more than 7 if none has.
func (z *zone) kid(start uint64) uint64 { return (start - z.base) >> (z.shift & 63) }

// entryOf is the entry for the hole of node i; its run is 0 if no multiple of the
// alignment is in the hole.
func (c *core[page]) entryOf(i nodeID, align uint64) (e entry[page], start uint64) {
	start = c.end(i)
	size := c.nodes[i].hole
	run := uint64(size)
	if align > 1 {
		if over := start % align; over != 0 {
			run -= min(run, align-over)
		}
	}
	return entry[page]{age: c.ages[i], size: size, run: page(run), owner: i}, start
}

// insert adds the hole of node i.
func (c *core[page]) insert(x *fitIndex[page], i nodeID) {
	e, start := c.entryOf(i, x.align)
	if e.run == 0 {
		return
	}
	spare := uint(0)
	for z := zoneID(0); ; {
		zn := &x.zones[z]
		if zn.kids != 0 && zn.kid(start) > 7 {
			// Rare: the part covered at least doubles, eightfold with the spare
			// room, and never shrinks while the zone is cut.
			x.uncut(z)
			spare = 3
		}
		zn.holes++
		if !x.bare(z) {
			at := x.trees.add(e)
			zn.tree = x.trees.insert(zn.tree, at)
		}
		if zn.kids == 0 {
			if x.zoned && (spare != 0 || zn.holes > leafHoles) {
				c.cut(x, z, spare)
			}
			return
		}
		z = zn.kids + zoneID(zn.kid(start))
	}
}

// remove takes the hole of node i out.
func (c *core[page]) remove(x *fitIndex[page], i nodeID) {
	e, start := c.entryOf(i, x.align)
	if e.run == 0 {
		return
	}
	for z := zoneID(0); ; {
		zn := &x.zones[z]
		if zn.kids != 0 && zn.holes <= mergeHoles {
			x.uncut(z)
		}
		zn.holes--
		if !x.bare(z) {
			zn.tree = x.trees.remove(zn.tree, &e)
		}
		if zn.kids == 0 {
			return
		}
		z = zn.kids + zoneID(zn.kid(start))
	}
}

// bare reports whether a zone has no tree: the region, once cut. Its tree would be
// the largest, and made operations a third slower among 131,072 holes; the eight
// below say the same nearly as fast.
func (x *fitIndex[page]) bare(z zoneID) bool { return z == 0 && x.zones[0].kids != 0 }

// cut divides the part of a zone in which its holes are, made 1<<spare times as
// large, and those of the eight that are still too full.
func (c *core[page]) cut(x *fitIndex[page], z zoneID, spare uint) {
	kids := x.eight()
	low, high := ^uint64(0), uint64(0)
	x.trees.walk(x.zones[z].tree, 1, func(e *entry[page]) bool {
		start := c.end(e.owner)
		low, high = min(low, start), max(high, start)
		return true
	})
	shift := max(uint(bits.Len64(low^high)), 3) + spare
	zn := &x.zones[z]
	zn.kids, zn.shift, zn.base = kids, uint32(shift-3), low>>shift<<shift
	var parts [8][]entry[page]
	x.trees.walk(zn.tree, 1, func(e *entry[page]) bool {
		k := zn.kid(c.end(e.owner)) & 7
		parts[k] = append(parts[k], *e)
		return true
	})
	for k, part := range parts {
		kid := &x.zones[kids+zoneID(k)]
		kid.tree, kid.holes = x.trees.build(part), uint32(len(part))
	}
	for k := kids; k < kids+8; k++ {
		if x.zones[k].holes > leafHoles {
			c.cut(x, k, 0)
		}
	}
	if x.bare(z) {
		x.trees.clear(x.zones[z].tree)
		x.zones[z].tree = 0
	}
}

// eight returns the first of eight vacant zones.
func (x *fitIndex[page]) eight() (kids zoneID) {
	if kids = x.gone; kids != 0 {
		x.gone = x.zones[kids].kids
		x.zones[kids] = zone{}
		return kids
	}
	x.zones = append(x.zones, make([]zone, 8)...)
	return zoneID(len(x.zones) - 8)
}

// uncut makes a zone whole.
func (x *fitIndex[page]) uncut(z zoneID) {
	kids := x.zones[z].kids
	if kids == 0 {
		return
	}
	var all []entry[page]
	for k := kids; k < kids+8; k++ {
		x.uncut(k)
		if z == 0 {
			x.trees.walk(x.zones[k].tree, 1, func(e *entry[page]) bool { all = append(all, *e); return true })
		}
		x.trees.clear(x.zones[k].tree)
		x.zones[k] = zone{}
	}
	x.zones[z].kids = 0
	x.zones[kids].kids = x.gone
	x.gone = kids
	if z == 0 { // bare until now
		slices.SortFunc(all, func(a, b entry[page]) int {
			return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(b.age, a.age))
		})
		x.zones[0].tree = x.trees.build(all)
	}
}

func (x *fitIndex[page]) footprint() uint64 {
	return uint64(unsafe.Sizeof(*x)) + uint64(cap(x.zones))*uint64(unsafe.Sizeof(zone{})) +
		uint64(cap(x.trees.slab))*uint64(unsafe.Sizeof(entry[page]{}))
}
