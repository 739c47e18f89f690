package peers

import "github.com/tidwall/btree"

// tidwall is holes on two tidwall/btree: a generic one by size, and a map from address
// to size, which compares keys without calling a function. Both also hold an empty hole
// after all addresses, since a tree that becomes empty drops its root, and the next
// insertion would take a new one from the Go heap. Tried: degrees of 16 (slower) and 64
// (no difference), and path hints (slower).
type tidwall struct {
	size *btree.BTreeG[hole]
	addr btree.Map[uint64, uint64]
}

// noAddress is larger than the start of any hole.
const noAddress = 1<<64 - 1

func newTidwall() *tidwall {
	t := &tidwall{size: btree.NewBTreeGOptions(bySize, btree.Options{NoLocks: true})}
	t.insert(hole{start: noAddress})
	return t
}

func (t *tidwall) insert(h hole) {
	t.size.Set(h)
	t.addr.Set(h.start, h.size)
}

func (t *tidwall) remove(h hole) {
	t.size.Delete(h)
	t.addr.Delete(h.start)
}

func (t *tidwall) fit(size uint64) (h hole, ok bool) {
	t.size.Ascend(hole{size: size}, func(first hole) bool {
		h, ok = first, true
		return false
	})
	return h, ok
}

func (t *tidwall) ascend(size uint64, visit func(hole) bool) {
	t.size.Ascend(hole{size: size}, visit)
}

func (t *tidwall) around(start, end uint64) (before, after hole) {
	t.addr.Descend(start, func(at, size uint64) bool {
		if at+size == start {
			before = hole{at, size}
		}
		return false
	})
	if size, ok := t.addr.Get(end); ok {
		after = hole{end, size}
	}
	return before, after
}

func (t *tidwall) all(visit func(hole) bool) {
	t.addr.Scan(func(start, size uint64) bool {
		return start != noAddress && visit(hole{start, size})
	})
}
