package trace

import (
	"math/bits"
	"math/rand/v2"
)

// Sizes of the array of an idTable, in ids.
const (
	firstIDs = 1 << 12
	mostIDs  = 1 << 22
)

// idTable gives each live id a slot, a small number: that freed last, or else a new one.
// Small ids are found by index, the others by hash. The array doubles, up to mostIDs,
// when an id comes that the doubled one would hold. So ids that count up take four bytes
// each, and addresses or random numbers as ids do not make it grow.
//
// Rejected: mostIDs at once, since a short trace of random ids then spent its time
// clearing the array; a bitmap, as long as a stream needed a second table for the slots;
// a map for large ids, which took five times as long and made garbage.
type idTable struct {
	dense  []uint32 // by id: the slot plus one; 0: not live
	sparse hashed   // the same for the live ids of len(dense) and more
	empty  []uint32 // slots not in use; the last one is taken first
	slots  uint32   // slots used so far: 0 to slots-1
}

// add gives id a slot. It is false if id has one.
func (t *idTable) add(id uint64) (slot uint32, ok bool) {
	if id >= uint64(len(t.dense)) {
		return t.addSparse(id)
	}
	p := &t.dense[id]
	if *p != 0 {
		return 0, false
	}
	slot = t.take()
	*p = slot + 1
	return slot, true
}

// take is a slot that is not in use.
func (t *idTable) take() uint32 {
	if n := len(t.empty); n > 0 {
		slot := t.empty[n-1]
		t.empty = t.empty[:n-1]
		return slot
	}
	t.slots++
	return t.slots - 1
}

func (t *idTable) addSparse(id uint64) (slot uint32, ok bool) {
	if n := max(firstIDs, 2*len(t.dense)); id < uint64(n) && n <= mostIDs {
		t.grow(n)
		return t.add(id)
	}
	if t.sparse.get(id) != 0 {
		return 0, false
	}
	slot = t.take()
	t.sparse.put(id, slot+1)
	return slot, true
}

// grow makes room in the array for the ids below n.
func (t *idTable) grow(n int) {
	dense := make([]uint32, n)
	copy(dense, t.dense)
	t.dense = dense
	old := t.sparse
	t.sparse = hashed{}
	for _, e := range old.entries {
		switch {
		case e.slot == 0:
		case e.id < uint64(n):
			dense[e.id] = e.slot
		default:
			t.sparse.put(e.id, e.slot)
		}
	}
}

// remove takes the slot of id away. It is false if there is none.
func (t *idTable) remove(id uint64) (slot uint32, ok bool) {
	if id < uint64(len(t.dense)) {
		slot, t.dense[id] = t.dense[id], 0
	} else {
		slot = t.sparse.remove(id)
	}
	if slot == 0 {
		return 0, false
	}
	t.empty = append(t.empty, slot-1)
	return slot - 1, true
}

// find is the slot of id. It is false if there is none.
func (t *idTable) find(id uint64) (slot uint32, ok bool) {
	if id < uint64(len(t.dense)) {
		slot = t.dense[id]
	} else {
		slot = t.sparse.get(id)
	}
	return slot - 1, slot != 0
}

// hashed is a table with open addresses: an entry stands in the place of its hash, or in
// the first one behind it that was empty. At most half of the places are taken. A removal
// moves later entries up, so there are no traces of what is gone, and a table whose
// content changes but does not grow stays as it is.
type hashed struct {
	entries []entry // a power of two of them, or none
	n       int     // how many are in use
	shift   uint8   // 64 minus the logarithm of their number
	factor  uint64  // of the hash: odd and drawn by chance, so that nobody can choose ids that collide
}

type entry struct {
	id   uint64
	slot uint32 // plus one; 0: the place is empty
}

// home is the place of the hash of id. The first product spreads ids that count up, or
// are multiples of a page, whatever the factor is.
func (h *hashed) home(id uint64) uint64 {
	id *= 0x9e3779b97f4a7c15
	return (id ^ id>>32) * h.factor >> h.shift
}

// find is the place of id, or the empty one where it belongs. There are places.
func (h *hashed) find(id uint64) uint64 {
	mask := uint64(len(h.entries) - 1)
	for i := h.home(id); ; i++ {
		if e := &h.entries[i&mask]; e.id == id || e.slot == 0 {
			return i & mask
		}
	}
}

// get is the slot of id plus one, 0 if it is not there.
func (h *hashed) get(id uint64) uint32 {
	if h.n == 0 {
		return 0
	}
	return h.entries[h.find(id)].slot
}

// put adds an id that is not there.
func (h *hashed) put(id uint64, slot uint32) {
	if h.n++; 2*h.n > len(h.entries) {
		old := h.entries
		h.entries = make([]entry, max(64, 2*len(old)))
		h.shift = uint8(64 - bits.TrailingZeros(uint(len(h.entries))))
		h.factor = rand.Uint64() | 1
		for _, e := range old {
			if e.slot != 0 {
				h.entries[h.find(e.id)] = e
			}
		}
	}
	h.entries[h.find(id)] = entry{id, slot}
}

// remove removes an id and returns its slot plus one, 0 if it is not there.
func (h *hashed) remove(id uint64) uint32 {
	if h.n == 0 {
		return 0
	}
	hole, mask := h.find(id), uint64(len(h.entries)-1)
	slot := h.entries[hole].slot
	if slot == 0 {
		return 0
	}
	h.n--
	for i := (hole + 1) & mask; h.entries[i].slot != 0; i = (i + 1) & mask {
		// An entry may move up if its home is not behind the hole.
		if next := h.entries[i]; (i-h.home(next.id))&mask >= (i-hole)&mask {
			h.entries[hole] = next
			hole = i
		}
	}
	h.entries[hole] = entry{}
	return slot
}
