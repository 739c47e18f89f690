package workloads

import "github.com/vramlab/vramlab/strategies"

// Kind says what an [Op] does.
type Kind uint8

const (
	// Alloc allocates Req into Slot, which is empty.
	Alloc Kind = iota
	// Free frees what Slot holds, nothing if its allocation was refused. The
	// slot is empty then.
	Free
	// FreeCleared is Free of memory whose contents are known to be zero.
	FreeCleared
	// Fallback allocates Req into Slot if the Alloc directly before it, of the
	// same slot, was refused; otherwise it does nothing. Drivers that prefer
	// contiguous memory ask a second time like that. To the driver the two are
	// one request: it is refused only if both are. In a trace, which records
	// what happened, a second attempt is a free of the id and an allocation of
	// the same id, and one that was not needed is not there.
	Fallback
)

// Op is one step of a workload. Slots are dense small integers, so that the
// table of live allocations is a slice.
type Op struct {
	Req  strategies.Request // Alloc and Fallback only
	Slot uint32
	Kind Kind
}

// Workload is a stream of operations on one region, generated or recorded.
type Workload struct {
	Name   string // [a-z][a-z0-9_.]*, unique, no -digits at the end; goes into benchmark names
	Title  string // two or three words for the reader of a report: "Graphics mix"
	Doc    string // one sentence: what it stands for in the real world
	Region strategies.Region
	// Ops returns n operations for the seed: the same seed and n give the same
	// operations on every machine. A recorded trace is what it is and heeds
	// neither. n = 0 asks for the workload's own default length. The slice may
	// be shared: callers only read it.
	Ops func(seed uint64, n int) []Op
}
