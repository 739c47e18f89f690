package program

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Run is an allocator in the middle of a program. The fields but the last two are
// the caller's to set.
type Run struct {
	Region    strategies.Region
	Allocator strategies.Allocator
	Prefix    []strategies.Block // what stands in the slice given to Alloc

	Done []Op    // what was done, with the operation in progress
	Live []Grant // what is live, in the order granted

	freed [4]strategies.Block // lately: start of the first block, size of all
}

// Grant is the blocks that were granted under an id.
type Grant struct {
	ID     uint64
	Blocks []strategies.Block
}

// Do does o and returns the answer to an allocation. It panics with a [Failure] if
// the allocator granted nothing, or changed what was in the slice before.
func (r *Run) Do(o Op) (a Answer) {
	r.Done = append(r.Done, o)
	if o.Free {
		r.free(o)
		return a
	}
	n := len(r.Prefix)
	out, err := r.Allocator.Alloc(slices.Clone(r.Prefix), o.Req)
	if len(out) < n || !slices.Equal(out[:n], r.Prefix) {
		Failf("%v: Alloc changed what was in the slice before from %v to %v", o.Req, strategies.Blocks(r.Prefix), strategies.Blocks(out))
	}
	if err != nil {
		return Answer{Err: err}
	}
	if len(out) == n {
		Failf("%v was granted no block", o.Req)
	}
	r.Live = append(r.Live, Grant{o.ID, out[n:]})
	return Answer{Blocks: out[n:]}
}

func (r *Run) free(o Op) {
	i := slices.IndexFunc(r.Live, func(g Grant) bool { return g.ID == o.ID })
	if i < 0 {
		return
	}
	blocks := r.Live[i].Blocks
	r.Live = slices.Delete(r.Live, i, i+1)
	extent := strategies.Block{Start: blocks[0].Start}
	for _, b := range blocks {
		extent.Size += b.Size
	}
	r.freed[o.ID%uint64(len(r.freed))] = extent
	if c, ok := strategies.As[strategies.ClearFreer](r.Allocator); ok && o.Cleared {
		c.FreeCleared(blocks)
	} else {
		r.Allocator.Free(blocks)
	}
}

// Drain frees what is live, in the order granted.
func (r *Run) Drain() {
	for len(r.Live) > 0 {
		r.Do(Op{ID: r.Live[0].ID, Free: true})
	}
}
