package strategytest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/planted"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

var (
	sink    any    // keeps what a plant takes from the heap
	shared  int    // state outside of allocators
	history []byte // memory in proportion to the region
)

// keeper remembers where in dst the blocks went, and frees what stands there.
func keeper() planted.Plant {
	kept := make(map[uint64][]strategies.Block)
	return planted.Plant{Mistake: "a reference to dst is kept", Rules: "append",
		Alloc: planted.After(func(_ *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == nil {
				kept[out[len(dst)].Start] = out[len(dst):]
			}
			return out, err
		}),
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) { a.Free(kept[blocks[0].Start]) }}
}

var plants = []planted.Plant{
	// one grant
	{Mistake: "a region without a page size is accepted", Rules: "regions",
		Make: func(r strategies.Region) (strategies.Allocator, error) { return &firstfit.Allocator{Region: r}, nil }},
	{Mistake: "a region is refused without ErrInvalid", Rules: "regions",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			if r.Validate() != nil {
				return nil, errors.New("bad region")
			}
			return firstfit.New(r, false)
		}},
	{Mistake: "New returns nothing", Rules: "new",
		Make: func(r strategies.Region) (strategies.Allocator, error) { return nil, r.Validate() }},
	{Mistake: "the last page is not managed", Rules: "new whole fill",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			r.Size = max(r.Size-r.Page, r.Page)
			return firstfit.New(r, false)
		}},
	{Mistake: "the part of a page at the end is managed", Rules: "new",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			if r.Validate() == nil && r.Size%r.Page != 0 {
				r.Size += r.Page
			}
			return firstfit.New(r, false)
		}},
	{Mistake: "FreeBlocks goes on when it should stop", Rules: "freeblocks",
		Blocks: func(a *firstfit.Allocator) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) {
				for n := range len(a.Live) + 1 {
					if gap := a.Gap(n); gap.Size > a.Region.Page {
						yield(strategies.Block{Start: gap.Start, Size: a.Region.Page})
						yield(strategies.Block{Start: gap.Start + a.Region.Page, Size: gap.Size - a.Region.Page})
					} else if gap.Size > 0 {
						yield(gap)
					}
				}
			}
		}},
	{Mistake: "FreeBlocks takes what it yields", Rules: "freeblocks",
		Blocks: func(a *firstfit.Allocator) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) {
				for b := range a.FreeBlocks() {
					if !yield(b) {
						a.Enter([]strategies.Block{b})
						return
					}
				}
			}
		}},
	{Mistake: "FreeBlocks leaves out the highest block", Rules: "new sizes",
		Blocks: func(a *firstfit.Allocator) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) {
				for n := range len(a.Live) {
					if gap := a.Gap(n); gap.Size > 0 && !yield(gap) {
						return
					}
				}
			}
		}},
	{Mistake: "a page of a large grant is missing", Rules: "sizes",
		Alloc: planted.After(func(a *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if n := len(out); err == nil && out[n-1].Size > 4*a.Region.Page {
				out[n-1].Size -= a.Region.Page
			}
			return out, err
		})},
	{Mistake: "a grant is too large", Rules: "sizes",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool { return r.Size == 5*a.Region.Page },
			planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) { r.Size += 2 * a.Region.Page }))},
	{Mistake: "large blocks leak", Rules: "sizes",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			if blocks[0].Size < 8*a.Region.Page {
				a.Free(blocks)
			}
		}},
	{Mistake: "every free leaks a page", Rules: "sizes",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			a.Free(blocks)
			a.Enter([]strategies.Block{{Start: blocks[0].Start, Size: a.Region.Page}})
		}},
	{Mistake: "a size that is the region's is refused", Rules: "whole",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return r.Size == a.Region.Managed() && r.Size&(r.Size-1) != 0
		}, planted.Refuse(strategies.ErrInvalid))},
	{Mistake: "the whole region can be granted twice only", Rules: "whole",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return r.Size == a.Region.Managed() && a.Serial > 2
		},
			planted.Refuse(strategies.ErrNoSpace))},
	{Mistake: "a size is rounded down to the page", Rules: "bytes",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool { return r.Size > a.Region.Page },
			planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) { r.Size &^= a.Region.Page - 1 }))},
	{Mistake: "0 bytes are granted as nothing", Rules: "zero",
		Alloc: planted.When(func(_ *firstfit.Allocator, r strategies.Request) bool { return r.Size == 0 }, planted.Refuse(nil))},
	{Mistake: "0 bytes are a page", Rules: "zero",
		Alloc: planted.When(func(_ *firstfit.Allocator, r strategies.Request) bool { return r.Size == 0 },
			planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Size = 1 }))},
	{Mistake: "sizes wrap at 64 bits", Rules: "toolarge",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool { return r.Size > -a.Region.Page },
			planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) { r.Size += a.Region.Page }))},
	{Mistake: "what is too large takes a page along", Rules: "toolarge",
		Alloc: planted.After(func(a *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if errors.Is(err, strategies.ErrTooBig) {
				a.Alloc(nil, strategies.Request{Size: 1})
			}
			return out, err
		})},
	{Mistake: "an error of its own", Rules: "toolarge",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool { return r.Size > a.Region.Managed() },
			planted.Refuse(errors.New("out of memory")))},
	{Mistake: "ErrNoSpace is wrapped", Rules: "fill",
		Alloc: planted.After(func(_ *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == strategies.ErrNoSpace {
				err = fmt.Errorf("%w: full", err)
			}
			return out, err
		})},
	{Mistake: "Clear is refused", Rules: "clear",
		Alloc: planted.When(planted.Has(strategies.Clear), planted.Refuse(strategies.ErrInvalid))},
	{Mistake: "the prefix of dst is cut off", Rules: "append",
		Alloc: planted.After(func(_ *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			return out[min(len(dst), 1):], err
		})},
	{Mistake: "the prefix of dst is overwritten", Rules: "append",
		Alloc: planted.After(func(_ *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if len(dst) > 1 {
				out[1].Size++
			}
			return out, err
		})},
	{Mistake: "dst is always copied", Rules: "append",
		Alloc: planted.After(func(_ *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			return slices.Clone(out), err
		})},
	{Mistake: "a refusal appends the blocks it had", Rules: "toolarge fill",
		Alloc: planted.After(func(_ *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err != nil {
				out = append(out, strategies.Block{})
			}
			return out, err
		})},
	keeper(),

	// many grants
	{Mistake: "a grant is forgotten at once", Rules: "fill",
		Alloc: planted.After(func(a *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == nil && a.Serial%7 == 6 {
				planted.Forget(a, out[len(out)-1].Start)
			}
			return out, err
		})},
	{Mistake: "the last free page is never granted", Rules: "fill",
		Alloc: planted.After(func(a *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == nil && len(probe.FreeRuns(a)) == 0 && len(a.Live) > 1 {
				a.Free(out[len(out)-1:])
				return out[:len(out)-1], strategies.ErrNoSpace
			}
			return out, err
		})},
	{Mistake: "the last free page is granted once only", Rules: "fill",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return a.Serial >= 256 && probe.Total(probe.FreeRuns(a)) == a.Region.Page
		}, planted.Refuse(strategies.ErrNoSpace))},
	{Mistake: "a full region makes every request invalid", Rules: "fill",
		Alloc: planted.When(func(a *firstfit.Allocator, _ strategies.Request) bool { return probe.Total(probe.FreeRuns(a)) == 0 }, planted.Refuse(strategies.ErrInvalid))},
	{Mistake: "what does not fit in one run is too big", Rules: "apart",
		Alloc: planted.After(func(_ *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == strategies.ErrNoSpace {
				err = strategies.ErrTooBig
			}
			return out, err
		})},
	{Mistake: "grants of an old allocator come in halves", Rules: "restore",
		Alloc: planted.After(func(a *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if b := out[max(len(out), 1)-1:]; err == nil && a.Serial > 256 && b[0].Size%(2*a.Region.Page) == 0 {
				planted.Forget(a, b[0].Start)
				half := b[0].Size / 2
				b[0].Size = half
				out = append(out, strategies.Block{Start: b[0].End(), Size: half})
				a.Enter(out[len(out)-2:])
			}
			return out, err
		})},
	{Mistake: "freed memory is never merged", Rules: "restore apart", Make: planted.WithWalls},
	{Mistake: "contiguous means in total", Rules: "apart", Base: Scattering,
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Flags &^= strategies.Contiguous })},
	{Mistake: "grants are scattered by a strategy that does not say so", Rules: "apart",
		Make: func(r strategies.Region) (strategies.Allocator, error) { return firstfit.New(r, true) }},
	{Mistake: "CapScatter is claimed in vain", Rules: "scatter", Caps: strategies.CapScatter},
	{Mistake: "a scattered grant has at most eight blocks", Rules: "scatter", Base: Scattering,
		Alloc: planted.After(func(a *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if len(out)-len(dst) > 8 {
				a.Free(out[len(dst):])
				return out[:len(dst)], strategies.ErrNoSpace
			}
			return out, err
		})},
	{Mistake: "CapClear is claimed in vain", Rules: "cleared", Caps: strategies.CapClear},

	// places
	{Mistake: "CapPow2Blocks is claimed in vain", Rules: "sizes", Caps: strategies.CapPow2Blocks},
	{Mistake: "half the alignment is enough", Rules: "align",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Align /= 2 })},
	{Mistake: "the page before an aligned grant is lost", Rules: "align",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return r.Align == 4*a.Region.Page && len(a.Live) == 1
		},
			func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
				a.Alloc(nil, strategies.Request{Size: 1})
				return a.Alloc(dst, r)
			})},
	{Mistake: "an alignment that is no power of two is refused", Rules: "anyalign",
		Alloc: planted.When(func(_ *firstfit.Allocator, r strategies.Request) bool { return r.Align&(r.Align-1) != 0 }, planted.Refuse(strategies.ErrInvalid))},
	{Mistake: "an alignment that is no power of two is masked", Rules: "anyalign",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) {
			for r.Align&(r.Align-1) != 0 {
				r.Align &= r.Align - 1
			}
		})},
	{Mistake: "a window ends a page late", Rules: "window",
		Alloc: planted.When(planted.Has(strategies.Range), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) {
			if r.Hi != 0 {
				r.Hi += a.Region.Page
			}
		}))},
	{Mistake: "a window begins a page early", Rules: "window",
		Alloc: planted.When(planted.Has(strategies.Range), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) { r.Lo -= min(r.Lo, a.Region.Page) }))},
	{Mistake: "the last page of a window is never used", Rules: "window",
		Alloc: planted.When(planted.Has(strategies.Range), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) {
			if r.Hi != 0 {
				r.Hi -= a.Region.Page
			}
		}))},
	{Mistake: "the lowest page of a large window is never used", Rules: "windowfull",
		Alloc: planted.When(planted.Has(strategies.Range), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) {
			if r.Lo != 0 && r.Hi > r.Lo+4*a.Region.Page {
				r.Lo += a.Region.Page
			}
		}))},
	{Mistake: "windows are ignored", Rules: "window windowfull oddwindow",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Flags &^= strategies.Range })},
	{Mistake: "Hi = 0 is an empty window", Rules: "oddwindow",
		Alloc: planted.When(func(_ *firstfit.Allocator, r strategies.Request) bool {
			return r.Flags&strategies.Range != 0 && r.Hi == 0
		},
			planted.Refuse(strategies.ErrNoSpace))},
	{Mistake: "a window past the end is too big", Rules: "oddwindow",
		Alloc: planted.When(func(a *firstfit.Allocator, r strategies.Request) bool {
			return r.Flags&strategies.Range != 0 && r.Hi > a.Region.Managed()
		}, planted.Refuse(strategies.ErrTooBig))},
	{Mistake: "a reversed window is turned round", Rules: "oddwindow",
		Alloc: planted.When(planted.Has(strategies.Range), planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) {
			if r.Hi != 0 && r.Lo > r.Hi {
				r.Lo, r.Hi = r.Hi, r.Lo
			}
		}))},
	{Mistake: "TopDown is ignored", Rules: "topdown",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) { r.Flags &^= strategies.TopDown })},

	// trims and resets
	{Mistake: "a trim keeps the beginning, whatever the start", Rules: "trim",
		Trim: func(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
			if len(blocks) == 1 && start >= blocks[0].Start && size <= blocks[0].Size-(start-blocks[0].Start) {
				start = blocks[0].Start
			}
			return a.Trim(dst, blocks, start, size)
		}},
	{Mistake: "a trim does not give the rest back", Rules: "trim",
		Trim: func(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
			n := len(dst)
			dst, err := a.Trim(dst, blocks, start, size)
			if err == nil && size < blocks[0].Size {
				at, _ := a.Find(start)
				a.Live[at].Size += a.Region.Page
				dst[n].Size = size
			}
			return dst, err
		}},
	{Mistake: "a trim is refused, and has no space", Rules: "trim",
		Trim: func(_ *firstfit.Allocator, dst, _ []strategies.Block, _, _ uint64) ([]strategies.Block, error) {
			return dst, strategies.ErrNoSpace
		}},
	{Mistake: "a trim leaks its end once much is live", Rules: "random", Trim: func(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
		out, err := a.Trim(dst, blocks, start, size)
		if err == nil && len(a.Live) > 5 && start+size < blocks[0].End() {
			a.Enter([]strategies.Block{{Start: start + size, Size: a.Region.Page}})
		}
		return out, err
	}},
	{Mistake: "a trim of several blocks trims the first", Rules: "trim", Base: Scattering,
		Trim: func(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
			if len(blocks) > 1 && start == blocks[0].Start && size == blocks[0].Size {
				return append(dst, blocks[0]), nil
			}
			return a.Trim(dst, blocks, start, size)
		}},
	{Mistake: "a trim of anything is refused as invalid", Rules: "badtrim",
		Trim: func(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) (out []strategies.Block, err error) {
			defer func() {
				if recover() != nil {
					out, err = dst, strategies.ErrInvalid
				}
			}()
			return a.Trim(dst, blocks, start, size)
		}},
	{Mistake: "a reset frees everything", Rules: "reset",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := firstfit.New(r, false)
			if err != nil {
				return nil, err
			}
			return emptied{a.(*firstfit.Allocator)}, nil
		}},
	{Mistake: "a reset to dirty is a reset to clear", Rules: "reset", Caps: strategies.CapClear,
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			a, err := planted.Clearing.New(r)
			if err != nil {
				return nil, err
			}
			return alwaysClear{a}, nil
		}},

	// placed extents
	{Mistake: "an extent is placed over what is live", Rules: "place", Make: placing(func(a planted.Exact, dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
		out, err := a.Place(dst, start, size)
		if err == strategies.ErrNoSpace && size == a.Region.Managed() {
			return append(dst, strategies.Block{Size: size}), nil
		}
		return out, err
	})},
	{Mistake: "an extent is placed where there is room", Rules: "place", Make: placing(func(a planted.Exact, dst []strategies.Block, _, size uint64) ([]strategies.Block, error) {
		return a.Alloc(dst, strategies.Request{Size: size})
	})},
	{Mistake: "a live page at the end of an extent is no hindrance", Rules: "place", Make: placing(func(a planted.Exact, dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
		out, err := a.Place(dst, start, size)
		if at, found := a.Find(start + size - a.Region.Page); err == strategies.ErrNoSpace && found && size > a.Region.Page && a.Live[at].Start > start {
			return a.Place(dst, start, size-a.Region.Page)
		}
		return out, err
	})},
	{Mistake: "a refused extent keeps its first page", Rules: "place", Make: placing(func(a planted.Exact, dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
		out, err := a.Place(dst, start, size)
		if err == strategies.ErrNoSpace && size == 2*a.Region.Page {
			a.Place(nil, start+a.Region.Page, a.Region.Page)
		}
		return out, err
	})},
	{Mistake: "an extent that ends outside is cut", Rules: "place", Make: placing(func(a planted.Exact, dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
		if managed := a.Region.Managed(); start < managed && size > managed-start {
			size = managed - start
		}
		return a.Place(dst, start, size)
	})},

	// wrong frees
	{Mistake: "a wrong free is ignored", Rules: "badfree",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			defer func() { recover() }()
			a.Free(blocks)
		}},
	{Mistake: "a wrong free panics with an error", Rules: "badfree",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			defer func() {
				if recover() != nil {
					panic(errors.New("this is a sentence in an error"))
				}
			}()
			a.Free(blocks)
		}},
	{Mistake: "a wrong free panics with a word", Rules: "badfree",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			defer func() {
				if recover() != nil {
					panic("badfree")
				}
			}()
			a.Free(blocks)
		}},
	{Mistake: "nothing can be freed", Rules: "badfree",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			if len(blocks) > 0 {
				a.Free(blocks)
			}
		}},
	{Mistake: "Node is not compared", Rules: "badfree",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			blocks = slices.Clone(blocks)
			for i, b := range blocks {
				if at, found := a.Find(b.Start); found {
					blocks[i].Node = a.Live[at].Node
				}
			}
			a.Free(blocks)
		}},
	{Mistake: "only Start is compared", Rules: "badfree",
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			blocks = slices.Clone(blocks)
			for i, b := range blocks {
				if at, found := a.Find(b.Start); found {
					blocks[i] = a.Live[at].Block
				}
			}
			a.Free(blocks)
		}},
	{Mistake: "each block is freed for itself", Rules: "badfree", Base: Scattering,
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			for _, b := range blocks {
				if at, found := a.Find(b.Start); !found || a.Live[at].Block != b {
					panic("this block was not granted")
				}
			}
			for _, b := range blocks {
				planted.Forget(a, b.Start)
			}
			if len(blocks) == 0 {
				panic("there is nothing to be freed")
			}
		}},
	{Mistake: "the order of blocks does not count", Rules: "badfree", Base: Scattering,
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			a.Free(slices.SortedFunc(slices.Values(blocks), func(a, b strategies.Block) int { return int(a.Start) - int(b.Start) }))
		}},
	{Mistake: "a wrong free panics half way", Rules: "badfree", Base: Scattering,
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			if len(blocks) > 1 {
				planted.Forget(a, blocks[0].Start)
				for i, b := range blocks {
					if at, found := a.Find(b.Start); i > 0 && (!found || a.Live[at].Index != i || a.Live[at].Count != len(blocks)) {
						panic("this block was not granted")
					}
				}
				for _, b := range blocks {
					planted.Forget(a, b.Start)
				}
				return
			}
			a.Free(blocks)
		}},

	// costs
	{Mistake: "each grant takes an object from the heap", Rules: "heap",
		Alloc: planted.After(func(_ *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			sink = new([4]uint64)
			return out, err
		})},
	{Mistake: "memory in proportion to the region", Rules: "huge",
		Make: func(r strategies.Region) (strategies.Allocator, error) {
			history = make([]byte, min(r.Size/4096, 64<<20))
			return firstfit.New(r, false)
		}},
	{Mistake: "addresses are signed", Rules: "huge",
		Alloc: planted.When(func(_ *firstfit.Allocator, r strategies.Request) bool { return int64(r.Size) < 0 }, planted.Refuse(strategies.ErrTooBig))},

	// everything at once
	{Mistake: "allocators share state", Rules: "deterministic",
		Alloc: planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) {
			if shared++; shared%3 == 0 {
				r.Flags |= strategies.TopDown
			}
		})},
	{Mistake: "allocators share state, and use it in windows", Rules: "odddeterministic",
		Alloc: planted.When(planted.Has(strategies.Range), planted.Changed(func(_ *firstfit.Allocator, r *strategies.Request) {
			if shared++; shared%3 == 0 {
				r.Flags |= strategies.TopDown
			}
		}))},
	{Mistake: "a window counts from below only, aligned and from the top", Rules: "oddrandom",
		Alloc: planted.When(planted.Has(strategies.Range|strategies.TopDown), planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) {
			if r.Align > a.Region.Page {
				r.Hi = 0
			}
		}))},
	{Mistake: "a crash in the twentieth grant", Rules: "random deterministic",
		Alloc: planted.After(func(a *firstfit.Allocator, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			var none []int
			if a.Serial == 20 {
				none[a.Serial] = 1
			}
			return out, err
		})},
	{Mistake: "its own check fails", Rules: "fill",
		Check: func(a *firstfit.Allocator) error {
			if len(a.Live) > 50 {
				return errors.New("too much is live")
			}
			return nil
		}},
}

