package device

import (
	"fmt"
	"slices"
	"sync"

	"github.com/vramlab/vramlab/strategies/ttm"
)

// Object is a buffer object of a device: something of a size that has its memory in one
// region at a time. The zero value with a Size is an object without memory. It must not be
// copied, and belongs to one device. Its fields are set while it has no memory; but see
// [Device.SetPriority] and [Device.SetBulk].
//
// Its methods and those of the device that have it as an argument want it locked.
type Object struct {
	// What a use looks at stands together, in front of the resource that it looks at then.
	mu       sync.Mutex
	at       int           // index of the region + 1; 0 is Nowhere
	res      *ttm.Resource // in that region, nil in system memory
	bulk     *Bulk
	pins     int
	priority uint8
	first    ttm.Resource // the resource that was taken first; more are made
	firstAt  int          // of which region + 1 that is
	spare    []*ttm.Resource
	spareAt  []int // of which regions the spare ones are

	Owner any    // whose it is, for messages: a string or fmt.Stringer by value
	Size  uint64 // bytes
	Align uint64 // as in a [ttm.Request]

	// Groups pay for the object: Groups[i] in region i. Regions behind the end have none.
	Groups []*ttm.Group
}

// Lock locks o: nobody else validates, changes or evicts it.
func (o *Object) Lock() { o.mu.Lock() }

// TryLock locks o and reports true, unless somebody else has locked it.
func (o *Object) TryLock() bool { return o.mu.TryLock() }

// Unlock ends the lock.
func (o *Object) Unlock() { o.mu.Unlock() }

// String names o by its owner.
func (o *Object) String() string {
	switch w := o.Owner.(type) {
	case nil:
		return "unnamed"
	case string:
		return w
	case fmt.Stringer:
		return w.String()
	}
	return fmt.Sprintf("%T", o.Owner)
}

// Region is the index of the region that o is in, or Nowhere.
func (o *Object) Region() int { return o.region() }

func (o *Object) region() int { return o.at - 1 }

// Resource is o's memory, nil in system memory and Nowhere.
func (o *Object) Resource() *ttm.Resource { return o.res }

// locked panics unless somebody has locked o.
func (o *Object) locked(verb string) {
	if o.mu.TryLock() {
		o.mu.Unlock()
		panic(fmt.Sprintf("device: %s of %v, which is not locked", verb, o))
	}
}

// take takes a resource for region i from those that o had, or makes one.
func (o *Object) take(i int) *ttm.Resource {
	if o.firstAt == 0 {
		o.firstAt, o.first.Owner = i+1, o
	}
	if o.firstAt == i+1 && o.res != &o.first {
		return &o.first
	}
	k := slices.Index(o.spareAt, i)
	if k < 0 {
		return &ttm.Resource{Owner: o}
	}
	r, last := o.spare[k], len(o.spare)-1
	o.spare[k], o.spareAt[k] = o.spare[last], o.spareAt[last]
	o.spare, o.spareAt = o.spare[:last], o.spareAt[:last]
	return r
}

// keep keeps a resource of region i, which is empty or about to be, for the next take.
func (o *Object) keep(i int, r *ttm.Resource) {
	if r != nil && r != &o.first {
		o.spare, o.spareAt = append(o.spare, r), append(o.spareAt, i)
	}
}

// Free takes the memory of o back; of one without memory there is none to take. It panics
// if o is pinned.
func (d *Device) Free(o *Object) { d.free(o, false) }

// FreeCleared is Free for memory known to be zero, as [ttm.Manager.FreeCleared] is.
func (d *Device) FreeCleared(o *Object) { d.free(o, true) }

func (d *Device) free(o *Object, cleared bool) {
	o.locked("free")
	if o.pins != 0 {
		panic(fmt.Sprintf("device: free of %v, which is pinned", o))
	}
	if o.region() == Nowhere {
		return
	}
	d.count(o, Nowhere, false)
	d.release(o, cleared)
}

// release gives o's memory, which is counted as gone already, back.
func (d *Device) release(o *Object, cleared bool) {
	if o.res != nil {
		m := d.regions[o.region()].manager
		if cleared {
			m.FreeCleared(o.res)
		} else {
			m.Free(o.res)
		}
		o.keep(o.region(), o.res)
	}
	o.at, o.res = 0, nil
}

// Touch makes o the most recently used object of its region and priority.
func (d *Device) Touch(o *Object) {
	o.locked("use")
	if o.res != nil {
		d.regions[o.region()].manager.Touch(o.res)
	}
}

// Pin keeps o where it is until Unpin was called as often. It panics if o has no memory.
func (d *Device) Pin(o *Object) {
	o.locked("pin")
	if o.region() == Nowhere {
		panic(fmt.Sprintf("device: pin of %v, which has no memory", o))
	}
	if o.pins++; o.res != nil {
		d.regions[o.region()].manager.Pin(o.res)
	}
}

// Unpin undoes one Pin. It panics if o is not pinned.
func (d *Device) Unpin(o *Object) {
	o.locked("unpin")
	if o.pins == 0 {
		panic(fmt.Sprintf("device: unpin of %v, which is not pinned", o))
	}
	if o.pins--; o.res != nil {
		d.regions[o.region()].manager.Unpin(o.res)
	}
}

// SetPriority gives o a priority below [ttm.Priorities], in all regions. It panics if there
// is none such.
func (d *Device) SetPriority(o *Object, priority uint8) {
	o.locked("change of priority")
	if priority >= ttm.Priorities {
		panic(fmt.Sprintf("device: priority %d for %v: the highest is %d", priority, o, ttm.Priorities-1))
	}
	o.priority = priority
	if o.res != nil {
		d.regions[o.region()].manager.SetPriority(o.res, priority)
	}
}

// Bulk is a set of objects that age together, in each region by a [ttm.Bulk]. An object
// stays a member when it moves, is evicted or freed.
type Bulk struct {
	device *Device
	bulks  []*ttm.Bulk // by region, nil for system memory
}

// NewBulk makes a bulk without members.
func (d *Device) NewBulk() *Bulk {
	b := &Bulk{device: d, bulks: make([]*ttm.Bulk, len(d.regions))}
	for i, r := range d.regions {
		if r.manager != nil {
			b.bulks[i] = r.manager.NewBulk()
		}
	}
	return b
}

// in is the part of b in region i. A nil b has none.
func (b *Bulk) in(i int) *ttm.Bulk {
	if b == nil {
		return nil
	}
	return b.bulks[i]
}

// SetBulk makes o a member of b instead of any other; with nil, of none. It panics if b is
// of another device.
func (d *Device) SetBulk(o *Object, b *Bulk) {
	o.locked("change of bulk")
	if b != nil && b.device != d {
		panic("device: use of a bulk of another device")
	}
	o.bulk = b
	if o.res != nil {
		d.regions[o.region()].manager.SetBulk(o.res, b.in(o.region()))
	}
}

// Bump makes all members of b the most recently used objects of their regions and
// priorities, by [ttm.Manager.Bump] in each region.
func (d *Device) Bump(b *Bulk) {
	if b.device != d {
		panic("device: use of a bulk of another device")
	}
	for i, r := range d.regions {
		if r.manager != nil {
			r.manager.Bump(b.bulks[i])
		}
	}
}
