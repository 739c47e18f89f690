package shared

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// MaxShards is the largest number of shards; more are not made.
const MaxShards = 64

// Sharded returns s with every region cut into that many parts, each with an
// allocator and a mutex of its own, named s.Name + "_sharded". The allocators are
// safe for concurrent use; [Home] gives a caller a shard to begin at. A region with
// fewer pages gets fewer shards.
//
// Caps are those of s without three. CapAnyAlign: a boundary between shards is a
// multiple of a power of two and of nothing else, so an alignment that is not a
// power of two is refused as invalid. CapPow2Blocks: a block's address in its shard
// is a multiple of its size, but its address in the region only as far as the
// boundary is. CapClear: a Clear request finds the cleared memory of the shard it
// comes to, and not that of the others; each allocator remains a
// [strategies.ClearFreer].
//
// A strategy without CapWindow cannot be sharded, and New says so: a request
// that is larger than any shard could not be placed across a boundary. Shards
// without requests across boundaries would be simpler by half, but then no request
// larger than a shard could be granted in an empty region, which every strategy must.
func Sharded(s strategies.Strategy, shards int) strategies.Strategy {
	if shards < 1 {
		panic(fmt.Sprintf("shared: %d shards of %s, where at least one is needed", shards, s.Name))
	}
	inner := s
	s.Name += "_sharded"
	s.Doc = "a mutex for each part of the region around: " + inner.Doc
	s.Caps &^= strategies.CapAnyAlign | strategies.CapPow2Blocks | strategies.CapClear
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		if !inner.Caps.Has(strategies.CapWindow) {
			return nil, fmt.Errorf("%w strategy: %s has no windows and cannot be sharded", strategies.ErrInvalid, inner.Name)
		}
		return newSharded(inner, r, shards)
	}
	return s
}

// sharded is the allocator of a region in parts.
type sharded struct {
	shards  []shard // by address; they tile the managed region
	managed uint64  // bytes
	page    uint64
	unit    uint64 // power of two of which every boundary is a multiple
	scatter bool   // the strategy has CapScatter

	cellShift uint       // log2 of the size of a cell
	cells     [256]uint8 // the shard in which each cell of the region begins

	_    [64]byte // what follows changes with every request
	next atomic.Uint32
	_    [60]byte
}

func newSharded(s strategies.Strategy, r strategies.Region, n int) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	a := &sharded{
		managed: r.Managed(),
		page:    r.Page,
		scatter: s.Caps.Has(strategies.CapScatter),
	}
	ends := a.cut(uint64(min(n, MaxShards)))
	a.shards = make([]shard, len(ends))
	var base uint64
	for i, end := range ends {
		inner, err := s.New(strategies.Region{Size: end - base, Page: r.Page})
		if err != nil {
			return nil, fmt.Errorf("shard [%d, %d): %w", base, end, err)
		}
		a.shards[i].init(base, end-base, inner)
		base = end
	}
	a.index()
	return a, nil
}

// cut returns where each of n shards ends: at a multiple of an eighth of the
// largest power of two in a share, so that large alignments hold in every shard
// and none is larger than another by more than a quarter.
func (a *sharded) cut(n uint64) (ends []uint64) {
	n = min(n, a.managed/a.page)
	share := a.managed / n
	grain := max(a.page, uint64(1)<<(bits.Len64(share)-1)/8)
	all := uint64(0)
	for i := uint64(1); i < n; i++ {
		end := (i*share + grain/2) &^ (grain - 1)
		all |= end
		ends = append(ends, end)
	}
	a.unit = all & -all
	if n == 1 {
		a.unit = 1 << 63
	}
	return append(ends, a.managed)
}

// index fills the cells. A cell is smaller than any shard, so that at most one
// shard begins in it.
func (a *sharded) index() {
	a.cellShift = uint(max(0, bits.Len64(a.managed-1)-8))
	i := 0
	for c := range a.cells {
		for i < len(a.shards)-1 && uint64(c)<<a.cellShift >= a.shards[i].end() {
			i++
		}
		a.cells[c] = uint8(i)
	}
}

