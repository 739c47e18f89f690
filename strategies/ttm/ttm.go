package ttm

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"github.com/vramlab/vramlab/strategies"
)

// Options are a driver's choices for a manager. With the zero value a manager never
// evicts.
type Options struct {
	// DefaultPage is the alignment, and so the smallest block, of requests that
	// have no alignment: a power of two, at least the region's page; 0 means that
	// page. In bytes.
	DefaultPage uint64

	// NoBAR says that the CPU sees nothing of the region. (Region.Visible = 0 means
	// that it sees all of it.)
	NoBAR bool

	// Evict makes an object give up its memory. Nil means that nothing is ever
	// evicted.
	Evict EvictFunc
}

// Manager hands out the memory of one region as resources. It is safe for use
// by several goroutines.
//
// One mutex guards the strategy, the counts and the lists; see
// [Manager.MeasureHolds] for how long it is held. Rejected: a second lock for the
// lists, as the kernel has (two locks a call, for a section of some ten nanoseconds);
// a map from objects to resources in place of embedding (a hash and a cache miss in
// each call).
type Manager struct {
	strategy strategies.Strategy
	region   strategies.Region
	managed  uint64 // bytes of the region that can be granted
	visible  uint64 // bytes from 0 that the CPU can see, whole pages
	align    uint64 // of requests without an alignment
	onEvict  EvictFunc

	// mu guards the fields below, and the state and links of every resource. It is
	// never held while a callback or a writer runs.
	mu        sync.Mutex
	settled   sync.Cond // an eviction has ended
	allocator strategies.Allocator
	clearer   strategies.ClearFreer // the allocator, nil if it does not track cleared memory

	avail           uint64 // managed less the blocks of resources and reservations
	visibleAvail    uint64 // visible less what they count as visible
	visibleReserved uint64 // visible bytes of reservations

	lru      [Priorities]list // resources without pins, oldest first, and markers
	pinned   list             // resources with pins
	stamp    uint64           // of the latest use
	reserved []*Resource      // by Reserve and Retire
	pending  []span           // to be retired, in use until now; by address, not adjoining
	groups   []*Group         // in the order made
	stats    Stats
	closed   bool

	holds *holds // nil while not measured
}

// New makes a manager for region r, all free, that places with strategy s. The error
// is ErrInvalid for an invalid region or DefaultPage, or the error of s.
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
	m.clearer, _ = strategies.As[strategies.ClearFreer](a)
	m.avail, m.visibleAvail = m.managed, m.visible
	m.settled.L = &m.mu
	for i := range m.lru {
		m.lru[i].init()
	}
	m.pinned.init()
	return m, nil
}

// visibleSize is how many bytes of r the CPU can see, in whole pages.
func visibleSize(r strategies.Region, none bool) uint64 {
	switch {
	case none:
		return 0
	case r.Visible == 0:
		return r.Managed()
	}
	return min(r.Visible&^(strategies.MinPage-1), r.Managed())
}

// Avail counts free memory.
type Avail struct {
	Total   uint64 // bytes
	Visible uint64 // bytes of Total that the CPU can see
}

// Avail returns how much memory is free now.
func (m *Manager) Avail() Avail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Avail{m.avail, m.visibleAvail}
}

// Stats counts evictions and what caused them.
type Stats struct {
	Evicted      uint64 // resources evicted
	EvictedBytes uint64 // bytes that they had requested
	Busy         uint64 // resources for which the callback returned ErrBusy
	Looked       uint64 // resources that walks for room looked at
	Limited      uint64 // attempts at a place that a group's Max refused
}

// Stats returns the counts so far.
func (m *Manager) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

// errClosed is the error of a closed manager.
var errClosed = fmt.Errorf("%w: the manager is closed", strategies.ErrInvalid)

// ErrBusy is returned by an [EvictFunc] for an object that is in use and cannot be
// evicted now.
var ErrBusy = errors.New("busy")

// EvictFunc makes the owner of victim give up its memory: the callback saves the
// contents elsewhere, or drops them. Its result decides:
//
//   - nil: victim is evicted. The manager takes its blocks back; the callback must
//     not free them. Work that still reads them (a copy engine) must be ordered
//     before all work of the next owner, as the kernel does with a manager's move
//     fence.
//   - ErrBusy, perhaps wrapped: victim keeps its memory and its place in the list,
//     and the walk goes on. Return it also for memory that the object has left and
//     that will be freed after a copy.
//   - any other error: victim keeps its memory, and the allocation fails with this
//     error.
//
// The callback runs without the manager's lock, on the goroutine of the Alloc or
// EvictAll that needs the room. It may use the manager for other resources. Until it
// returns, everybody else who evicts, frees or changes victim waits. To avoid a
// deadlock, never wait in the callback for a lock under which the owner calls the
// manager: use TryLock and return ErrBusy.
//
// Rejected: a callback that frees its victim. A second free by the owner at that
// moment could not be told from it.
type EvictFunc func(victim *Resource) error