// placing makes first fit with another Place.
func placing(place func(a planted.Exact, dst []strategies.Block, start, size uint64) ([]strategies.Block, error)) func(strategies.Region) (strategies.Allocator, error) {
	return func(r strategies.Region) (strategies.Allocator, error) {
		a, err := planted.NewExact(r)
		return misplacing{a, place}, err
	}
}

type misplacing struct {
	planted.Exact
	place func(a planted.Exact, dst []strategies.Block, start, size uint64) ([]strategies.Block, error)
}

func (a misplacing) Place(dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	return a.place(a.Exact, dst, start, size)
}

// emptied is first fit that a reset empties.
type emptied struct{ *firstfit.Allocator }

func (a emptied) ResetClear(bool) { a.Live = nil }

// alwaysClear takes every reset for one to clear.
type alwaysClear struct{ strategies.Allocator }

func (a alwaysClear) ResetClear(bool) { a.Allocator.(strategies.ClearResetter).ResetClear(true) }

func (a alwaysClear) FreeCleared(blocks []strategies.Block) {
	a.Allocator.(strategies.ClearFreer).FreeCleared(blocks)
}

// TestPlanted holds the kit to its purpose: each planted mistake is found by
// the rules named, and the failure quotes the rule.
func TestPlanted(t *testing.T) {
	for _, p := range plants {
		t.Run(strings.ReplaceAll(p.Mistake, " ", "_"), func(t *testing.T) {
			s := p.Strategy()
			for _, name := range strings.Fields(p.Rules) {
				rule := ruleNamed(t, name)
				err := rule.Check(s)
				if err == nil {
					t.Errorf("rule %q does not find it", name)
				} else if !quotes(err, rule) {
					t.Errorf("the failure does not quote the rule: %v", err)
				}
				if !s.Caps.Has(rule.Caps) {
					t.Errorf("Run would skip rule %q", name)
				}
			}
		})
	}
}

