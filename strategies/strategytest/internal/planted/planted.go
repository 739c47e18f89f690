// Package planted is strategies that are wrong on purpose, and two that do as little
// or as much as the contract allows: what the conformance kit tests itself with.
package planted

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
)

// Plant is a strategy with one mistake: first fit of which some methods are
// replaced.
type Plant struct {
	Mistake string
	Rules   string              // names of rules that must find it, among others
	Base    strategies.Strategy // firstfit.Single if there is none
	Caps    strategies.Caps     // claimed on top of what the base can

	Make   func(strategies.Region) (strategies.Allocator, error)
	Alloc  Alloc
	Free   func(a *firstfit.Allocator, blocks []strategies.Block)
	Trim   func(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error)
	Blocks func(a *firstfit.Allocator) iter.Seq[strategies.Block]
	Check  func(a *firstfit.Allocator) error
}

// Alloc is a method of first fit, or what replaces it.
type Alloc func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error)

// Strategy is the strategy, named "planted".
func (p Plant) Strategy() strategies.Strategy {
	s := p.Base
	if s.New == nil {
		s = firstfit.Single
	}
	s.Name = "planted"
	s.Caps |= p.Caps
	inner := s.New
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		if p.Make != nil {
			return p.Make(r)
		}
		a, err := inner(r)
		if err != nil {
			return nil, err
		}
		return Spoil(a.(*firstfit.Allocator), p), nil
	}
	return s
}

// Spoil is a with the methods that p replaces.
func Spoil(a *firstfit.Allocator, p Plant) strategies.Allocator { return spoilt{a, p} }

// spoilt is an allocator of a planted strategy.
type spoilt struct {
	*firstfit.Allocator
	plant Plant
}

func (a spoilt) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if a.plant.Alloc != nil {
		return a.plant.Alloc(a.Allocator, dst, r)
	}
	return a.Allocator.Alloc(dst, r)
}

func (a spoilt) Free(blocks []strategies.Block) {
	if a.plant.Free != nil {
		a.plant.Free(a.Allocator, blocks)
		return
	}
	a.Allocator.Free(blocks)
}

func (a spoilt) FreeCleared(blocks []strategies.Block) { a.Free(blocks) }

// ResetClear does nothing: only what claims clear memory in vain is asked.
func (a spoilt) ResetClear(bool) {}

func (a spoilt) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if a.plant.Trim != nil {
		return a.plant.Trim(a.Allocator, dst, blocks, start, size)
	}
	return a.Allocator.Trim(dst, blocks, start, size)
}

func (a spoilt) FreeBlocks() iter.Seq[strategies.Block] {
	if a.plant.Blocks != nil {
		return a.plant.Blocks(a.Allocator)
	}
	return a.Allocator.FreeBlocks()
}

func (a spoilt) Check() error {
	if a.plant.Check != nil {
		return a.plant.Check(a.Allocator)
	}
	return a.Allocator.Check()
}

// When grants as the reference does, unless the condition holds for a request:
// then otherwise decides.
func When(cond func(a *firstfit.Allocator, r strategies.Request) bool, otherwise Alloc) Alloc {
	return func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
		if cond(a, r) {
			return otherwise(a, dst, r)
		}
		return a.Alloc(dst, r)
	}
}

// Refuse is a refusal with err.
func Refuse(err error) Alloc {
	return func(_ *firstfit.Allocator, dst []strategies.Block, _ strategies.Request) ([]strategies.Block, error) {
		return dst, err
	}
}

// Changed grants the request after a change of it.
func Changed(change func(a *firstfit.Allocator, r *strategies.Request)) Alloc {
	return func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
		change(a, &r)
		return a.Alloc(dst, r)
	}
}

// After changes the result of a grant or refusal.
func After(change func(a *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error)) Alloc {
	return func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
		out, err := a.Alloc(dst, r)
		return change(a, dst, out, err)
	}
}

// Forget drops a live block whatever grant it belongs to.
func Forget(a *firstfit.Allocator, start uint64) {
	if at, found := a.Find(start); found {
		a.Live = slices.Delete(a.Live, at, at+1)
	}
}

// Has is the condition that a request has all of the flags.
func Has(flags strategies.Flags) func(*firstfit.Allocator, strategies.Request) bool {
	return func(_ *firstfit.Allocator, r strategies.Request) bool { return r.Flags&flags == flags }
}

// WithWalls is a first fit that never merges: a grant lies between two
// addresses at which something was freed once.
func WithWalls(r strategies.Region) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	walls := []uint64{0, r.Managed()}
	fit := &firstfit.Allocator{Region: r}
	return spoilt{fit, Plant{
		Alloc: func(a *firstfit.Allocator, dst []strategies.Block, q strategies.Request) ([]strategies.Block, error) {
			err := strategies.ErrNoSpace
			for i := range walls[1:] {
				part := q
				part.Flags |= strategies.Range
				part.Lo, part.Hi = walls[i], walls[i+1]
				if q.Flags&strategies.Range != 0 {
					part.Lo = max(part.Lo, q.Lo)
					if q.Hi != 0 {
						part.Hi = min(part.Hi, q.Hi)
					}
				}
				if dst, err = a.Alloc(dst, part); err == nil || err != strategies.ErrNoSpace {
					return dst, err
				}
			}
			return dst, err
		},
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			a.Free(blocks)
			walls = append(walls, blocks[0].Start, blocks[0].End())
			slices.Sort(walls)
			walls = slices.Compact(walls)
		},
	}}, nil
}

