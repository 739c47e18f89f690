// Package rounds measures strategies against each other in rounds: in each
// round every strategy replays the same operations once, one after the other,
// and each round begins with another strategy. What the machine does meanwhile
// then meets all of them alike, and the ratio of two times of one round means
// more than either time.
//
// A replay is the lab's own (replay.Replay) on a new allocator, with a table of
// live grants laid out so that each slot has just the room it needs. Before the
// rounds each strategy replays once untimed: that fills the table's memory and
// yields the counts, which are the same in every round, and the metadata.
//
// Metadata is what the Go heap gives back when the allocator is dropped at the
// end of that replay. It counts the trees of a peer and the slabs and bitmaps
// of the lab's strategies alike, without asking either.
package rounds

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Bout is one load with the strategies that replay it.
type Bout struct {
	Load    workloads.Workload
	Entries []*Entry
	ops     []workloads.Op
	rounds  int
}

// Entry is a strategy in a bout.
type Entry struct {
	Strategy strategies.Strategy
	Counts   replay.Counts
	Live     int       // grants live at the end of a replay
	Metadata uint64    // bytes of the Go heap held for them
	Times    []float64 // of each round, nanoseconds per operation

	table *replay.Live
}

// Served is the percentage of the requests that were granted.
func (e *Entry) Served() float64 {
	return 100 * float64(e.Counts.Granted()) / float64(e.Counts.Requests)
}

// MetadataPerGrant is the metadata divided by what is live, in bytes.
func (e *Entry) MetadataPerGrant() float64 {
	return float64(e.Metadata) / float64(max(e.Live, 1))
}

// Ratios are the times divided by those of base in the same rounds.
func (e *Entry) Ratios(base *Entry) []float64 {
	r := make([]float64, len(e.Times))
	for i, t := range e.Times {
		r[i] = t / base.Times[i]
	}
	return r
}

// Quantile is the q-quantile of values, of which there is one at least,
// interpolated between neighbours; 0.5 is the median. It leaves values alone.
func Quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// New makes a bout on n operations of w (0 = its own length) and replays them
// once, untimed, on each strategy.
func New(w workloads.Workload, n int, list []strategies.Strategy) (*Bout, error) {
	b := &Bout{Load: w, ops: w.Ops(1, n)}
	for _, s := range list {
		e := &Entry{Strategy: s}
		if err := b.prepare(e); err != nil {
			return nil, fmt.Errorf("load %s, strategy %s: %w", w.Name, s.Name, err)
		}
		b.Entries = append(b.Entries, e)
	}
	return b, nil
}

// Round times one replay of each strategy.
func (b *Bout) Round() error {
	n := len(b.Entries)
	for i := range b.Entries {
		e := b.Entries[(b.rounds+i)%n]
		a, err := e.Strategy.New(b.Load.Region)
		if err != nil {
			return err
		}
		runtime.GC()
		start := time.Now()
		counts := replay.Replay(a, b.ops, e.table)
		taken := time.Since(start)
		e.table.Drain(a)
		if counts != e.Counts {
			return fmt.Errorf("load %s, strategy %s: counted %+v in one replay and %+v in another",
				b.Load.Name, e.Strategy.Name, e.Counts, counts)
		}
		e.Times = append(e.Times, float64(taken.Nanoseconds())/float64(len(b.ops)))
	}
	b.rounds++
	return nil
}

// prepare makes the table of e and replays once.
func (b *Bout) prepare(e *Entry) error {
	room, err := b.room(e.Strategy)
	if err != nil {
		return err
	}
	e.table = replay.NewLive(b.ops)
	b.layOut(e.table, room)
	a, err := e.Strategy.New(b.Load.Region)
	if err != nil {
		return err
	}
	e.Counts = replay.Replay(a, b.ops, e.table)
	e.Live = e.Counts.Granted() - e.Counts.Frees
	with := heap()
	e.table.Drain(a)
	a = nil
	if without := heap(); with > without {
		e.Metadata = with - without
	}
	return nil
}

// heap is the number of bytes in use on the Go heap.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// room is the longest list of blocks that s ever grants to each slot.
func (b *Bout) room(s strategies.Strategy) ([]int, error) {
	a, err := s.New(b.Load.Region)
	if err != nil {
		return nil, err
	}
	var room []int
	var slots [][]strategies.Block
	for i := range b.ops {
		op := &b.ops[i]
		for int(op.Slot) >= len(slots) {
			slots, room = append(slots, nil), append(room, 0)
		}
		held := &slots[op.Slot]
		switch {
		case op.Kind == workloads.Alloc:
			if *held, err = a.Alloc((*held)[:0], op.Req); err == nil {
				room[op.Slot] = max(room[op.Slot], len(*held))
			}
		case len(*held) > 0:
			a.Free(*held)
			*held = (*held)[:0]
		}
	}
	return room, nil
}

// layOut gives every slot of the table its room, in one array without gaps: by
// a replay that allocates each slot once, on an allocator that grants room.
func (b *Bout) layOut(table *replay.Live, room []int) {
	total := 0
	ops := make([]workloads.Op, len(room))
	for slot, n := range room {
		total += n
		ops[slot].Slot = uint32(slot)
	}
	rooms := &rooms{room: room, all: make([]strategies.Block, total)}
	replay.Replay(rooms, ops, table)
	table.Drain(rooms)
}

// rooms is an allocator that grants slot after slot its room.
type rooms struct {
	room []int
	all  []strategies.Block
}

func (r *rooms) Alloc([]strategies.Block, strategies.Request) ([]strategies.Block, error) {
	n := r.room[0]
	granted := r.all[:n:n]
	r.room, r.all = r.room[1:], r.all[n:]
	return granted, nil
}

func (r *rooms) Free([]strategies.Block) {}

func (r *rooms) FreeBlocks() iter.Seq[strategies.Block] {
	return func(func(strategies.Block) bool) {}
}
