package strategies

// The optional abilities of an [Allocator], asked for by [As].
type (
	// ClearFreer can be told that the memory it gets back is known to be zero.
	ClearFreer interface {
		// FreeCleared is Free for blocks whose contents are zero.
		FreeCleared(blocks []Block)
	}

	// ClearResetter can be told what all free memory contains: a driver loses its
	// clear memory over a suspend, or has wiped everything.
	ClearResetter interface {
		// ResetClear says that all memory that is free now is zero (cleared), or
		// that none of it is known to be. Nothing live changes, and nothing becomes
		// free or live. Which blocks the free memory is in may change: drm_buddy
		// merges by force first.
		ResetClear(cleared bool)
	}

	// Trimmer can take back a part of a grant: a driver that needs an odd alignment
	// asks for more than it needs and gives back both ends.
	Trimmer interface {
		// Trim keeps [start, start+size), in bytes of the region, of the grant that
		// blocks are, and takes back the rest. It appends to dst the blocks that the
		// grant consists of from now on: they ascend without a gap and cover the kept
		// part exactly. Free takes back those; the blocks given are live no longer, not
		// even where one of them looks the same. dst and blocks do not overlap.
		//
		// A grant of one block can be trimmed to any whole pages of it, also to all of
		// it. Anything else is [ErrInvalid], perhaps wrapped: a grant of several
		// blocks, 0 bytes, a part of a page, a start or an end outside the block. Then
		// dst is returned unchanged, and the grant is as it was. blocks that are not
		// exactly those of one live grant, in order, are a bug of the caller: Trim
		// panics as Free does and changes nothing.
		Trim(dst, blocks []Block, start, size uint64) ([]Block, error)
	}

	// Placer can take an extent out of free memory exactly where it lies, apart from
	// requests: what the firmware holds, or the state in which a trace begins. A
	// strategy that has windows needs none, since a window of the size names an
	// extent; the kernel's buddy of 2021 has no windows and this.
	Placer interface {
		// Place grants [start, start+size), in bytes of the region, and appends its
		// blocks to dst: they ascend without a gap and cover the extent exactly. Free
		// takes them back as those of an Alloc.
		//
		// Whole pages that are free are always granted. An extent of which a part is
		// live is [ErrNoSpace], never wrapped; 0 bytes, a part of a page or an end
		// outside the region is [ErrInvalid], perhaps wrapped. Then dst is returned
		// unchanged, and the same memory is free as before.
		Place(dst []Block, start, size uint64) ([]Block, error)
	}

	// Checker can verify its own structures. Wrappers are Checkers whatever they
	// wrap, so a plain type assertion is enough to ask for it.
	Checker interface {
		// Check walks everything and returns the first broken invariant.
		Check() error
	}

	// Asserter models a kernel that stops at an assertion instead of answering
	// some requests. It answers them as later kernels do, and counts them.
	Asserter interface {
		// Assertions is the number of requests since New at which the kernel would
		// have stopped, and what it would have said of the latest: a clause with the
		// kernel's name, "" before the first.
		Assertions() (n uint64, latest string)
	}

	// Holder knows the live block of an address, as the kernel's buddy does since 7.1.
	// The strategies of the module keep no such index; [Checked] does, and a plain type
	// assertion asks for it.
	Holder interface {
		// Holding is the live block that addr lies in. There is none for an address
		// that is free or outside the region.
		Holding(addr uint64) (b Block, ok bool)
	}

	// Counter counts what it does, exactly and the same on every machine: a
	// measure of work without noise.
	Counter interface {
		// Counters are the events since New.
		Counters() Counters
	}

	// Footprinter tells what its bookkeeping costs.
	Footprinter interface {
		// Footprint is the number of bytes of metadata held now: everything
		// that grows with what is live or free, capacity included.
		Footprint() uint64
	}
)

// Counters are numbers of events. Each strategy defines what a visit is; its running
// time must follow from their number.
type Counters struct {
	Splits uint64 // free blocks or holes that a grant took a part of
	Merges uint64 // pairs of free blocks or holes that a free joined
	Visits uint64 // places searched for one that fits: lists, orders, holes, nodes
}

// Wrapper is an allocator around another one. It has the methods of every
// ability that it can pass on, whether the wrapped allocator has them or not:
// without them FreeCleared is Free, ResetClear does nothing, Trim and Place refuse
// with [ErrInvalid], and the numbers are 0.
type Wrapper interface {
	Allocator
	// Unwrap is for asking about abilities only: calling the inner allocator
	// bypasses the lock or the shadow model.
	Unwrap() Allocator
}

// As returns a as a T if a can do T. A [Wrapper] can only if the allocator inside
// can too.
func As[T any](a Allocator) (T, bool) {
	ability, ok := a.(T)
	if w, wraps := a.(Wrapper); wraps && ok {
		_, ok = As[T](w.Unwrap())
	}
	if !ok {
		var none T
		return none, false
	}
	return ability, true
}
