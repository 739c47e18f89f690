package strategytest

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// modest is a strategy that does as little as the contract allows: regions and
// blocks that are powers of two, what is larger than asked is kept, no windows,
// TopDown ignored, odd sizes and alignments refused.
var modest = strategies.Strategy{
	Name: "modest",
	Doc:  "powers of two, first fit",
	Caps: strategies.CapPow2Blocks | strategies.CapRoundUp,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if r.Validate() == nil && r.Size&(r.Size-1) != 0 {
			return nil, fmt.Errorf("%w: %d is no power of two", strategies.ErrInvalid, r.Size)
		}
		a, err := newFirstFit(r, false)
		if err != nil {
			return nil, err
		}
		return spoilt{a.(*firstFit), planted{alloc: allocPow2}}, nil
	},
}

func allocPow2(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	page := a.region.Page
	odd := r.Size == 0 || (r.Size|r.Align)&(page-1) != 0 || r.Align&(r.Align-1) != 0
	if odd || r.Flags&strategies.Range != 0 || r.Size > a.region.Managed() {
		return dst, strategies.ErrInvalid
	}
	size := max(r.Align, 1<<bits.Len64(r.Size-1))
	return a.Alloc(dst, strategies.Request{Size: size, Align: size})
}

// TestModest holds the kit back: it must not demand what Caps does not declare.
func TestModest(t *testing.T) {
	Run(t, modest)
	for _, seed := range fuzzSeeds() {
		if err := runBytes(modest, seed); err != nil {
			t.Error(err)
		}
	}
}

// clearing is first fit that remembers which pages are zero and takes single
// pages for Clear requests from there.
type clearing struct {
	*firstFit
	zero []uint64 // pages, ascending
}

var clearingStrategy = strategies.Strategy{
	Name: "clearing",
	Doc:  "first fit that knows which pages are zero",
	Caps: Reference.Caps | strategies.CapClear,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := newFirstFit(r, false)
		if err != nil {
			return nil, err
		}
		return &clearing{firstFit: a.(*firstFit)}, nil
	},
}

func (a *clearing) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	from := len(dst)
	out, err := a.place(dst, r)
	if err == nil {
		b := out[from]
		a.zero = slices.DeleteFunc(a.zero, func(at uint64) bool { return at >= b.Start && at < b.End() })
	}
	return out, err
}

func (a *clearing) place(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Flags == strategies.Clear && len(a.zero) > 0 {
		r := r
		r.Flags |= strategies.Range
		r.Lo, r.Hi = a.zero[0], a.zero[0]+a.region.Page
		if out, err := a.firstFit.Alloc(dst, r); err == nil {
			return out, nil
		}
	}
	return a.firstFit.Alloc(dst, r)
}

func (a *clearing) FreeCleared(blocks []strategies.Block) {
	a.Free(blocks)
	for at := blocks[0].Start; at < blocks[0].End(); at += a.region.Page {
		a.zero = append(a.zero, at)
	}
	slices.Sort(a.zero)
}

// TestClearing shows that the rules for CapClear can be kept.
func TestClearing(t *testing.T) {
	Run(t, clearingStrategy)
}
