// Package pages translates between the bytes of a request and the pages of a
// region, for strategies that grant one extent a request: what is rounded, which
// requests are refused before any search, and what a Free must look like.
package pages

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// Scale is a region in pages.
type Scale struct {
	Pages uint64 // managed
	shift uint   // log2 of the page size
}

// Of returns the scale of a region, or what is wrong with the region.
func Of(r strategies.Region) (Scale, error) {
	if err := r.Validate(); err != nil {
		return Scale{}, err
	}
	shift := uint(bits.TrailingZeros64(r.Page))
	return Scale{Pages: r.Size >> shift, shift: shift}, nil
}

// Narrow reports whether 32 bits hold every page number of the region, its end, and
// one more number that stands for no page.
func (s Scale) Narrow() bool { return s.Pages < 1<<32-1 }

// A Query is a request in pages that its window has room for.
type Query struct {
	Size, Align uint64 // at least 1
	Lo, Hi      uint64 // window; the region if there is none
	Top         bool   // TopDown
}

// Plain is the size in pages of a request of whole pages without conditions; not ok
// for any other request, and for a size that is 0 or larger than the region.
func (s Scale) Plain(r *strategies.Request) (size uint64, ok bool) {
	size = r.Size >> (s.shift & 63)
	odd := r.Size ^ size<<(s.shift&63)
	conditions := r.Flags & (strategies.Range | strategies.TopDown)
	return size, r.Align|uint64(conditions)|odd == 0 && size-1 < s.Pages
}

// Query translates r: the size is rounded up to the page, the alignment down
// (below a page there is none), the window inwards and to the region. What no
// search could grant is refused.
func (s Scale) Query(r *strategies.Request) (q Query, err error) {
	shift := s.shift & 63
	switch {
	case r.Size == 0:
		return q, strategies.ErrInvalid
	case (r.Size-1)>>shift >= s.Pages:
		return q, strategies.ErrTooBig
	}
	q.Size = (r.Size-1)>>shift + 1
	q.Align = max(r.Align>>shift, 1)
	q.Hi = s.Pages
	q.Top = r.Flags&strategies.TopDown != 0
	if r.Flags&strategies.Range != 0 {
		if r.Lo != 0 {
			q.Lo = (r.Lo-1)>>shift + 1
		}
		if r.Hi != 0 {
			q.Hi = min(r.Hi>>shift, s.Pages)
		}
		if q.Lo >= q.Hi || q.Hi-q.Lo < q.Size {
			return q, strategies.ErrNoSpace
		}
	}
	return q, nil
}

// Block is the block of size pages from page start on.
func (s Scale) Block(start, size uint64, node uint32) strategies.Block {
	return strategies.Block{Start: start << (s.shift & 63), Size: size << (s.shift & 63), Node: node}
}

// Extent is a block in pages; not ok if it is not whole pages.
func (s Scale) Extent(b *strategies.Block) (start, size uint64, ok bool) {
	start, size = b.Start>>(s.shift&63), b.Size>>(s.shift&63)
	return start, size, (b.Start^start<<(s.shift&63))|(b.Size^size<<(s.shift&63)) == 0
}

// BadFree says what is wrong with a list that is not one live allocation of the
// strategy.
func BadFree(strategy string, blocks []strategies.Block) string {
	if len(blocks) != 1 {
		return fmt.Sprintf("%s: free of %d blocks, where every allocation is one", strategy, len(blocks))
	}
	return fmt.Sprintf("%s: free of %d+%d, which is not (or no longer) a live allocation", strategy, blocks[0].Start, blocks[0].Size)
}
