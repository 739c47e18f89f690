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

// Do does o and returns the answer to an allocation or a trim. It panics with a [Failure]
// if the allocator granted nothing, or changed what was in the slice before.
func (r *Run) Do(o Op) Answer {
	r.Done = append(r.Done, o)
	at := -1
	if o.Kind == Free || o.Kind == Trim {
		if at = slices.IndexFunc(r.Live, func(g Grant) bool { return g.ID == o.ID }); at < 0 {
			return Answer{}
		}
	}
	switch o.Kind {
	case Free:
		r.free(at, o)
		return Answer{}
	case Trim:
		return r.trim(at, o)
	case Reset:
		if c, ok := strategies.As[strategies.ClearResetter](r.Allocator); ok {
			c.ResetClear(o.Cleared)
		}
		return Answer{}
	}
	a := r.answer(o, func(dst []strategies.Block) ([]strategies.Block, error) { return r.Allocator.Alloc(dst, o.Req) })
	if a.Err == nil {
		r.Live = append(r.Live, Grant{o.ID, a.Blocks})
	}
	return a
}

// answer is what call, which appends, answers to o.
func (r *Run) answer(o Op, call func(dst []strategies.Block) ([]strategies.Block, error)) Answer {
	n := len(r.Prefix)
	out, err := call(slices.Clone(r.Prefix))
	if len(out) < n || !slices.Equal(out[:n], r.Prefix) {
		Failf("%v: it changed what was in the slice before from %v to %v", o, strategies.Blocks(r.Prefix), strategies.Blocks(out))
	}
	if err != nil {
		return Answer{Err: err}
	}
	if len(out) == n {
		Failf("%v was granted no block", o)
	}
	return Answer{Blocks: out[n:]}
}

// trim does a trim of Live[at], as a replay does.
func (r *Run) trim(at int, o Op) Answer {
	blocks := r.Live[at].Blocks
	t, ok := strategies.As[strategies.Trimmer](r.Allocator)
	start := blocks[0].Start + o.Req.Lo
	if !ok || start < o.Req.Lo {
		return Answer{Err: strategies.ErrInvalid}
	}
	a := r.answer(o, func(dst []strategies.Block) ([]strategies.Block, error) {
		return t.Trim(dst, blocks, start, o.Req.Size)
	})
	if a.Err == nil {
		r.Live[at].Blocks = a.Blocks
	}
	return a
}

// free does a free of Live[at].
func (r *Run) free(at int, o Op) {
	blocks := r.Live[at].Blocks
	r.Live = slices.Delete(r.Live, at, at+1)
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
		r.Do(Op{Kind: Free, ID: r.Live[0].ID})
	}
}
