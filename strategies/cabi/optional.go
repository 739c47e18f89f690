package cabi

import (
	"fmt"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// What only some libraries can do. Each ability is a type with its one method, so that an
// allocator has those that its library has.
type (
	counter  struct{ a *allocator }
	trimmer  struct{ a *allocator }
	resetter struct{ a *allocator }
)

// able is a with the abilities of its library.
func (a *allocator) able() strategies.Allocator {
	c, t, r := counter{a}, trimmer{a}, resetter{a}
	switch counts, trims, resets := a.cStrategy.counters != 0, a.cStrategy.trim != 0, a.cStrategy.resetClear != 0; {
	case counts && trims && resets:
		return struct {
			*allocator
			counter
			trimmer
			resetter
		}{a, c, t, r}
	case counts && trims:
		return struct {
			*allocator
			counter
			trimmer
		}{a, c, t}
	case counts && resets:
		return struct {
			*allocator
			counter
			resetter
		}{a, c, r}
	case trims && resets:
		return struct {
			*allocator
			trimmer
			resetter
		}{a, t, r}
	case counts:
		return struct {
			*allocator
			counter
		}{a, c}
	case trims:
		return struct {
			*allocator
			trimmer
		}{a, t}
	case resets:
		return struct {
			*allocator
			resetter
		}{a, r}
	}
	return a
}

// Counters are the events that the library counted.
func (c counter) Counters() strategies.Counters {
	a := c.a
	a.args = [5]uintptr{a.heap, uintptr(unsafe.Pointer(&a.counters))}
	a.locked(fnCounters, a.cStrategy.counters, 2)
	n := &a.counters
	return strategies.Counters{Splits: n.splits, Merges: n.merges, Visits: n.visits}
}

// trimRoom is the room for what is left of a block, cut into aligned powers of two.
const trimRoom = 128

// Trim refuses what no library is asked for: anything but whole pages of a grant of one
// block.
func (t trimmer) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	a := t.a
	if !a.live.holds(blocks) {
		panic(fmt.Sprintf("cabi: %s: Trim of blocks that are not one live grant in its order: %v", a.name, strategies.Blocks(blocks)))
	}
	b := blocks[0]
	if len(blocks) != 1 || size == 0 || (start|size)&(a.page-1) != 0 || start < b.Start || start-b.Start > b.Size || size > b.End()-start {
		return dst, strategies.ErrInvalid
	}
	if a.room < trimRoom {
		a.grow(trimRoom)
	}
	a.tag, _ = a.live.remove(blocks)
	a.keep = cBlock{start, size}
	a.buf[0] = cBlock{b.Start, b.Size}
	a.args = [5]uintptr{a.heap, uintptr(unsafe.Pointer(&a.tag)), uintptr(unsafe.Pointer(&a.keep)),
		uintptr(unsafe.Pointer(&a.buf[0])), uintptr(a.room)}
	n := int64(a.locked(fnTrim, a.cStrategy.trim, 5))
	how := a.misfit(n)
	if how == "" && n <= 0 {
		how = "failed at %v: " + codeName(n)
	}
	if how != "" {
		panic(a.fault(how, wanted(b, start, size)))
	}
	dst, bad := a.enter(dst, n)
	if bad != nil {
		panic(a.fault("granted %v "+outside, wanted(b, start, size), bad.start, bad.size, a.managed))
	}
	return dst, nil
}

// wanted is a trim in words.
func wanted(b strategies.Block, start, size uint64) string {
	return fmt.Sprintf("the trim of %v to %d+%d", b, start, size)
}

// ResetClear tells the library what free memory contains.
func (r resetter) ResetClear(to bool) {
	a := r.a
	a.args = [5]uintptr{a.heap}
	if to {
		a.args[1] = 1
	}
	if code := int64(int32(a.locked(fnResetClear, a.cStrategy.resetClear, 2))); code != 0 {
		panic(a.fault("failed at a reset of what is clear: %s", codeName(code)))
	}
}
