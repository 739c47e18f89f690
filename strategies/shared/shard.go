package shared

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// shard is a part of the region. Everything but base and size is guarded by the
// mutex.
type shard struct {
	base, size uint64

	mu      sync.Mutex
	inner   strategies.Allocator // counts from base
	free    uint64               // bytes
	frees   uint64               // how often something was given back
	pieces  []piece              // of grants in several shards, by start
	scratch []strategies.Block   // copies of what is given to inner.Free, and probes
	// Two shards share no cache line: with the bookkeeping of two shards of tlsf on
	// one line, two goroutines took longer than one behind a lock.
	_ [64]byte
}

// piece is what a grant in several shards has in one of them.
type piece struct {
	start uint64 // of its first block
	sum   uint64 // of all blocks of the grant
}

func (s *shard) init(base, size uint64, inner strategies.Allocator) {
	s.base, s.size, s.inner, s.free = base, size, inner, size
	s.pieces = make([]piece, 0, 32)
	s.scratch = make([]strategies.Block, 0, 64)
}

func (s *shard) end() uint64 { return s.base + s.size }

// alloc grants r, which counts from base, in region addresses.
func (s *shard) alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	n := len(dst)
	out, err := s.inner.Alloc(dst, r)
	if err != nil {
		return dst, err
	}
	for i := n; i < len(out); i++ {
		s.free -= out[i].Size
		out[i].Start += s.base
	}
	return out, nil
}

// giveBack is Free for blocks that are all of this shard. It panics when they
// are not exactly one grant of its allocator.
func (s *shard) giveBack(blocks []strategies.Block, cleared bool) {
	own := s.scratch[:0]
	var bytes uint64
	for i := range blocks {
		b := blocks[i]
		b.Start -= s.base
		bytes += b.Size
		own = append(own, b)
	}
	s.scratch = own[:0]
	if cleared {
		freeCleared(s.inner, own)
	} else {
		s.inner.Free(own)
	}
	s.free += bytes
	s.frees++
}

// vacant reports whether all of [lo, hi), in region addresses, is free, by
// taking it and giving it back.
func (s *shard) vacant(lo, hi uint64) bool {
	out, err := s.inner.Alloc(s.scratch[:0], s.exact(lo, hi))
	if err == nil {
		s.inner.Free(out)
	}
	s.scratch = out[:0]
	return err == nil
}

// exact is a request for precisely [lo, hi).
func (s *shard) exact(lo, hi uint64) strategies.Request {
	return strategies.Request{
		Size:  hi - lo,
		Lo:    lo - s.base,
		Hi:    hi - s.base,
		Flags: strategies.Range | strategies.Contiguous,
	}
}

// find returns where the piece that starts at start is, or would be.
func (s *shard) find(start uint64) (at int, found bool) {
	return slices.BinarySearchFunc(s.pieces, start, func(p piece, start uint64) int {
		return cmp.Compare(p.start, start)
	})
}

// enter notes a piece.
func (s *shard) enter(p piece) {
	at, _ := s.find(p.start)
	s.pieces = slices.Insert(s.pieces, at, p)
}

// forget takes out the piece that starts at start.
func (s *shard) forget(start uint64) {
	at, _ := s.find(start)
	s.pieces = slices.Delete(s.pieces, at, at+1)
	if len(s.pieces) == 0 && cap(s.pieces) > 1024 {
		s.pieces = make([]piece, 0, 32) // memory in proportion to what is live
	}
}

func (s *shard) footprint() uint64 {
	return uint64(unsafe.Sizeof(*s)) +
		uint64(cap(s.pieces))*uint64(unsafe.Sizeof(piece{})) +
		uint64(cap(s.scratch))*uint64(unsafe.Sizeof(strategies.Block{})) +
		footprint(s.inner)
}

func (s *shard) check() error {
	var free uint64
	for b := range s.inner.FreeBlocks() {
		free += b.Size
	}
	if free != s.free {
		return fmt.Errorf("%d bytes are counted as free and %d are", s.free, free)
	}
	for i, p := range s.pieces {
		if p.start-s.base >= s.size || i > 0 && p.start <= s.pieces[i-1].start {
			return errors.New("the pieces do not ascend inside it")
		}
	}
	return check(s.inner)
}
