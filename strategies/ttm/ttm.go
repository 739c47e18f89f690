package ttm

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"github.com/vramlab/vramlab/strategies"
)

// Options are what a driver decides about a manager. The zero value is a
// manager that never evicts.
type Options struct {
	// DefaultPage is the smallest block and the alignment of what is allocated
	// without an alignment of its own: a power of two, not less than the
	// region's page; 0 is that page.
	DefaultPage uint64

	// NoBAR says that the CPU sees nothing of the region. (Region.Visible = 0
	// cannot say so: it means all of it.)
	NoBAR bool

	// Evict makes an object give up its memory so that another fits; nil means
	// that nothing is ever evicted. See [EvictFunc].
	Evict EvictFunc
}

// Manager hands out the memory of one region as resources. It is safe for use
// by several goroutines.
type Manager struct {
	strategy strategies.Strategy
	region   strategies.Region
	managed  uint64 // bytes of the region that can be granted
	visible  uint64 // bytes from 0 that the CPU can see, whole pages
	align    uint64 // of what has no alignment of its own
	onEvict  EvictFunc

	// mu is the lock whose hold times are the question. It guards what follows
	// and the state and links of every resource, and is never held while a
	// callback or a writer runs.
	mu        sync.Mutex
	settled   sync.Cond // an eviction has ended
	allocator strategies.Allocator

	avail           uint64 // managed less what resources and reservations hold
	visibleAvail    uint64 // visible less what they count as visible
	visibleReserved uint64 // of reservations alone

	lru      list   // what may be evicted, oldest first, and markers
	pinned   list   // what may not
	stamp    uint64 // of the latest to enter lru
	reserved []*Resource
	stats    Stats
	closed   bool

	holds *holds // nil while not measured
}

// New makes a manager for region r, all free, that places with strategy s. What
// s says of the region is passed on.
func New(s strategies.Strategy, r strategies.Region, o Options) (*Manager, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if o.DefaultPage == 0 {
		o.DefaultPage = r.Page
	}
	if o.DefaultPage < r.Page || bits.OnesCount64(o.DefaultPage) != 1 {
		return nil, fmt.Errorf("%w: default page %d is not a power of two of at least the region's page of %d",
			strategies.ErrInvalid, o.DefaultPage, r.Page)
	}
	a, err := s.New(r)
	if err != nil {
		return nil, err
	}
	m := &Manager{
		strategy:  s,
		region:    r,
		managed:   r.Managed(),
		visible:   visibleSize(r, o.NoBAR),
		align:     o.DefaultPage,
		onEvict:   o.Evict,
		allocator: a,
	}
	m.avail, m.visibleAvail = m.managed, m.visible
	m.settled.L = &m.mu
	m.lru.init()
	m.pinned.init()
	return m, nil
}

// visibleSize is the part of r that the CPU can see, in whole pages.
func visibleSize(r strategies.Region, none bool) uint64 {
	switch {
	case none:
		return 0
	case r.Visible == 0:
		return r.Managed()
	}
	return min(r.Visible&^(strategies.MinPage-1), r.Managed())
}

// Avail is how much memory is free.
type Avail struct {
	Total   uint64 // bytes
	Visible uint64 // bytes of it that the CPU can see
}

// Avail is how much memory is free now.
func (m *Manager) Avail() Avail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Avail{m.avail, m.visibleAvail}
}

// Stats are exact counts of what eviction has done so far.
type Stats struct {
	Evicted      uint64 // resources evicted
	EvictedBytes uint64 // what they had asked for
	Busy         uint64 // victims whose callback said ErrBusy
	Looked       uint64 // resources that the walks looked at
}

// Stats is what eviction has done so far.
func (m *Manager) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

// errClosed is what a closed manager answers.
var errClosed = fmt.Errorf("%w: the manager is closed", strategies.ErrInvalid)

// ErrBusy is what an [EvictFunc] returns for an object that cannot be evicted
// now, because somebody works with it.
var ErrBusy = errors.New("busy")

// EvictFunc makes the owner of victim give up its memory: it saves the contents
// elsewhere, or drops them, and from then on does without. What it returns
// decides:
//
//   - nil: victim is free to go. The manager takes its blocks back; the callback
//     must not. Work that still reads them (a copy engine) must be ordered before
//     whatever the next owner does, as the kernel does with the move fence of a
//     manager.
//   - ErrBusy, perhaps wrapped: victim stays, as old as it is, and the next one
//     is asked. That is the answer, too, for memory that the object no longer
//     counts as its own and that is freed when a copy out of it is done.
//   - any other error: victim stays, and the allocation fails with it.
//
// It runs without the manager's lock, on the goroutine of the Alloc (or
// EvictAll) that needs the room, and may use the manager for other resources.
// Until it returns, nobody else evicts, frees or changes victim: those who try
// wait. Hence the rule that keeps it from deadlock: never wait in it for a lock
// under which the owner calls the manager; use TryLock and return ErrBusy.
type EvictFunc func(victim *Resource) error