// Leak forgets a grant of seven pages, but only while two grants of one
// page are live: a mistake that takes three operations of a program to reach.
var Leak = Plant{
	Mistake: "forgets",
	Alloc: When(func(a *firstfit.Allocator, r strategies.Request) bool {
		return r.Size == 7*a.Region.Page && len(a.Live) == 2
	},
		func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			out, err := a.Alloc(dst, r)
			if err == nil {
				Forget(a, out[len(dst)].Start)
			}
			return out, err
		}),
}

// Modest is a strategy that does as little as the contract allows: regions and
// blocks that are powers of two, what is larger than asked is kept, no windows,
// TopDown ignored, odd sizes and alignments refused.
var Modest = strategies.Strategy{
	Name: "modest",
	Doc:  "powers of two, first fit",
	Caps: strategies.CapPow2Blocks | strategies.CapRoundUp,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if r.Validate() == nil && r.Size&(r.Size-1) != 0 {
			return nil, fmt.Errorf("%w: %d is no power of two", strategies.ErrInvalid, r.Size)
		}
		a, err := firstfit.New(r, false)
		if err != nil {
			return nil, err
		}
		return spoilt{a.(*firstfit.Allocator), Plant{Alloc: allocPow2, Trim: trimPow2}}, nil
	},
}

func allocPow2(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	page := a.Region.Page
	odd := r.Size == 0 || (r.Size|r.Align)&(page-1) != 0 || r.Align&(r.Align-1) != 0
	if odd || r.Flags&strategies.Range != 0 || r.Size > a.Region.Managed() {
		return dst, strategies.ErrInvalid
	}
	size := max(r.Align, 1<<bits.Len64(r.Size-1))
	return a.Alloc(dst, strategies.Request{Size: size, Align: size})
}

// trimPow2 cuts what is left into powers of two.
func trimPow2(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	n := len(dst)
	dst, err := a.Trim(dst, blocks, start, size)
	if err != nil {
		return dst, err
	}
	Forget(a, start)
	dst = dst[:n]
	for end := start + size; start < end; start = dst[len(dst)-1].End() {
		size := uint64(1) << (bits.Len64(end-start) - 1)
		if start != 0 {
			size = min(size, start&-start)
		}
		dst = append(dst, strategies.Block{Start: start, Size: size})
	}
	a.Enter(dst[n:])
	return dst, nil
}

// clearing is first fit that remembers which pages are zero and takes single
// pages for Clear requests from there.
type clearing struct {
	*firstfit.Allocator
	zero []uint64 // pages, ascending
}

// Clearing is first fit that tracks cleared memory.
var Clearing = strategies.Strategy{
	Name: "clearing",
	Doc:  "first fit that knows which pages are zero",
	Caps: firstfit.Single.Caps | strategies.CapClear,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := firstfit.New(r, false)
		if err != nil {
			return nil, err
		}
		return &clearing{Allocator: a.(*firstfit.Allocator)}, nil
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
		r.Lo, r.Hi = a.zero[0], a.zero[0]+a.Region.Page
		if out, err := a.Allocator.Alloc(dst, r); err == nil {
			return out, nil
		}
	}
	return a.Allocator.Alloc(dst, r)
}

// ResetClear makes every free page zero, or none.
func (a *clearing) ResetClear(cleared bool) {
	a.zero = nil
	for b := range a.FreeBlocks() {
		for at := b.Start; cleared && at < b.End(); at += a.Region.Page {
			a.zero = append(a.zero, at)
		}
	}
}

func (a *clearing) FreeCleared(blocks []strategies.Block) {
	a.Free(blocks)
	for at := blocks[0].Start; at < blocks[0].End(); at += a.Region.Page {
		a.zero = append(a.zero, at)
	}
	slices.Sort(a.zero)
}

// Exact is first fit with which an extent can be placed.
type Exact struct{ *firstfit.Allocator }

// Placing is first fit that is a [strategies.Placer].
var Placing = strategies.Strategy{
	Name: "placing",
	Doc:  "first fit that can take an exact extent",
	Caps: firstfit.Single.Caps,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return NewExact(r) },
}

// NewExact makes an allocator of [Placing].
func NewExact(r strategies.Region) (Exact, error) {
	a, err := firstfit.New(r, false)
	if err != nil {
		return Exact{}, err
	}
	return Exact{a.(*firstfit.Allocator)}, nil
}

// Place looks through what is live.
func (a Exact) Place(dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	page, managed := a.Region.Page, a.Region.Managed()
	if size == 0 || (start|size)&(page-1) != 0 || start > managed || size > managed-start {
		return dst, strategies.ErrInvalid
	}
	for _, b := range a.Live {
		if b.Start < start+size && start < b.End() {
			return dst, strategies.ErrNoSpace
		}
	}
	dst = append(dst, strategies.Block{Start: start, Size: size})
	a.Enter(dst[len(dst)-1:])
	return dst, nil
}