// TestTiers takes a first fit of the first hour, which crashes in windows that it
// could serve and ignores the top and wrong frees: it is correct, and the rules of the
// next tier say what it lacks.
func TestTiers(t *testing.T) {
	naive := planted.Plant{
		Alloc: planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) {
			if r.Flags&strategies.Range != 0 && r.Size-1 < a.Region.Managed() {
				panic("a window")
			}
			r.Flags = 0
		}),
		Free: func(a *firstfit.Allocator, blocks []strategies.Block) {
			for _, b := range blocks {
				planted.Forget(a, b.Start)
			}
		},
	}.Strategy()
	var lacks []string
	for _, tier := range Tiers() {
		n := 0
		for _, r := range rules {
			regions := r.in(tier)
			if n += len(regions); len(regions) == 0 || !naive.Caps.Has(r.Caps) {
				continue
			}
			if _, err := r.check(naive, regions); err == nil {
				continue
			} else if tier == Correct {
				t.Error(err)
			}
			lacks = append(lacks, r.Name)
		}
		if n == 0 {
			t.Errorf("no rule is in tier %s", tier)
		}
	}
	for _, name := range []string{"window", "topdown", "badfree", "odddeterministic"} {
		if !slices.Contains(lacks, name) {
			t.Errorf("rule %q does not find what a naive allocator lacks", name)
		}
	}
}

// quotes reports whether err quotes the rule, or the one that the shadow model found
// broken in its place.
func quotes(err error, rule Rule) bool {
	text := rule.Text
	if v := (*strategies.Violation)(nil); errors.As(err, &v) {
		text = v.Rule
	}
	return strings.Contains(err.Error(), "broke the rule that "+text+": ")
}

// TestEveryRuleCanFail demands a planted mistake for each rule.
func TestEveryRuleCanFail(t *testing.T) {
	var named []string
	for _, p := range plants {
		named = append(named, strings.Fields(p.Rules)...)
	}
	for _, r := range Rules() {
		if !slices.Contains(named, r.Name) {
			t.Errorf("no planted mistake is to be found by rule %q", r.Name)
		}
	}
}

func ruleNamed(t *testing.T, name string) Rule {
	t.Helper()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("there is no rule %q", name)
	}
	return rules[i]
}
