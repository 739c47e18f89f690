package strategies

// The optional abilities of an [Allocator], asked for by [As].
type (
	// ClearFreer can be told that the memory it gets back is known to be zero.
	ClearFreer interface {
		// FreeCleared is Free for blocks whose contents are zero.
		FreeCleared(blocks []Block)
	}

	// Checker can verify its own structures. Wrappers are Checkers whatever they
	// wrap, so a plain type assertion is enough to ask for it.
	Checker interface {
		// Check walks everything and returns the first broken invariant.
		Check() error
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
// without them FreeCleared is Free, and the numbers are 0.
type Wrapper interface {
	Allocator
	// Unwrap is the allocator whose abilities the wrapper passes on. It must not
	// be used but to ask for them: a call that goes past the wrapper goes past
	// its lock or its shadow model.
	Unwrap() Allocator
}

// As is ability T of a, and whether a has it: if its methods are a's own and, for
// a [Wrapper], the allocator inside has the ability too. The value is always a
// itself, so no call bypasses a wrapper.
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
