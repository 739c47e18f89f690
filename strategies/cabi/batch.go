package cabi

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// batch is a stream and its table of slots in the library. Go keeps the operations
// and hands over BatchOps of them at a time; the slots, the lists of blocks and
// the tags stay with the library.
//
// Considered and rejected: operations passed to C as they lie in Go's memory. The
// layouts could be made to agree, but every library would have to treat align = 0
// and bounds without meaning; they are translated once for each batch. Checking in the
// batched loop that blocks do not overlap: it would be timed, and the same operations
// were replayed under the shadow model before.
type batch struct {
	*allocator
	table  uintptr
	ops    []cOp
	asked  []uint64 // requests in each part that is handed over
	counts cCounts
}

var _ replay.Batcher = (*allocator)(nil)

// mostBatchRoom bounds the scratch of a table, which cannot grow: 256 MiB, of which
// the system backs only what is written to.
const mostBatchRoom = 1 << 24

// Batch prepares a replay by the loop that VRAMLAB_STRATEGY compiles.
func (a *allocator) Batch(ops []workloads.Op) (replay.Batch, error) {
	if a.tableOpen == 0 {
		return nil, fmt.Errorf("%s: %s has no functions for batches (they come from VRAMLAB_STRATEGY): %w", a.lib.path, a.name, errors.ErrUnsupported)
	}
	for i := range ops {
		if ops[i].Kind > workloads.Fallback {
			return nil, fmt.Errorf("%s: the loop of vramlab.h has no state to begin in, no trim and no reset: %w", a.lib.path, errors.ErrUnsupported)
		}
	}
	b := &batch{allocator: a, ops: make([]cOp, len(ops))}
	b.asked = make([]uint64, (len(ops)+replay.BatchOps-1)/replay.BatchOps)
	slots, room := uint64(0), uint64(leastRoom)
	for i := range ops {
		op := &ops[i]
		b.ops[i] = cOp{translate(&op.Req, a.page, a.managed), op.Slot, uint32(op.Kind)}
		if op.Kind == workloads.Alloc {
			b.asked[i/replay.BatchOps]++
		}
		slots = max(slots, uint64(op.Slot)+1)
		room = max(room, a.roomFor(&op.Req))
		if room == mostRoom {
			room = max(room, min(mostBatchRoom, op.Req.Size/a.page))
		}
	}
	a.args = [5]uintptr{uintptr(slots), uintptr(room)}
	b.table = a.locked(fnTableOpen, a.tableOpen, 2)
	if b.table == 0 {
		return nil, a.fault("has no memory for %d slots and room for %d blocks", slots, room)
	}
	runtime.AddCleanup(b, a.lib.dead.add, grave{a.provider, fnTableClose, a.tableClose, b.table})
	return b, nil
}

// Replay does the operations. What a library counts or times is not believed if it
// cannot be.
func (b *batch) Replay(ns []uint32) (replay.Counts, error) {
	began := time.Now()
	for i := 0; i < len(b.ops); i += replay.BatchOps {
		part := b.ops[i:min(i+replay.BatchOps, len(b.ops))]
		times := uintptr(0)
		if ns != nil {
			times = uintptr(unsafe.Pointer(&ns[i]))
		}
		step := watched.strict && ns != nil
		if step {
			times = begin(part)
		}
		b.args = [5]uintptr{b.table, b.heap, uintptr(unsafe.Pointer(&part[0])), uintptr(len(part)), times}
		code := int64(int32(b.locked(fnTableRun, b.tableRun, 5)))
		runtime.KeepAlive(ns)
		if step {
			end(ns[i : i+len(part)])
		}
		b.requests += b.asked[i/replay.BatchOps]
		if code != 0 {
			return replay.Counts{}, b.fault("failed in a batch: %s", codeName(code))
		}
	}
	took := time.Since(began)
	b.args = [5]uintptr{b.table, uintptr(unsafe.Pointer(&b.counts))}
	b.locked(fnTableCounts, b.tableCounts, 2)
	runtime.KeepAlive(b)
	if err := b.counted(); err != nil {
		return replay.Counts{}, err
	}
	if ns != nil {
		if err := b.timed(ns, took); err != nil {
			return replay.Counts{}, err
		}
	}
	c := &b.counts
	return replay.Counts{
		Requests: int(c.requests), Refused: int(c.refused), Fallbacks: int(c.fallbacks), Frees: int(c.frees), Blocks: int(c.blocks),
	}, nil
}

// counted reports counts that the operations cannot have.
func (b *batch) counted() error {
	asked := uint64(0)
	for _, n := range b.asked {
		asked += n
	}
	all := uint64(len(b.ops))
	switch c := &b.counts; {
	case c.requests != asked:
		return b.fault("did %d of the %d requests in batches (table_run), or counts them wrongly (table_counts)", c.requests, asked)
	case c.refused > asked || c.fallbacks > all-asked || c.frees > all-asked || c.blocks > 1<<62:
		return b.fault("counts what cannot be in batches (table_counts): %d requests refused of %d, %d fallbacks and %d frees of %d other operations, %d blocks",
			c.refused, asked, c.fallbacks, c.frees, all-asked, c.blocks)
	}
	return nil
}

// timed reports times of operations that they cannot have taken: none of one that was
// done, or in all far more than the replay took. Clocks may differ by half.
func (b *batch) timed(ns []uint32, took time.Duration) error {
	sum, some := time.Duration(0), uint64(0)
	for _, t := range ns {
		sum += time.Duration(t)
		if t != 0 {
			some++
		}
	}
	c := &b.counts
	if done := c.requests + c.fallbacks + c.frees; some != done {
		return b.fault("did %d operations in batches and has times of %d (table_run)", done, some)
	}
	if sum > took+took/2+time.Millisecond {
		return b.fault("has times of operations that add up to %v in batches that took %v (table_run)", sum, took)
	}
	return nil
}

// Drain frees what is live.
func (b *batch) Drain() error {
	b.args = [5]uintptr{b.table, b.heap}
	code := int64(int32(b.locked(fnTableDrain, b.tableDrain, 2)))
	runtime.KeepAlive(b)
	if code != 0 {
		return b.fault("failed at the drain of a batch: %s", codeName(code))
	}
	return nil
}

// Clock is what one reading of the library's clock takes, in ns.
func (b *batch) Clock() float64 {
	ns := float64(b.locked(fnClock, b.clockPS, 0)) / 1000
	// Where a clock is slow, it is slow here too.
	if ns > slowClock && ns > 10*replay.ClockCost() {
		panic(b.fault("says that one reading of its clock takes %.4g ns (clock_ps)", ns))
	}
	return ns
}

// slowClock is more than a reading takes that does not enter the kernel, in ns.
const slowClock = 1000

// Cross calls alloc for 0 bytes, which is refused: the path of every operation that
// is a call of its own, with almost no work at its end.
func (a *allocator) Cross() {
	a.request = cRequest{align: a.page, hi: a.managed}
	switch n := a.callAlloc(); {
	case n >= 0:
		panic(a.fault("granted 0 bytes and returned %d; they must be refused", n))
	case n < tooBig:
		panic(a.fault("failed at 0 bytes: %s", codeName(n)))
	}
}
