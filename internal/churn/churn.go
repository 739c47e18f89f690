// Package churn is a workload of allocations and frees at random, and two strategies
// for it that are small enough to be checked by eye: what the tests of several
// packages replay and measure. Only tests import it.
package churn

import (
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// FirstFit is a sorted list of free extents, of which the lowest that fits is
// taken. Its allocators are [*Allocator].
var FirstFit = strategies.Strategy{
	Name: "firstfit",
	Doc:  "The lowest free extent that is large enough, for tests.",
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		return &Allocator{page: r.Page, free: []strategies.Block{{Size: r.Managed()}}}, nil
	},
}

// ScatterFit is [FirstFit] that splits a request over several extents, unless it is contiguous, if it may.
var ScatterFit = strategies.Strategy{
	Name: "scatterfit",
	Doc:  "The lowest free extents until the request is served, for tests.",
	Caps: strategies.CapScatter,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := FirstFit.New(r)
		if err == nil {
			a.(*Allocator).scatter = true
		}
		return a, err
	},
}

// Allocator is the allocator of both strategies.
type Allocator struct {
	Cleared int // blocks that came back through FreeCleared

	page    uint64
	free    []strategies.Block // ascending, coalesced
	scatter bool
}

// Holes is the number of free extents.
func (f *Allocator) Holes() int { return len(f.free) }

// Alloc grants whole pages, each extent at a multiple of the alignment.
func (f *Allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Size == 0 {
		return dst, strategies.ErrInvalid
	}
	need := (r.Size + f.page - 1) &^ (f.page - 1)
	if !f.scatter || r.Flags&strategies.Contiguous != 0 {
		i := slices.IndexFunc(f.free, func(b strategies.Block) bool { return aligned(b, r.Align).Size >= need })
		if i < 0 {
			return dst, strategies.ErrNoSpace
		}
		return append(dst, f.cut(i, r.Align, need)), nil
	}
	slot := max(r.Align, f.page) // of several extents all but the last are whole ones
	free := uint64(0)
	for _, b := range f.free {
		free += aligned(b, r.Align).Size / slot * slot
	}
	if free < need {
		return dst, strategies.ErrNoSpace
	}
	for i := 0; need > 0; {
		size := min(need, aligned(f.free[i], r.Align).Size/slot*slot)
		if size == 0 {
			i++
			continue
		}
		dst, need = append(dst, f.cut(i, r.Align, size)), need-size
	}
	return dst, nil
}

// aligned is what is left of a free extent behind its first multiple of an alignment.
func aligned(b strategies.Block, align uint64) strategies.Block {
	skip := (max(align, 1) - b.Start%max(align, 1)) % max(align, 1)
	if skip >= b.Size {
		return strategies.Block{}
	}
	return strategies.Block{Start: b.Start + skip, Size: b.Size - skip}
}

// cut takes size bytes at the first multiple of an alignment out of free extent i.
func (f *Allocator) cut(i int, align, size uint64) strategies.Block {
	whole := f.free[i]
	b := strategies.Block{Start: aligned(whole, align).Start, Size: size}
	before, behind := b.Start-whole.Start, whole.End()-b.End()
	switch {
	case before == 0 && behind == 0:
		f.free = slices.Delete(f.free, i, i+1)
	case before == 0:
		f.free[i] = strategies.Block{Start: b.End(), Size: behind}
	default:
		f.free[i].Size = before
		if behind > 0 {
			f.free = slices.Insert(f.free, i+1, strategies.Block{Start: b.End(), Size: behind})
		}
	}
	return b
}

// Free merges what it gets with its neighbours.
func (f *Allocator) Free(blocks []strategies.Block) {
	for _, b := range blocks {
		i, _ := slices.BinarySearchFunc(f.free, b, func(x, y strategies.Block) int { return int(int64(x.Start) - int64(y.Start)) })
		f.free = slices.Insert(f.free, i, strategies.Block{Start: b.Start, Size: b.Size})
		if i+1 < len(f.free) && f.free[i].End() == f.free[i+1].Start {
			f.free[i].Size += f.free[i+1].Size
			f.free = slices.Delete(f.free, i+1, i+2)
		}
		if i > 0 && f.free[i-1].End() == f.free[i].Start {
			f.free[i-1].Size += f.free[i].Size
			f.free = slices.Delete(f.free, i, i+1)
		}
	}
}

// FreeCleared is Free, and counts.
func (f *Allocator) FreeCleared(blocks []strategies.Block) {
	f.Cleared += len(blocks)
	f.Free(blocks)
}

// FreeBlocks lists the free extents by address.
func (f *Allocator) FreeBlocks() iter.Seq[strategies.Block] { return slices.Values(f.free) }

// Footprint is the memory of the list in bytes.
func (f *Allocator) Footprint() uint64 { return uint64(cap(f.free)) * 24 }

// Region is large enough for [Workload] to be refused now and then.
var Region = strategies.Region{Size: 16 << 20, Page: 4096}

// New is an allocator of s for [Region].
func New(s strategies.Strategy) strategies.Allocator {
	a, err := s.New(Region)
	if err != nil {
		panic(err)
	}
	return a
}

// Workload is a workload of about so many slots with allocations of 1 to 64 pages.
func Workload(name string, slots int) workloads.Workload {
	return workloads.Workload{
		Name: name, Title: "Churn", Doc: "Allocations and frees at random.", Region: Region,
		Ops: func(seed uint64, n int) []workloads.Op { return Ops(seed, n, slots) },
	}
}

// Ops are n operations of [Workload], 2,000 if n is 0.
func Ops(seed uint64, n, slots int) []workloads.Op {
	if n == 0 {
		n = 2000
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	used := make([]bool, slots)
	ops := make([]workloads.Op, n)
	for i := range ops {
		slot := rng.IntN(slots)
		op := workloads.Op{Slot: uint32(slot)}
		switch {
		case !used[slot]:
			op.Req = strategies.Request{Size: uint64(1+rng.IntN(64)) * 4096}
		case rng.IntN(4) == 0:
			op.Kind = workloads.FreeCleared
		default:
			op.Kind = workloads.Free
		}
		used[slot] = !used[slot]
		ops[i] = op
	}
	return ops
}

// WithFallbacks gives every third allocation a fallback of half the size.
func WithFallbacks(ops []workloads.Op) []workloads.Op {
	var out []workloads.Op
	for i, op := range ops {
		out = append(out, op)
		if op.Kind == workloads.Alloc && i%3 == 0 {
			op.Kind = workloads.Fallback
			op.Req.Size /= 2
			out = append(out, op)
		}
	}
	return out
}
