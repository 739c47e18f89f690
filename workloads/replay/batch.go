package replay

import "github.com/vramlab/vramlab/workloads"

// Batcher is an optional ability of an allocator in another language, found by
// [strategies.As] like those of package strategies. A call across the language boundary
// costs about as much as an operation, so the allocator replays a stream on its
// own side, with one call for many operations.
type Batcher interface {
	// Batch prepares a replay of ops, which it copies. The allocator must be
	// empty, and must not be used otherwise until the batch is drained. The error
	// wraps errors.ErrUnsupported if this allocator cannot replay batches, or not
	// these: of ops that begin in a given state, trim or reset.
	Batch(ops []workloads.Op) (Batch, error)

	// Cross calls a function on the other side that does nothing. Its time is
	// what a single call adds to an operation.
	Cross()
}

// BatchOps is the number of operations of a [Batch] per call to the other side.
const BatchOps = 4096

// Batch is a stream on the other side of a language boundary, with its table of
// slots.
type Batch interface {
	// Replay does the operations in order, into the slots they name, and counts
	// what it did. Objects that are live at the end stay live. If ns is not nil
	// it has one element per operation, which Replay sets to the operation's
	// time in nanoseconds, at least 1 and including one reading of the clock, or
	// to 0 if there was nothing to do. An error means that the library broke its
	// contract; the batch must not be used any more.
	Replay(ns []uint32) (Counts, error)

	// Drain frees all live objects in slot order.
	Drain() error

	// Clock measures how many nanoseconds one reading of the clock adds to an
	// element of ns.
	Clock() float64
}
