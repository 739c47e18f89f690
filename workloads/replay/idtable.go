package replay

import "github.com/vramlab/vramlab/strategies"

// denseIDs is the number of ids, from 0, that an idTable finds by index: most
// recorders count up from 0. Larger ids, addresses for example, are in a map.
const denseIDs = 1 << 22

// idTable holds block lists by the ids of a trace. It reuses the memory of removed
// lists, so that its size is that of what is live at once.
type idTable struct {
	dense  []uint32          // place in lists plus one; 0: nothing
	sparse map[uint64]uint32 // the same, for ids from denseIDs on
	lists  [][]strategies.Block
	free   []uint32 // places in lists not in use
	spare  [][]strategies.Block
}

// take is an empty list, with the memory of a removed one if there is any.
func (t *idTable) take() []strategies.Block {
	n := len(t.spare)
	if n == 0 {
		return nil
	}
	b := t.spare[n-1]
	t.spare = t.spare[:n-1]
	return b
}

// giveBack keeps the memory of a list for a later take.
func (t *idTable) giveBack(b []strategies.Block) {
	if cap(b) > 0 {
		t.spare = append(t.spare, b[:0])
	}
}

// put stores the list of an id that has none.
func (t *idTable) put(id uint64, b []strategies.Block) {
	at := uint32(len(t.lists))
	if n := len(t.free); n > 0 {
		at = t.free[n-1]
		t.free = t.free[:n-1]
		t.lists[at] = b
	} else {
		t.lists = append(t.lists, b)
	}
	t.set(id, at+1)
}

// set notes the place of an id.
func (t *idTable) set(id uint64, place uint32) {
	if id >= denseIDs {
		if t.sparse == nil {
			t.sparse = make(map[uint64]uint32)
		}
		t.sparse[id] = place
		return
	}
	for id >= uint64(len(t.dense)) {
		t.dense = append(t.dense, make([]uint32, max(1024, len(t.dense)))...)
	}
	t.dense[id] = place
}

// remove removes and returns the list of an id, nil if there is none.
func (t *idTable) remove(id uint64) []strategies.Block {
	place := uint32(0)
	if id < uint64(len(t.dense)) {
		place, t.dense[id] = t.dense[id], 0
	} else if id >= denseIDs {
		place = t.sparse[id]
		delete(t.sparse, id)
	}
	if place == 0 {
		return nil
	}
	b := t.lists[place-1]
	t.lists[place-1] = nil
	t.free = append(t.free, place-1)
	return b
}
