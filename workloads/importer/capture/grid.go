package capture

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// grid turns bytes of a capture into those of a trace: times the scale, in whole pages.
type grid struct {
	page, scale uint64
	whole       bool // refuse what is no whole pages, instead of rounding it up
}

// scaleOp turns the sizes, addresses and conditions of an operation.
func (g grid) scaleOp(op *op) error {
	switch op.kind {
	case trace.Alloc:
		if err := g.roundUp(&op.req.Size); err != nil {
			return err
		}
		return g.conditions(&op.req)
	case trace.Live:
		if err := g.exact(&op.keep.Start, &op.keep.Size); err != nil {
			return err
		}
		if (op.keep.Start|op.keep.Size)&(g.page-1) != 0 {
			return fmt.Errorf("the live extent %v is no whole number of pages of %d: -scale makes it one", op.keep, g.page)
		}
	case trace.Granted:
		return g.exact(&op.keep.Start, &op.keep.Size)
	case trace.Trim: // the pages that what is kept lies in
		start, end := op.keep.Start, add(op.keep.Start, op.keep.Size)
		if err := g.exact(&start); err != nil {
			return err
		}
		if err := g.roundUp(&end); err != nil {
			return err
		}
		start &^= g.page - 1
		op.keep = trace.Extent{Start: start, Size: end - start}
	}
	return nil
}

// conditions scales the alignment and the window of a request.
func (g grid) conditions(r *strategies.Request) error {
	if r.Flags&strategies.Range != 0 {
		if err := g.exact(&r.Lo, &r.Hi); err != nil {
			return err
		}
	}
	if err := g.exact(&r.Align); err != nil {
		return err
	}
	if r.Align <= g.page {
		r.Align = 0
	}
	return nil
}

// exact scales numbers of bytes.
func (g grid) exact(bytes ...*uint64) error {
	for _, v := range bytes {
		over, scaled := bits.Mul64(*v, g.scale)
		if over != 0 {
			return fmt.Errorf("%d bytes times %d are over 64 bits: -scale makes it less", *v, g.scale)
		}
		*v = scaled
	}
	return nil
}

// roundUp scales a number of bytes, and rounds it up to whole pages.
func (g grid) roundUp(bytes *uint64) error {
	was := *bytes
	if err := g.exact(bytes); err != nil {
		return err
	}
	switch rest := *bytes & (g.page - 1); {
	case rest == 0:
	case g.whole:
		return fmt.Errorf("%d bytes, scaled by %d, are no whole pages of %d", was, g.scale, g.page)
	case *bytes > -g.page:
		return fmt.Errorf("%d bytes, scaled by %d and rounded up to pages, are over 64 bits", was, g.scale)
	default:
		*bytes += g.page - rest
	}
	return nil
}