// at is the shard of an address, or some shard for one outside the region.
func (a *sharded) at(addr uint64) *shard {
	i := int(a.cells[min(addr>>(a.cellShift&63), uint64(len(a.cells)-1))])
	if i+1 < len(a.shards) && addr >= a.shards[i+1].base {
		i++
	}
	return &a.shards[i]
}

// Unwrap is the allocator of the first shard: what it can, those of the others can.
func (a *sharded) Unwrap() strategies.Allocator { return a.shards[0].inner }

// Alloc begins each request at the next shard: a turn is deterministic, and a caller
// that waited at a home shard in use, instead of going on, would wait for the longest
// search.
func (a *sharded) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return a.alloc(dst, r, int(a.next.Add(1)-1)%len(a.shards))
}

func (a *sharded) Free(blocks []strategies.Block) { a.release(blocks, false) }

// FreeBlocks yields what was free when the iteration began, shard by shard; a
// free run across a boundary comes in pieces.
func (a *sharded) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		a.lockAll()
		var blocks []strategies.Block
		for i := range a.shards {
			s := &a.shards[i]
			for b := range s.inner.FreeBlocks() {
				blocks = append(blocks, strategies.Block{Start: s.base + b.Start, Size: b.Size})
			}
		}
		a.unlockAll()
		slices.Values(blocks)(yield)
	}
}

// Home is a view of a that begins every request at shard i, modulo the number of
// shards: one for each goroutine (or CPU, or client of a driver) keeps them out
// of each other's way. What one view granted any may free, and a itself too. If
// a is no allocator of [Sharded], it is its own and only view.
//
// Considered and rejected: the home shard from the address of the goroutine's stack.
// That is real affinity without a handle, but addresses then decide placements.
func Home(a strategies.Allocator, i int) strategies.Allocator {
	if v, ok := a.(*view); ok {
		a = v.sharded
	}
	s, ok := a.(*sharded)
	if !ok {
		return a
	}
	n := len(s.shards)
	return &view{s, (i%n + n) % n}
}

// view is a sharded allocator with a home shard.
type view struct {
	*sharded
	shard int
}

func (v *view) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return v.alloc(dst, r, v.shard)
}

// lockAll takes all locks, in the order of addresses as everybody who takes
// more than one.
func (a *sharded) lockAll() {
	for i := range a.shards {
		a.shards[i].mu.Lock()
	}
}

func (a *sharded) unlockAll() {
	for i := range a.shards {
		a.shards[i].mu.Unlock()
	}
}

// Check checks each shard.
func (a *sharded) Check() error {
	a.lockAll()
	defer a.unlockAll()
	for i := range a.shards {
		s := &a.shards[i]
		if err := s.check(); err != nil {
			return fmt.Errorf("shared: in the shard at %d: %w", s.base, err)
		}
	}
	return nil
}

// Counters are the sums over all shards.
func (a *sharded) Counters() (sum strategies.Counters) {
	a.lockAll()
	defer a.unlockAll()
	for i := range a.shards {
		c := counters(a.shards[i].inner)
		sum.Splits += c.Splits
		sum.Merges += c.Merges
		sum.Visits += c.Visits
	}
	return sum
}

// Footprint is the sum over all shards, with the wrapper's own.
func (a *sharded) Footprint() uint64 {
	a.lockAll()
	defer a.unlockAll()
	n := uint64(unsafe.Sizeof(*a))
	for i := range a.shards {
		n += a.shards[i].footprint()
	}
	return n
}

// FreeCleared is Free where the allocators of the shards cannot be told.
func (a *sharded) FreeCleared(blocks []strategies.Block) { a.release(blocks, true) }

// ResetClear tells every shard at once; it does nothing where the allocators keep no
// clear memory.
func (a *sharded) ResetClear(cleared bool) {
	a.lockAll()
	defer a.unlockAll()
	for i := range a.shards {
		resetClear(a.shards[i].inner, cleared)
	}
}
