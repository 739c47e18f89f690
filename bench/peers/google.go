package peers

import "github.com/google/btree"

// google is holes on two google/btree, in the plain form that programs have. Tried:
// degrees of 8, 16 and 64 (all slower); a common list of 4,096 spare nodes, so that none
// come from the Go heap (slower); holes by their end in place of their start, so that a
// hole used from the front keeps its key and one descent finds both neighbours (about
// a tenth faster, but not a change of the tree).
type google struct {
	size *btree.BTreeG[hole] // by size, then address
	addr *btree.BTreeG[hole] // by address
}

// googleDegree is the degree that the documentation of google/btree uses.
const googleDegree = 32

func newGoogle() *google {
	return &google{
		size: btree.NewG(googleDegree, bySize),
		addr: btree.NewG(googleDegree, func(a, b hole) bool { return a.start < b.start }),
	}
}

func (g *google) insert(h hole) {
	g.size.ReplaceOrInsert(h)
	g.addr.ReplaceOrInsert(h)
}

func (g *google) remove(h hole) {
	g.size.Delete(h)
	g.addr.Delete(h)
}

func (g *google) fit(size uint64) (h hole, ok bool) {
	g.size.AscendGreaterOrEqual(hole{size: size}, func(first hole) bool {
		h, ok = first, true
		return false
	})
	return h, ok
}

func (g *google) ascend(size uint64, visit func(hole) bool) {
	g.size.AscendGreaterOrEqual(hole{size: size}, visit)
}

func (g *google) around(start, end uint64) (before, after hole) {
	g.addr.DescendLessOrEqual(hole{start: start}, func(h hole) bool {
		if h.end() == start {
			before = h
		}
		return false
	})
	after, _ = g.addr.Get(hole{start: end})
	return before, after
}

func (g *google) all(visit func(hole) bool) { g.addr.Ascend(visit) }
