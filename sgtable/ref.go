// Reference counted tables.
//
// A driver updates the state of an object when it queues a move. When the queued
// work runs, the object may be several moves ahead, and its old table is gone
// unless everybody who still needs it holds a reference. A Ref is a table with the
// count of its references; who drops the last one runs the release.
//
// Invariants
//
//   - count is the number of references while there is one, and dead (far below 0)
//     after the last one was dropped. Only Init brings it back: however many extra
//     Gets and Puts follow, it stays far below 0, so no later TryGet succeeds by
//     accident. The count of a tracked table is the number of references in its
//     history, which refuses a mistake before it counts; it is 0 after the last Put.
//   - A holder of a reference may read table without a lock. Only the release, or
//     the owner of a table that nobody else can read yet, writes it.
//   - Nothing here touches the Ref after it called release, which may free or reuse
//     the struct that the Ref is embedded in.
//   - log is nil, or was set before anybody else knew the Ref. So it is read
//     without a lock, and a Ref that is not tracked pays only for this test.
//
// A Get or a Put is one atomic addition, O(1). Under contention it costs moving the
// count's cache line between cores.
//
// Limits: as in the kernel, the count orders the release after the last use of the
// table; it does not order two writers of the table.

package sgtable

import (
	"fmt"
	"sync/atomic"
)

// Owner is the holder of the first reference, which [Ref.Init] makes.
const Owner = "owner"

// dead is the count after the release: so low that no number of mistakes brings it
// above 0.
const dead = -1 << 30

// A Ref is a table with a reference count. It may be embedded, is usable after
// [Ref.Init], and must not be copied. Get, Put, TryGet, Hand, Table, Count and
// Released may be called from several goroutines at once; Init, Track and SetTable
// may not run beside any other method.
//
// A holder is a name for the owner of a reference, such as "capture". It matters
// only for a tracked table: a reference must be put under the name it was taken
// by.
//
// In the kernel this is i915_refct_sgt.
type Ref struct {
	table   []Segment
	size    uint64     // of the object, bytes
	release func(*Ref) // nil: drop the table
	log     *history   // nil: not tracked
	count   atomic.Int32
}

// NewRef returns a new Ref, initialised as by [Ref.Init].
func NewRef(table []Segment, size uint64, release func(*Ref)) *Ref {
	r := new(Ref)
	r.Init(table, size, release)
	return r
}

// Init makes r a table of an object of size bytes with one reference, held by
// [Owner]. A nil table means "no table yet": see [Ref.SetTable]. The table belongs to
// r from now on and must not change while there is a reference.
//
// The last Put calls release once, on the goroutine of that Put. release may still
// read the table, and may free r or initialise it again. A nil release drops the
// table.
//
// A Ref may be initialised again after its release, and is then no longer tracked.
// Init panics if r has references.
func (r *Ref) Init(table []Segment, size uint64, release func(*Ref)) {
	if n := r.Count(); n > 0 {
		panic(fmt.Sprintf("sgtable: Init of a table that has %d references", n))
	}
	r.table, r.size, r.release, r.log = table, size, release, nil
	r.count.Store(1)
}

// Get takes a reference for holder and returns r. The caller must hold a reference
// already, or a lock under which another holder's cannot be dropped; otherwise it
// calls [Ref.TryGet]. Get panics if no reference is left.
func (r *Ref) Get(holder string) *Ref {
	if r.log != nil || r.count.Add(1) <= 1 {
		r.getSlow(holder)
	}
	return r
}

// getSlow is Get of a tracked table, or a Get that is a mistake.
func (r *Ref) getSlow(holder string) {
	if r.log == nil {
		r.count.CompareAndSwap(1, dead) // a Ref that was never initialised stays released
		panic(fmt.Sprintf("sgtable: %q gets a table that nobody holds: it was released, or never initialised", holder))
	}
	r.log.get(r, holder)
}

// TryGet takes a reference for holder unless the last one has been dropped, and
// reports whether it did. It is for callers that find r in a list without a
// reference of its own; r must not be initialised again while the list has it. In
// the kernel this is kref_get_unless_zero.
func (r *Ref) TryGet(holder string) bool {
	if r.log != nil {
		return r.log.tryGet(r, holder)
	}
	for {
		n := r.count.Load()
		if n < 1 {
			return false
		}
		if r.count.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Put drops a reference of holder. The last Put calls the release; nobody may use r
// after that. Put of a nil Ref does nothing. An extra Put panics, for a tracked
// table with its history.
func (r *Ref) Put(holder string) {
	if r != nil && (r.log != nil || r.count.Add(-1) < 1) {
		r.putSlow(holder)
	}
}

// putSlow is Put of a tracked table, the last Put, or a mistake. Nobody may take a
// reference once the count is 0, so it is still 0 here unless another goroutine
// makes a mistake at the same moment.
func (r *Ref) putSlow(holder string) {
	switch {
	case r.log != nil:
		r.log.put(r, holder)
	case r.count.CompareAndSwap(0, dead):
		r.drop()
	default:
		panic(fmt.Sprintf("sgtable: %q puts a table that nobody holds: it was released, or never initialised", holder))
	}
}

// drop runs the release, which may give r to somebody else, so nothing may touch r
// after drop.
func (r *Ref) drop() {
	if r.release != nil {
		r.release(r)
		return
	}
	r.table = nil
}

// Hand passes a reference from one holder to another, as when the table of a move's
// target becomes the object's cached table. It does not change the count. A tracked
// table panics if from has no reference; for any other, Hand does nothing.
func (r *Ref) Hand(from, to string) {
	if r.log != nil {
		r.log.hand(from, to)
	}
}

// Table returns the table, nil if there is none yet. It is valid and does not change
// until the caller puts its reference. A read after the release panics if the table
// is tracked, and is undefined otherwise.
func (r *Ref) Table() []Segment {
	if r.log != nil {
		r.log.read()
	}
	return r.table
}

// SetTable gives r its table if it has none yet, or takes it away if table is nil.
// System pages get a table at their first use and lose it when they are given back,
// while the struct that the Ref is embedded in lives on. The caller must make sure
// that nobody else can read the table. SetTable panics if there is no reference and
// table is not nil.
func (r *Ref) SetTable(table []Segment) {
	if table != nil && r.Released() {
		panic("sgtable: SetTable of a table that nobody holds: it was released, or never initialised")
	}
	if r.log != nil {
		r.log.set(table)
	}
	r.table = table
}

// Size is the size of the object in bytes, as given to [Ref.Init].
func (r *Ref) Size() uint64 { return r.size }

// Count is the number of references, 0 after the release. Other holders may change
// it at any time: it is for tests and statistics.
func (r *Ref) Count() int { return int(max(r.count.Load(), 0)) }

// Released reports whether the last reference was dropped, or r was never
// initialised. If false it may be out of date at once; if true it stays true until
// r is initialised again.
func (r *Ref) Released() bool { return r.count.Load() < 1 }

// Track makes t record under name who takes and drops references of r, and from
// where. Call it right after [Ref.Init], before anybody else knows r. It panics if r
// has more than one reference or is tracked already. With a nil t it does nothing,
// so a caller need not check whether tracking is on.
func (r *Ref) Track(t *Tracker, name string) {
	if t == nil {
		return
	}
	if n := r.Count(); n != 1 || r.log != nil {
		panic(fmt.Sprintf("sgtable: Track of table %q with %d references: call it right after Init", name, n))
	}
	r.log = t.open(name, r.size)
}
