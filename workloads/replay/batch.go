package replay

import "github.com/vramlab/vramlab/workloads"

// Batcher is an optional ability of an allocator (found by assertion, as those
// of package strategies) that lies behind a boundary which costs as much to
// cross as an operation does: it replays a stream on its own side.
type Batcher interface {
	// Batch prepares a replay of ops, which it copies. The allocator must be
	// empty, and is not for use otherwise until the batch is drained. An error
	// that wraps errors.ErrUnsupported says that this one cannot.
	Batch(ops []workloads.Op) (Batch, error)

	// Cross goes to the other side and back and does nothing there: what an
	// operation costs that crosses by itself.
	Cross()
}

// BatchOps is how many operations of a [Batch] share a crossing.
const BatchOps = 4096

// Batch is a stream on the other side of a boundary, with its table of slots.
type Batch interface {
	// Replay does the operations and says what it did: as on an allocator
	// of this side, one after the other, into the slots they name. What is live
	// in the end stays live. If ns is not nil it has an element for each
	// operation, which is set to the nanoseconds it took, at least 1, or to 0
	// where there was nothing to do; reading the clock is part of them.
	// An error is that of a library which breaks its contract, and the end of
	// the batch.
	Replay(ns []uint32) (Counts, error)

	// Drain frees what is live, in slot order.
	Drain() error

	// Clock is what one reading of the clock adds to an element of ns, in
	// nanoseconds, measured anew.
	Clock() float64
}
