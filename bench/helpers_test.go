package bench

import (
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// firstFit is a real strategy small enough to be checked by eye: a sorted list
// of free extents, the lowest that fits.
var firstFit = strategies.Strategy{
	Name: "firstfit",
	Doc:  "The lowest free extent that is large enough, for tests.",
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		return &fitter{page: r.Page, free: []strategies.Block{{Size: r.Managed()}}}, nil
	},
}

// scatterFit is firstFit that splits a request over several extents.
var scatterFit = strategies.Strategy{
	Name: "scatterfit",
	Doc:  "The lowest free extents until the request is served, for tests.",
	Caps: strategies.CapScatter,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := firstFit.New(r)
		if err == nil {
			a.(*fitter).scatter = true
		}
		return a, err
	},
}

type fitter struct {
	page    uint64
	free    []strategies.Block // ascending, coalesced
	scatter bool
	cleared int // blocks that came back through FreeCleared
}

func (f *fitter) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Size == 0 {
		return dst, strategies.ErrInvalid
	}
	need := (r.Size + f.page - 1) &^ (f.page - 1)
	if !f.scatter {
		i := slices.IndexFunc(f.free, func(b strategies.Block) bool { return b.Size >= need })
		if i < 0 {
			return dst, strategies.ErrNoSpace
		}
		return append(dst, f.cut(i, need)), nil
	}
	if total(f.free) < need {
		return dst, strategies.ErrNoSpace
	}
	for need > 0 {
		b := f.cut(0, min(need, f.free[0].Size))
		dst, need = append(dst, b), need-b.Size
	}
	return dst, nil
}

// cut takes size bytes off the front of free extent i.
func (f *fitter) cut(i int, size uint64) strategies.Block {
	b := strategies.Block{Start: f.free[i].Start, Size: size}
	if f.free[i].Start, f.free[i].Size = b.End(), f.free[i].Size-size; f.free[i].Size == 0 {
		f.free = slices.Delete(f.free, i, i+1)
	}
	return b
}

func (f *fitter) Free(blocks []strategies.Block) {
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

func (f *fitter) FreeCleared(blocks []strategies.Block) {
	f.cleared += len(blocks)
	f.Free(blocks)
}

func (f *fitter) FreeBlocks() iter.Seq[strategies.Block] { return slices.Values(f.free) }

func (f *fitter) Footprint() uint64 { return uint64(cap(f.free)) * 24 }

// testRegion is large enough for churn to be refused now and then.
var testRegion = strategies.Region{Size: 16 << 20, Page: 4096}

// churn is a workload of about slots live allocations of 1 to 64 pages.
func churn(name string, slots int) workloads.Workload {
	return workloads.Workload{
		Name: name, Title: "Churn", Doc: "Allocations and frees at random.", Region: testRegion,
		Ops: func(seed uint64, n int) []workloads.Op { return churnOps(seed, n, slots) },
	}
}

func churnOps(seed uint64, n, slots int) []workloads.Op {
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

// newAllocator makes an allocator for the region of all tests.
func newAllocator(s strategies.Strategy) strategies.Allocator {
	a, err := s.New(testRegion)
	if err != nil {
		panic(err)
	}
	return a
}

// testBuilder is a table builder of the plainest kind, under a name of its own:
// a segment a block.
var testBuilder = func() sgtable.Builder {
	b, _ := sgtable.LookupBuilder("nomerge")
	b.Name = "plain"
	return b
}()
