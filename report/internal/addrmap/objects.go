package addrmap

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/workloads/trace"
)

// objects are those live now with any strategy, and those refused that were not freed
// yet. An object is a request, or an extent that is live at the beginning; a trim ends
// it and begins another of the same id, which keeps its place in the stream and with it
// its colour. They are told apart by a serial number, since slots and ids are used again.
//
// A reset ends nothing: it changes what is known of free memory (see package trace).
type objects struct {
	lanes  int
	slots  []object
	places []placed // slot*lanes + lane
	byID   map[uint64]int32
	spare  []int32
	serial uint32
	order  uint32 // requests and extents at the beginning so far
	of     int    // versions so far
}

// object is one version of an object.
type object struct {
	id     uint64
	serial uint32 // from 1; 0: the slot is empty
	order  uint32
	op     int    // that began this version
	seen   int    // frames taken before it
	size   uint64 // bytes: asked for, in whole pages; of a trim what is left
}

// placed is where an object is in one lane.
type placed struct {
	extents []trace.Extent // adjoining blocks are one; none: not live there
	blocks  int            // as granted
	first   uint64         // the addresses lie in [first, end)
	end     uint64
	bytes   uint64
}

// set takes the blocks of an event.
func (p *placed) set(blocks []trace.Extent) {
	p.extents, p.blocks, p.bytes = p.extents[:0], len(blocks), 0
	p.first, p.end = 0, 0
	for i, b := range blocks {
		if i == 0 || b.Start < p.first {
			p.first = b.Start
		}
		p.end = max(p.end, b.Start+b.Size)
		p.bytes += b.Size
		if n := len(p.extents); n > 0 && p.extents[n-1].Start+p.extents[n-1].Size == b.Start {
			p.extents[n-1].Size += b.Size
			continue
		}
		p.extents = append(p.extents, b)
	}
}

// at reports whether two lanes have an object at exactly the same addresses.
func (p *placed) at(q *placed) bool {
	if p.bytes != q.bytes || p.first != q.first || p.end != q.end {
		return false
	}
	if slices.Equal(p.extents, q.extents) || p.bytes == p.end-p.first {
		return true
	}
	return slices.Equal(joined(p.extents), joined(q.extents))
}

// joined is extents by address, adjoining ones as one.
func joined(x []trace.Extent) []trace.Extent {
	x = slices.Clone(x)
	slices.SortFunc(x, func(a, b trace.Extent) int { return cmp.Compare(a.Start, b.Start) })
	out := x[:0]
	for _, b := range x {
		if n := len(out); n > 0 && out[n-1].Start+out[n-1].Size == b.Start {
			out[n-1].Size += b.Size
		} else {
			out = append(out, b)
		}
	}
	return out
}

func newObjects(lanes int) *objects {
	return &objects{lanes: lanes, byID: make(map[uint64]int32)}
}

// lanesOf is where the object in a slot is, in each lane.
func (o *objects) lanesOf(slot int32) []placed {
	return o.places[int(slot)*o.lanes : (int(slot)+1)*o.lanes]
}

// begin opens an object with the blocks of the events of all lanes.
func (o *objects) begin(x object, events []*rundir.Event) int32 {
	var slot int32
	if n := len(o.spare); n > 0 {
		slot = o.spare[n-1]
		o.spare = o.spare[:n-1]
	} else {
		slot = int32(len(o.slots))
		o.slots = append(o.slots, object{})
		o.places = append(o.places, make([]placed, o.lanes)...)
	}
	o.serial++
	o.of++
	x.serial = o.serial
	o.slots[slot] = x
	o.byID[x.id] = slot
	for i, p := range o.lanesOf(slot) {
		p.set(events[i].Blocks)
		o.lanesOf(slot)[i] = p
	}
	return slot
}

// end closes the object in a slot.
func (o *objects) end(slot int32) {
	delete(o.byID, o.slots[slot].id)
	o.slots[slot].serial = 0
	o.spare = append(o.spare, slot)
}

// A keeper keeps the objects that are handed to the page: all while they are few, of
// many those that cover most bytes times frames.
type keeper struct {
	most    int
	lanes   int
	all     bool // none was dropped
	kept    []keptObject
	extents []byte // of the kept ones, and of some that are kept no more
}

// keptObject is an object that ended.
type keptObject struct {
	op, life int // life: 0 to the end
	pages    uint64
	id       uint64
	order    uint32
	serial   uint32
	weight   float64 // bytes times frames at which it was live
	at, n    int     // in extents
}

// add takes an object that ends at an operation, 0 at the end; frames is how many saw
// it. page is the size of a page.
func (k *keeper) add(x *object, places []placed, op, frames int, page uint64) {
	o := keptObject{op: x.op, pages: x.size / page, id: x.id, order: x.order, serial: x.serial, at: len(k.extents)}
	if op > 0 {
		o.life = op - x.op
	}
	var bytes uint64
	for i := range places {
		bytes = max(bytes, places[i].bytes)
	}
	o.weight = float64(bytes) * float64(frames)
	if !k.all && o.weight == 0 {
		return
	}
	for i := range places {
		p := &places[i]
		k.extents = binary.AppendUvarint(k.extents, uint64(len(p.extents)))
		if len(p.extents) > 0 {
			k.extents = binary.AppendUvarint(k.extents, uint64(p.blocks))
		}
		for _, e := range p.extents {
			k.extents = binary.AppendUvarint(k.extents, e.Start/page)
			k.extents = binary.AppendUvarint(k.extents, e.Size/page)
		}
	}
	o.n = len(k.extents) - o.at
	if k.kept = append(k.kept, o); len(k.kept) > 2*k.most {
		k.drop(k.most)
	}
}

// drop keeps the weightiest ones, at most so many, and none that no frame saw.
func (k *keeper) drop(most int) {
	if len(k.kept) <= most {
		return
	}
	k.all = false
	slices.SortFunc(k.kept, func(a, b keptObject) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.serial, b.serial))
	})
	k.kept = k.kept[:most]
	for len(k.kept) > 0 && k.kept[len(k.kept)-1].weight == 0 {
		k.kept = k.kept[:len(k.kept)-1]
	}
	var extents []byte
	for i := range k.kept {
		o := &k.kept[i]
		at := len(extents)
		extents = append(extents, k.extents[o.at:o.at+o.n]...)
		o.at = at
	}
	k.extents = extents
}

// inOrder sorts what is kept by the operation that began it, of equals as they came.
func (k *keeper) inOrder() {
	slices.SortFunc(k.kept, func(a, b keptObject) int { return cmp.Compare(a.serial, b.serial) })
}
