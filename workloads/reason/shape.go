package reason

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// A Shape is what a place for a request in one piece is like: Size free bytes at a multiple
// of Align, inside [Lo, Hi).
type Shape struct{ Size, Align, Lo, Hi uint64 }

// Fits is the lowest place of the shape inside [from, to); ok is false if there is none.
func (p Shape) Fits(from, to uint64) (at uint64, ok bool) {
	from, to = roundUp(max(from, p.Lo), p.Align), min(to, p.Hi)
	return from, p.Size > 0 && from <= to && p.Size <= to-from
}

// Shapes are the places of a request in one piece. By the rules of the strategy it is granted
// where one like sure is free; sound is false where the rules do not tell. It is never granted
// unless one like least is. Where both are the same, the rules say exactly when it is granted.
func Shapes(region strategies.Region, r strategies.Request, rules Rules) (sure, least Shape, sound bool) {
	f := new(Finding)
	f.Ask(r)
	page := region.Page
	x := looking{Finding: f, rules: rules, page: page, size: roundUp(r.Size, page), hi: region.Managed()}
	x.allow(r)
	if x.size == 0 || x.size > 1<<62 || x.hi < x.lo {
		return sure, least, false
	}
	least = Shape{x.size, x.runAlign(), x.lo, x.hi}
	if bits.OnesCount64(least.Align) != 1 {
		least.Align = page
	}
	switch x.needs() {
	case extent:
		least.Align = x.extentAlign()
		return least, least, true
	case block:
		sure = Shape{Lo: x.lo, Hi: x.hi}
		sure.Size = 1 << bits.Len64(x.size-1)
		sure.Align = sure.Size
		if !x.harder() || sure.Size == x.size { // of a power of two a run would be that block
			least = sure
		}
		return sure, least, true
	}
	return least, least, false
}

// extentAlign is the alignment of one free extent. A request for all addresses that it allows
// takes them as they are.
func (x *looking) extentAlign() uint64 {
	if x.size == x.hi-x.lo && x.rules.Powers {
		return x.page
	}
	return max(x.Align, x.page)
}

// harder says that a strategy which looks for one block also puts a run together.
func (x *looking) harder() bool {
	flags := strategies.Flags(x.Flags)
	return flags&strategies.Contiguous != 0 && flags&strategies.Range == 0 && !x.rules.NoWindow && x.size > x.page
}

// runAlign is the least alignment of a run that is not one block.
func (x *looking) runAlign() uint64 {
	return min(max(x.Align, x.page), uint64(1)<<(bits.Len64(x.size)-1))
}
