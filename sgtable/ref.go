// Reference counted tables.
//
// An object's state is updated the moment a move is queued. When the queued work
// runs, the object may be several migrations ahead and the table that describes
// where its bytes were is gone, unless whoever still needs it said so. Ref is
// how they say so: one count beside the table, +1 for each holder, and whoever
// drops the last one runs the release.
//
// Invariants
//
//   - count is the number of references while there is one, and dead (far below 0)
//     once the last one was dropped. It never returns from there but by Init: a Get
//     or Put too many, and any number of them, leaves it far below 0, so that no
//     later TryGet can succeed by accident. If the table is tracked, it is what its
//     history says, which refuses before it counts, and so 0 after the last one.
//   - Whoever owns a reference may read table without a lock. Only the release, or
//     the owner of a table that nobody else can read yet, writes it.
//   - After release was called nothing here touches the Ref: release may free,
//     or recycle, the struct that it is embedded in.
//   - log is nil, or it was set before anybody else knew the Ref. So it is read
//     without a lock, and tracking that is off costs this one test.
//
// A Get or a Put is one atomic addition, O(1). Contended, the line that holds the
// count travels between the cores and the cost is that of the travel.
//
// Limits: as in the kernel the count orders the release after the last use of a
// table; it does not order two writers of the table. A cycle of references is
// never released, but tables refer to nothing, so there are none.

package sgtable

import (
	"fmt"
	"sync/atomic"
)

// Owner is the holder of the first reference, the one that [Ref.Init] makes.
const Owner = "owner"

// dead is where the count stands after the release: so low that no number of
// mistakes brings it back above 0.
const dead = -1 << 30

// A Ref is a table with a reference count, to be pointed at or embedded. It is
// usable after [Ref.Init] and must not be copied. Get, Put, TryGet, Count and
// Released may be called from several goroutines at once; Init, Track and
// SetTable are for the one who has it alone.
//
// A holder is a name for who has the reference, such as "capture". It is only
// looked at when the table is tracked, and then a reference must be put under the
// name it was taken by.
//
// The kernel's name for this is i915_refct_sgt.
type Ref struct {
	table   []Segment
	size    uint64     // of the object, bytes
	release func(*Ref) // nil: drop the table
	log     *history   // nil: not tracked
	count   atomic.Int32
}

// NewRef is [Ref.Init] of a new Ref.
func NewRef(table []Segment, size uint64, release func(*Ref)) *Ref {
	r := new(Ref)
	r.Init(table, size, release)
	return r
}

// Init makes r a table of an object of size bytes with one reference, held by
// [Owner]. A nil table means "no table yet": see [Ref.SetTable]. From now on table
// belongs to r and must not change while there is a reference.
//
// The last Put calls release, on its own goroutine and once; there the table may
// still be read, and r be freed or initialised again. A nil release drops the
// table.
//
// A Ref may be initialised again after its release, and is then no longer
// tracked. Init panics if it has references.
func (r *Ref) Init(table []Segment, size uint64, release func(*Ref)) {
	if n := r.Count(); n > 0 {
		panic(fmt.Sprintf("sgtable: Init of a table that has %d references", n))
	}
	r.table, r.size, r.release, r.log = table, size, release, nil
	r.count.Store(1)
}

// Get takes a reference for holder and returns r. The caller must have one
// already, or a lock that keeps somebody else's in place; who cannot be sure
// calls [Ref.TryGet]. It panics if there is none left.
func (r *Ref) Get(holder string) *Ref {
	if r.log != nil || r.count.Add(1) <= 1 {
		r.getSlow(holder)
	}
	return r
}

// getSlow is Get where it is not an addition alone: tracked, or a mistake.
func (r *Ref) getSlow(holder string) {
	if r.log == nil {
		r.count.CompareAndSwap(1, dead) // a Ref that was never initialised stays one
		panic(fmt.Sprintf("sgtable: %q gets a table that nobody holds: it was released, or never initialised", holder))
	}
	r.log.get(r, holder)
}

// TryGet takes a reference for holder unless the last one has been dropped, and
// reports whether it did. It is for who knows r from a list that keeps no
// reference of its own; r must then not be initialised again while it is there to
// be found. In the kernel this is the role of kref_get_unless_zero.
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

// Put drops a reference that holder has; the last one calls the release, and
// after that r may not be touched. Put of a nil Ref does nothing. A Put too many
// panics.
func (r *Ref) Put(holder string) {
	if r != nil && (r.log != nil || r.count.Add(-1) < 1) {
		r.putSlow(holder)
	}
}

// putSlow is Put where it is not a subtraction alone: tracked, the last one, or a
// mistake. Of a count that reached 0 nobody takes a reference any more, so it is
// still 0 unless somebody makes a mistake at this very moment.
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

// drop runs the release. That may hand r to somebody else, so it is the last thing
// done with r.
func (r *Ref) drop() {
	if r.release != nil {
		r.release(r)
		return
	}
	r.table = nil
}

// Hand passes the reference of one holder on to another, as the table of a move's
// target becomes the one cached for the object. The count stays; only a tracked
// table takes note, and panics if from has no reference.
func (r *Ref) Hand(from, to string) {
	if r.log != nil {
		r.log.hand(from, to)
	}
}

// Table is the table, nil if there is none yet. It stays valid, and unchanged,
// until the caller puts the reference by which it may read it. A tracked table
// panics if it is read after its release; of one that is not tracked nothing can
// be said then.
func (r *Ref) Table() []Segment {
	if r.log != nil {
		r.log.read()
	}
	return r.table
}

// SetTable gives r its table if it had none yet, or takes the table away (nil):
// pages get theirs at the first use and lose it when they are given back, while
// the Ref is embedded in what outlives both. It is for the owner, when nobody else
// can read the table. It panics if there is no reference and table is not nil.
func (r *Ref) SetTable(table []Segment) {
	if table != nil && r.Released() {
		panic("sgtable: SetTable of a table that nobody holds: it was released, or never initialised")
	}
	if r.log != nil {
		r.log.set(table)
	}
	r.table = table
}

// Size is the size of the object in bytes, as given to [Ref.Init]: the sum of the
// segments, if these are exact.
func (r *Ref) Size() uint64 { return r.size }

// Count is the number of references, 0 after the release. With other holders it
// may be another by the time it is looked at: it is for tests and statistics.
func (r *Ref) Count() int { return int(max(r.count.Load(), 0)) }

// Released reports whether the last reference has been dropped, or r never been
// initialised. A false may be out of date at once; a true is final, unless r is
// initialised again.
func (r *Ref) Released() bool { return r.count.Load() < 1 }

// Track makes t keep the history of r under name: who took and dropped
// references, and from where. It is called right after [Ref.Init], before anybody
// else knows r, and panics if there are more references than that one. A nil t
// does nothing, so that a caller need not ask whether tracking is on.
func (r *Ref) Track(t *Tracker, name string) {
	if t == nil {
		return
	}
	if n := r.Count(); n != 1 || r.log != nil {
		panic(fmt.Sprintf("sgtable: Track of table %q with %d references is too late, it belongs right after Init", name, n))
	}
	r.log = t.open(name, r.size)
}
