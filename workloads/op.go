package workloads

import "github.com/vramlab/vramlab/strategies"

// Kind says what an [Op] does.
type Kind uint8

const (
	// Alloc allocates Req into Slot, which is empty.
	Alloc Kind = iota
	// Free frees what Slot holds and leaves the slot empty. It frees nothing if
	// the allocation was refused.
	Free
	// FreeCleared is Free of memory whose contents are known to be zero.
	FreeCleared
	// Fallback allocates Req into Slot if the Alloc directly before it, into the
	// same slot, was refused; otherwise it does nothing. It is the second
	// attempt of a driver that prefers contiguous memory. The two count as one
	// request, which is refused only if both attempts are. A trace records what
	// happened: a second attempt is a free and an allocation of the same id, and
	// a second attempt that was not needed is absent.
	Fallback
	// Live lays out a live extent of the state in which the workload begins: Slot
	// is granted exactly the window of Req. A strategy that cannot do that cannot
	// begin there. The operations of a state come first. They are no requests, and
	// their time is not measured.
	Live
	// Trim keeps Req.Size bytes of what Slot holds, from Req.Lo bytes behind its
	// start on, and frees the rest. A strategy that cannot, or refuses, keeps all of
	// it. It does nothing if the allocation was refused.
	Trim
	// ResetDirty says that none of the memory that is free is known to be zero any
	// more, ResetClear that all of it is. A strategy that keeps no clear memory does
	// nothing. Slot is 0.
	ResetDirty
	ResetClear
)

// Op is one operation of a workload. Slots are dense small integers, so the
// table of live allocations can be a slice.
type Op struct {
	Req  strategies.Request // Alloc, Fallback and Live; of a Trim Size and Lo
	Slot uint32
	Kind Kind
}

// Workload is a stream of operations on one region, generated or recorded.
type Workload struct {
	Name   string // unique, and good for [strategies.CheckName]; goes into benchmark names
	Title  string // two or three words for the reader of a report: "Graphics mix"
	Doc    string // one sentence: the real program or driver it stands for
	Region strategies.Region
	// Ops returns n operations; n = 0 means the workload's default length. The
	// same seed and n give the same operations on every machine. A recorded
	// trace ignores both and returns all its operations. The slice may be
	// shared: callers only read it.
	//
	// Rejected: a callback that makes the next operation from what was granted,
	// since strategies would replay different streams; and an iter.Seq[Op], since
	// ranging over it costs several times as much per operation as over a slice.
	Ops func(seed uint64, n int) []Op
}

// State is the number of operations, at the beginning of ops, that lay out the state in
// which they begin.
func State(ops []Op) int {
	for i := range ops {
		if ops[i].Kind != Live {
			return i
		}
	}
	return len(ops)
}
