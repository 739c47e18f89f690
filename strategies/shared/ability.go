package shared

import "github.com/vramlab/vramlab/strategies"

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
