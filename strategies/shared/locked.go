package shared

import (
	"iter"
	"slices"
	"sync"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// Locked returns s with every allocator behind one mutex, named s.Name +
// "_locked". Caps, placements and optional abilities are those of s: under the
// lock nothing is different.
func Locked(s strategies.Strategy) strategies.Strategy {
	inner := s
	s.Name += "_locked"
	s.Doc = "one mutex around: " + inner.Doc
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := inner.New(r)
		if err != nil {
			return nil, err
		}
		return newLocked(a), nil
	}
	return s
}

// locked is an allocator behind a mutex.
type locked struct {
	mu    sync.Mutex
	inner strategies.Allocator
}

func newLocked(a strategies.Allocator) strategies.Allocator {
	l := &locked{inner: a}
	var able abilities
	if c, ok := a.(strategies.Counter); ok {
		able.Counter = lockedCounter{l, c}
	}
	if f, ok := a.(strategies.Footprinter); ok {
		able.Footprinter = lockedFootprinter{l, f}
	}
	if c, ok := a.(strategies.ClearFreer); ok {
		able.ClearFreer = lockedClearFreer{l, c}
	}
	return able.with(l)
}

func (l *locked) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inner.Alloc(dst, r)
}

// Free releases the lock too when the allocator panics: the allocator is as it
// was then, and of use to others.
func (l *locked) Free(blocks []strategies.Block) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inner.Free(blocks)
}

// FreeBlocks yields what was free when the iteration began. The lock is not
// held meanwhile, so the consumer may use the allocator.
func (l *locked) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		l.mu.Lock()
		blocks := slices.Collect(l.inner.FreeBlocks())
		l.mu.Unlock()
		slices.Values(blocks)(yield)
	}
}

func (l *locked) Check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return checkInner(l.inner)
}

func (l *locked) home(int) strategies.Allocator { return nil }

type lockedCounter struct {
	*locked
	inner strategies.Counter
}

func (l lockedCounter) Counters() strategies.Counters {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inner.Counters()
}

type lockedFootprinter struct {
	*locked
	inner strategies.Footprinter
}

func (l lockedFootprinter) Footprint() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(unsafe.Sizeof(*l.locked)) + l.inner.Footprint()
}

type lockedClearFreer struct {
	*locked
	inner strategies.ClearFreer
}

func (l lockedClearFreer) FreeCleared(blocks []strategies.Block) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inner.FreeCleared(blocks)
}
