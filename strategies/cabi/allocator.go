package cabi

import (
	"fmt"
	"iter"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// allocator is a heap of a library in the terms of package strategies. Everything
// whose address C is given lies in it or in its buffer, and neither moves.
type allocator struct {
	*provider
	heap    uintptr
	managed uint64 // bytes
	page    uint64
	live    ledger

	requests uint64 // made so far

	request  cRequest
	tag      uint64
	keep     cBlock
	counters cCounters
	buf      []cBlock // what blocks are passed in; in front of it and behind the room lie guards
	front    *cBlock  // the last of those in front
	room     uint64   // blocks that C may write
	args     [5]uintptr
}

const (
	leastRoom = 64
	// mostRoom is the most room for the worst case: a larger request that is granted
	// in more blocks is asked again with more room.
	mostRoom = 1 << 20
	// guardBlocks lie in front of the room and behind it, and those next to it tell
	// whether something was written there.
	guardBlocks = 64
)

// guard is no block of any region: it would end past 2^64.
var guard = cBlock{0xfee1_dead_fee1_dead, 0xdead_fee1_dead_fee1}

// wrap is the allocator of a new heap. The library destroys the heap some time after
// the last reference to the allocator is gone.
func (p *provider) wrap(heap uintptr, r strategies.Region) strategies.Allocator {
	a := &allocator{provider: p, heap: heap, managed: r.Managed(), page: r.Page}
	runtime.AddCleanup(a, p.lib.dead.add, grave{p, fnDestroy, p.destroy, heap})
	a.grow(leastRoom)
	return a.able()
}

// grow makes room for n blocks.
func (a *allocator) grow(n uint64) {
	whole := make([]cBlock, n+2*guardBlocks)
	a.buf, a.front = whole[guardBlocks:], &whole[guardBlocks-1]
	a.room = n
	*a.front, a.buf[n] = guard, guard
}

// roomFor is the room for any answer to r: a block for each page of it, with the
// rounding to a power of two that some allocators do.
func (a *allocator) roomFor(r *strategies.Request) uint64 {
	page := a.page
	if r.Size%page != 0 {
		page = strategies.MinPage
	}
	if r.Size/page >= mostRoom {
		return mostRoom
	}
	return max(leastRoom, uint64(2)<<bits.Len64(r.Size/page))
}

// translate is r as C sees it in a region.
func translate(r *strategies.Request, page, managed uint64) cRequest {
	c := cRequest{size: r.Size, align: r.Align, hi: managed, flags: uint32(r.Flags)}
	if c.align == 0 {
		c.align = page
	}
	if c.flags&flagRange != 0 {
		c.lo, c.hi = r.Lo, r.Hi
	}
	return c
}

// Alloc grants what the library grants. Every block lies inside the region; all
// other promises are the library's own, and [strategies.Checked] verifies them.
func (a *allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	n := a.ask(&r)
	if n < 0 {
		switch n {
		case noSpace:
			return dst, strategies.ErrNoSpace
		case invalid:
			return dst, strategies.ErrInvalid
		case tooBig:
			return dst, strategies.ErrTooBig
		}
		panic(a.fault("failed at %v: %s", r, codeName(n)))
	}
	dst, bad := a.enter(dst, n)
	if bad != nil {
		panic(a.fault("granted %v "+outside, r, bad.start, bad.size, a.managed))
	}
	return dst, nil
}

const outside = "the block %d+%d, which is empty or outside the region of %d bytes"

// enter appends the first n blocks of buf to dst, as a live grant, or returns one that no
// grant can have.
func (a *allocator) enter(dst []strategies.Block, n int64) (out []strategies.Block, bad *cBlock) {
	granted := a.buf[:n]
	id := a.live.add(a.tag, granted)
	for i := range granted {
		b := &granted[i]
		if b.size == 0 || b.start >= a.managed || b.size > a.managed-b.start {
			return dst, b
		}
		dst = append(dst, strategies.Block{Start: b.start, Size: b.size, Node: id})
	}
	return dst, nil
}

// ask has the library answer r into buf, with more room if it has to, and returns
// the number of blocks or an error code.
func (a *allocator) ask(r *strategies.Request) int64 {
	if room := a.roomFor(r); room > a.room {
		a.grow(room)
	}
	a.request = translate(r, a.page, a.managed)
	a.requests++
	n := a.callAlloc()
	// Blocks lie apart in the region, and rounding at most doubles a request.
	most := min(2*(r.Size/strategies.MinPage+1), a.managed/strategies.MinPage)
	for n == noRoom && a.room < most {
		a.grow(min(4*a.room, most))
		n = a.callAlloc()
	}
	if how := a.misfit(n); how != "" {
		panic(a.fault(how, *r))
	}
	if n == 0 {
		panic(a.fault("granted %v no block and returned 0; a refusal is VRAMLAB_ENOSPC", *r))
	}
	return n
}

// misfit is how the library left its room, or returned more than fits into it, as a format
// for what it was asked; empty if it did not.
func (a *allocator) misfit(n int64) string {
	switch {
	case *a.front != guard:
		return "wrote before the room for blocks it was given for %v"
	case a.buf[a.room] != guard:
		return fmt.Sprintf("wrote past the room for %d blocks it was given for %%v", a.room)
	case n > 0 && uint64(n) > a.room:
		return fmt.Sprintf("granted %%v %d blocks with room for %d", n, a.room)
	}
	return ""
}

func (a *allocator) callAlloc() int64 {
	a.tag = 0
	a.args = [5]uintptr{a.heap, uintptr(unsafe.Pointer(&a.request)),
		uintptr(unsafe.Pointer(&a.buf[0])), uintptr(a.room), uintptr(unsafe.Pointer(&a.tag))}
	return int64(a.locked(fnAlloc, a.alloc, 5))
}

// locked calls a function of the library with the first n of args.
func (a *allocator) locked(f function, fn uintptr, n int) uintptr {
	a.lib.mu.Lock()
	defer a.lib.mu.Unlock()
	a.lib.slot.requests = a.requests
	r := a.lib.cross(a.provider, f, fn, a.args[:n])
	runtime.KeepAlive(a) // or the heap might be destroyed during its last call
	return r
}

// Free gives back a grant. It checks that it is one, so that a library need not.
func (a *allocator) Free(blocks []strategies.Block) { a.release(blocks, 0) }

// FreeCleared is Free for blocks whose contents are zero, which a library without
// VRAMLAB_CAP_CLEAR is not told.
func (a *allocator) FreeCleared(blocks []strategies.Block) {
	if a.caps.Has(strategies.CapClear) {
		a.release(blocks, cleared)
	} else {
		a.release(blocks, 0)
	}
}

func (a *allocator) release(blocks []strategies.Block, flags uintptr) {
	tag, ok := a.live.remove(blocks)
	if !ok {
		panic(fmt.Sprintf("cabi: %s: Free of blocks that are not one live grant in its order: %v", a.name, strategies.Blocks(blocks)))
	}
	for i, b := range blocks { // they fit: they came out of buf
		a.buf[i] = cBlock{b.Start, b.Size}
	}
	a.args = [5]uintptr{a.heap, uintptr(tag), uintptr(unsafe.Pointer(&a.buf[0])), uintptr(len(blocks)), flags}
	if code := int64(int32(a.locked(fnFree, a.free, 5))); code != 0 {
		panic(a.fault("failed at the free of %v: %s", strategies.Blocks(blocks), codeName(code)))
	}
}

// FreeBlocks reads the list of free blocks at once, in a buffer of its own, and
// yields them.
func (a *allocator) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for _, b := range a.readFree() {
			if !yield(strategies.Block{Start: b.start, Size: b.size}) {
				return
			}
		}
	}
}

func (a *allocator) readFree() []cBlock {
	for {
		room := uint64(len(a.buf) - guardBlocks)
		a.args = [5]uintptr{a.heap, uintptr(unsafe.Pointer(&a.buf[0])), uintptr(room)}
		n := uint64(a.locked(fnFreeBlocks, a.freeBlocks, 3))
		switch {
		case *a.front != guard:
			panic(a.fault("wrote before the room for free blocks"))
		case a.buf[room] != guard:
			panic(a.fault("wrote past the room for %d free blocks", room))
		case n <= room:
			return slices.Clone(a.buf[:n])
		case n == math.MaxUint64:
			panic(a.fault("failed at the list of its free blocks: UINT64_MAX (or a C++ exception)"))
		case n > a.managed/strategies.MinPage:
			panic(a.fault("has %d free blocks in a region of %d bytes", n, a.managed))
		}
		a.grow(n + n/4)
	}
}

// Footprint is what the library says its bookkeeping takes, 0 if it does not say.
func (a *allocator) Footprint() uint64 {
	if a.footprint == 0 {
		return 0
	}
	a.args[0] = a.heap
	return uint64(a.locked(fnFootprint, a.footprint, 1))
}
