package shared

import (
	"fmt"
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
		return &locked{inner: a}, nil
	}
	return s
}

// locked is an allocator behind a mutex.
type locked struct {
	mu    sync.Mutex
	inner strategies.Allocator
}

// Unwrap is the allocator behind the mutex.
func (l *locked) Unwrap() strategies.Allocator { return l.inner }

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
	return check(l.inner)
}

// FreeCleared is Free where the allocator cannot be told.
func (l *locked) FreeCleared(blocks []strategies.Block) {
	l.mu.Lock()
	defer l.mu.Unlock()
	freeCleared(l.inner, blocks)
}

// ResetClear does nothing where the allocator keeps no clear memory.
func (l *locked) ResetClear(cleared bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	resetClear(l.inner, cleared)
}

// Trim refuses where the allocator cannot trim.
func (l *locked) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return trim(l.inner, dst, blocks, start, size)
}

// Place refuses where the allocator cannot place.
func (l *locked) Place(dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p, ok := strategies.As[strategies.Placer](l.inner); ok {
		return p.Place(dst, start, size)
	}
	return dst, fmt.Errorf("%w: the allocator cannot place an extent", strategies.ErrInvalid)
}

// Counters are those of the allocator.
func (l *locked) Counters() strategies.Counters {
	l.mu.Lock()
	defer l.mu.Unlock()
	return counters(l.inner)
}

// Footprint is that of the allocator and the wrapper.
func (l *locked) Footprint() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(unsafe.Sizeof(*l)) + footprint(l.inner)
}
