package capture

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Key tells the objects of a heap apart while they live: an address, a number, or several.
type Key [3]uint64

// Heap is one region of a capture: a device, a buddy, an address space. Each becomes a
// trace.
type Heap struct {
	c    *Capture
	name string
	size uint64 // of the region, in bytes; 0: not known
	live map[Key]object
	ids  uint64
	ops  []op
	want []Key // objects from before the window, by age; of those that still live, object.want says where
}

// object is a live one.
type object struct {
	id     uint64
	req    strategies.Request
	want   int  // where it is in want, if before
	before bool // it was there before the window, and is in no operation yet
	absent bool // the trace is without it
}

// op is one line of the trace, in the bytes of the capture.
type op struct {
	kind  trace.Kind
	clear bool
	err   error // Refused
	id    uint64
	at    int64
	req   strategies.Request
	keep  trace.Extent // Trim, Live and Granted
}

// Region says how many bytes the region has.
func (h *Heap) Region(bytes uint64) { h.size = bytes }

// Known reports whether key is live.
func (h *Heap) Known(key Key) bool {
	_, ok := h.live[key]
	return ok
}

// Size is how many bytes of the capture the allocation of key asks for in the trace, whatever
// was trimmed since; 0 if key is not live, or the trace is without it.
func (h *Heap) Size(key Key) uint64 { return h.live[key].req.Size }

// Alloc says that key is allocated. One that is live is freed first, and counted: the
// capture has missed its free.
func (h *Heap) Alloc(key Key, req strategies.Request) {
	c := h.c
	if o, ok := h.live[key]; ok {
		c.Drop("objects whose free is missing: their address was allocated again (they end there)")
		h.end(key, o, false)
	}
	o := object{id: h.ids, req: req, before: c.before(), absent: !c.wanted(h, req)}
	if o.absent {
		h.skip(key)
		return
	}
	h.ids++
	if o.before {
		h.wait(key, o)
		return
	}
	h.put(key, o)
	h.open()
	h.add(op{kind: trace.Alloc, id: o.id, req: req})
}

// put enters a live object.
func (h *Heap) put(key Key, o object) {
	if _, ok := h.live[key]; !ok {
		if h.c.objects == MaxEvents {
			h.c.full = true
			return
		}
		h.c.objects++
	}
	h.live[key] = o
}

// remove takes an object out of those that are live.
func (h *Heap) remove(key Key) {
	if _, ok := h.live[key]; ok {
		h.c.objects--
		delete(h.live, key)
	}
}

// wait enters an object from before the window. Room that others have left is used again.
func (h *Heap) wait(key Key, o object) {
	if len(h.want) > 2*len(h.live)+1000 {
		kept := h.want[:0]
		for i, key := range h.want {
			if o, ok := h.live[key]; ok && o.before && o.want == i {
				o.want = len(kept)
				h.live[key] = o
				kept = append(kept, key)
			}
		}
		h.want = kept
	}
	o.want = len(h.want)
	h.want = append(h.want, key)
	h.put(key, o)
}

// Foreign says that key is allocated, but of no memory of the region: an import. It is
// counted by why, as in Drop, and its free is not.
func (h *Heap) Foreign(key Key, why string) {
	if o, ok := h.live[key]; ok {
		h.end(key, o, false)
	}
	h.c.Drop(why)
	h.skip(key)
}

// skip remembers a live object that the trace is without.
func (h *Heap) skip(key Key) {
	h.put(key, object{absent: true})
	h.c.spend()
}

// Free says that key is freed. One that nobody saw is counted.
func (h *Heap) Free(key Key, cleared bool) {
	if o, ok := h.live[key]; ok {
		h.end(key, o, cleared)
	} else {
		h.c.DropFree()
	}
}

// FreePointer is Free of what is at a pointer of a program. A null pointer is counted.
func (h *Heap) FreePointer(pointer uint64) {
	if pointer == 0 {
		h.c.Drop("frees of a null pointer")
		return
	}
	h.Free(Key{pointer}, false)
}

// end frees a live object.
func (h *Heap) end(key Key, o object, cleared bool) {
	switch {
	case o.absent:
	case o.before && h.c.before():
		h.c.left.Add("allocations before the time window, which were freed before it", 1)
	default:
		h.open()         // o is one of those that it lays out
		if h.c.after() { // it is live at the end
			break
		}
		h.add(op{kind: trace.Free, id: o.id, clear: cleared})
	}
	h.remove(key)
}

// Trim says that of key the bytes of keep stay; its Start counts from the start of the
// object.
func (h *Heap) Trim(key Key, keep trace.Extent) {
	o, ok := h.live[key]
	switch {
	case !ok:
		h.c.Drop("trims of objects that nobody saw")
	case o.absent:
	case o.before && h.c.before():
		o.req.Size = keep.Size
		h.live[key] = o
	case !h.c.after():
		h.open()
		h.add(op{kind: trace.Trim, id: o.id, keep: keep})
	}
}

// Move says that the object from is called to from now on: a trim at its front.
func (h *Heap) Move(from, to Key) {
	o, ok := h.live[from]
	if !ok {
		return
	}
	if o2, taken := h.live[to]; taken && to != from {
		h.end(to, o2, false)
	}
	h.remove(from)
	h.put(to, o)
	if o.before {
		h.want[o.want] = to
	}
}

// Live says that the extent at key is live in the state in which the capture begins, which
// comes before all else. Extents ascend.
func (h *Heap) Live(key Key, e trace.Extent) {
	o := object{id: h.ids, req: strategies.Request{Size: e.Size}, absent: !h.c.picked(h)}
	h.put(key, o)
	if o.absent {
		return
	}
	h.add(op{kind: trace.Live, id: h.ids, keep: e})
	h.ids++
}

// Granted says where the allocation of key, which was just made, was placed, in one piece.
func (h *Heap) Granted(key Key, start uint64) {
	if o, ok := h.live[key]; ok && h.just(o) {
		h.add(op{kind: trace.Granted, keep: trace.Extent{Start: start, Size: o.req.Size}})
	}
}

// Refused says that the allocation of key, which was just made, failed with one of the
// refusals of package strategies. The object is freed, which frees nothing.
func (h *Heap) Refused(key Key, err error) {
	o, ok := h.live[key]
	if !ok {
		return
	}
	if h.just(o) {
		h.add(op{kind: trace.Refused, err: err})
	}
	h.end(key, o, false)
}

// Fail says that a request failed with one of the refusals of package strategies. It needs
// no key, since no object came of it.
func (h *Heap) Fail(req strategies.Request, err error) {
	const nobody = 1<<64 - 1
	key := Key{nobody, nobody, nobody}
	h.Alloc(key, req)
	h.Refused(key, err)
}

// just reports whether the last operation is the allocation of o.
func (h *Heap) just(o object) bool {
	n := len(h.ops)
	return !o.absent && n > 0 && h.ops[n-1].kind == trace.Alloc && h.ops[n-1].id == o.id
}

// add appends an operation.
func (h *Heap) add(o op) {
	if !h.c.spend() {
		return
	}
	o.at = h.c.now
	h.ops = append(h.ops, o)
}

// open lays out what was live before the window, once it has begun.
func (h *Heap) open() {
	if h.want == nil {
		return
	}
	for i, key := range h.want {
		o, ok := h.live[key]
		if !ok || !o.before || o.want != i {
			continue
		}
		o.before = false
		h.live[key] = o
		h.c.Note("objects that were live when the time window began, which are allocated first")
		h.add(op{kind: trace.Alloc, id: o.id, req: o.req})
	}
	h.want = nil
}
