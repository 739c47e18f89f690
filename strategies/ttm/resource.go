package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Resource is the memory that one object has in a region: what
// [Manager.Alloc] fills and [Manager.Free] empties. The zero value is an empty
// one. It is made to be embedded in the object and to be used again and again,
// with one manager only: the list of blocks keeps its capacity, so that after
// the first rounds nothing comes from the Go heap. A Resource must not be
// copied.
//
// Size, Visible, Place and Blocks read without a lock what Alloc has written.
// They belong to who may free the resource: whoever calls them must know that
// it holds memory and that nobody frees or evicts it meanwhile.
type Resource struct {
	_ noCopy

	// Owner says whose memory it is: the eviction callback finds the object
	// through it, dumps and errors name it (a string or a [fmt.Stringer] by
	// value, anything else by type). Set it before Alloc and leave it until
	// Free. The manager may call String with its lock held.
	Owner any

	manager    *Manager  // of the first Alloc, for good
	prev, next *Resource // in the list of its manager that it is in, if in any

	blocks  []strategies.Block
	place   Place
	size    uint64 // bytes asked for
	granted uint64 // bytes of blocks
	visible uint64 // bytes counted as visible, see Manager.take
	stamp   uint64 // when it entered the LRU list; ascends along the list
	pins    uint32 // not 0: in the list of pinned ones
	state   state

	first [inlineBlocks]strategies.Block // what blocks is at first
}

// inlineBlocks is how many blocks a Resource holds in itself. Four of five buddy
// grants of the graphics workload fit; a range manager needs one.
const inlineBlocks = 4

// state says what a Resource is doing, under the lock of its manager.
type state uint8

const (
	vacant   state = iota // holds nothing, is in no list
	marker                // holds nothing; stands in the LRU list where its Alloc's walk has come to
	resident              // holds memory, is in the LRU list or, with pins, among the pinned
	evicting              // resident, and a callback is at work on it
	reserved              // holds memory for Manager.Reserve, is in no list
)

// Size is the number of bytes asked for.
func (r *Resource) Size() uint64 { return r.size }

// Visible is the number of bytes that count as visible to the CPU.
func (r *Resource) Visible() uint64 { return r.visible }

// Place is the one of the places asked for that was granted.
func (r *Resource) Place() Place { return r.place }

// Blocks are the memory, in the order granted: what an sg table is built from.
// They belong to the manager and are valid until r is freed.
func (r *Resource) Blocks() []strategies.Block { return r.blocks }

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
}

// list is a ring of resources through an otherwise unused one. The oldest
// follows the root.
type list struct{ root Resource }

func (l *list) init() { l.root.prev, l.root.next = &l.root, &l.root }

// insertAfter links r, which is in no list, behind at.
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

// all yields the resources that hold memory, the oldest first.
func (l *list) all(yield func(*Resource) bool) {
	for r := l.root.next; r != &l.root; r = r.next {
		if r.state != marker && !yield(r) {
			return
		}
	}
}

// noCopy makes go vet find copies of what has it as a field.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}
