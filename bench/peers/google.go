package peers

import "github.com/google/btree"

// google is holes on two google/btree.
type google struct {
	size *btree.BTreeG[hole] // by size, then address
	addr *btree.BTreeG[hole] // by address
}

// googleDegree is the degree in the documentation of google/btree.
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
