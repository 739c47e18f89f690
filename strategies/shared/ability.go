package shared

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// The abilities of an allocator inside a wrapper, and what stands in for them.

// check is nil for an allocator that cannot check itself.
func check(a strategies.Allocator) error {
	if k, ok := a.(strategies.Checker); ok {
		return k.Check()
	}
	return nil
}

// freeCleared is Free for an allocator that cannot be told.
func freeCleared(a strategies.Allocator, blocks []strategies.Block) {
	if c, ok := strategies.As[strategies.ClearFreer](a); ok {
		c.FreeCleared(blocks)
	} else {
		a.Free(blocks)
	}
}

// resetClear does nothing to an allocator that keeps no clear memory.
func resetClear(a strategies.Allocator, cleared bool) {
	if c, ok := strategies.As[strategies.ClearResetter](a); ok {
		c.ResetClear(cleared)
	}
}

// trim refuses for an allocator that cannot trim.
func trim(a strategies.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if t, ok := strategies.As[strategies.Trimmer](a); ok {
		return t.Trim(dst, blocks, start, size)
	}
	return dst, fmt.Errorf("%w: the allocator cannot trim", strategies.ErrInvalid)
}

// counters are all 0 for an allocator that does not count.
func counters(a strategies.Allocator) (n strategies.Counters) {
	if c, ok := strategies.As[strategies.Counter](a); ok {
		n = c.Counters()
	}
	return n
}

// footprint is 0 for an allocator that does not tell.
func footprint(a strategies.Allocator) (bytes uint64) {
	if f, ok := strategies.As[strategies.Footprinter](a); ok {
		bytes = f.Footprint()
	}
	return bytes
}
