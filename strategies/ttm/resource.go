package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Resource is the memory of one object in a region, filled by [Manager.Alloc] and
// emptied by [Manager.Free]. The zero value is empty. Embed it in the object and
// reuse it, always with the same manager: it keeps the capacity of its list of
// blocks, so nothing comes from the Go heap after the first uses. A Resource must not
// be copied.
//
// Size, Visible, Place, Group and Blocks read without a lock what Alloc wrote. Call them only
// while the resource holds memory and nobody frees or evicts it.
type Resource struct {
	_ noCopy

	// Owner says whose memory it is. The eviction callback finds the object
	// through it; dumps and errors name it, a string or a [fmt.Stringer] by
	// value, anything else by type. Set it before Alloc and do not change it
	// until Free. The manager may call String with its lock held.
	Owner any

	manager    *Manager  // of the first Alloc, never changed
	prev, next *Resource // in one of the manager's lists, nil in none

	blocks  []strategies.Block
	place   Place
	size    uint64 // bytes requested
	granted uint64 // bytes of blocks
	visible uint64 // bytes counted as visible, see Manager.take
	stamp   uint64 // of its latest use, see Resource.position
	bulk    *Bulk  // it is a member of, nil for none; of a marker, the one it stands inside
	group   *Group // that is charged, nil for none
	pins    uint32 // not 0: in the list of pinned resources
	state   state

	priority uint8 // of the LRU list that it is in, or goes to

	first [inlineBlocks]strategies.Block // first storage of blocks
}

// inlineBlocks is the number of blocks for which a Resource has room. Four of five
// buddy grants of the graphics workload fit; a range manager needs one.
const inlineBlocks = 4

// state is the state of a Resource, guarded by the lock of its manager.
type state uint8

const (
	vacant   state = iota // holds nothing, is in no list
	marker                // holds nothing; marks the place of a walk in an LRU list
	resident              // holds memory; in an LRU list or, with pins, in the pinned list
	evicting              // resident, and a callback decides about it
	reserved              // holds memory for Manager.Reserve, is in no list
	retired               // the same for Manager.Retire
)

// Size is the number of bytes requested.
func (r *Resource) Size() uint64 { return r.size }

// Visible is the number of bytes that count as visible to the CPU.
func (r *Resource) Visible() uint64 { return r.visible }

// Place is the place that was granted, one of those of the request.
func (r *Resource) Place() Place { return r.place }

// Blocks are the blocks in the order granted, from which the driver builds an sg
// table. They belong to the manager and are valid until r is freed.
func (r *Resource) Blocks() []strategies.Block { return r.blocks }

// Group is the group that is charged for r, nil for none.
func (r *Resource) Group() *Group { return r.group }

// name is the owner for a message.
func (r *Resource) name() string {
	switch o := r.Owner.(type) {
	case nil:
		return "unnamed"
	case string:
		return o
	case fmt.Stringer:
		return o.String()
	}
	return fmt.Sprintf("%T", r.Owner)
}

// reset makes r an empty resource that keeps the capacity of its blocks.
func (r *Resource) reset() {
	r.blocks = r.blocks[:0]
	r.place, r.size, r.granted, r.visible, r.state = Place{}, 0, 0, 0, vacant
	if r.priority = 0; r.bulk != nil || r.group != nil {
		r.bulk, r.group = nil, nil // not otherwise, for each write of a pointer has a barrier
	}
}

// list is a ring of resources. The oldest one follows the root, which is not one.
type list struct{ root Resource }

func (l *list) init() { l.root.prev, l.root.next = &l.root, &l.root }

// insertAfter links r, which is in no list, after at.
func (r *Resource) insertAfter(at *Resource) {
	r.prev, r.next = at, at.next
	at.next.prev = r
	at.next = r
}

// unlink takes r out of its list.
func (r *Resource) unlink() {
	r.prev.next, r.next.prev = r.next, r.prev
	r.prev, r.next = nil, nil
}

// all yields the resources that hold memory, oldest first; it skips markers.
func (l *list) all(yield func(*Resource) bool) {
	for r := l.root.next; r != &l.root; r = r.next {
		if r.state != marker && !yield(r) {
			return
		}
	}
}

// noCopy makes go vet report copies of a struct that has it as a field.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}
