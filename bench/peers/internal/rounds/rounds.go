// Package rounds measures strategies against each other in rounds: in each round every
// strategy replays the same operations once, and each round begins with another
// strategy. Changes of the machine's speed then affect all strategies alike, and the
// ratio of two times of one round means more than either time.
//
// A replay is the lab's own, on a new allocator, with a table of live
// grants in which each slot has just the room it needs. Before the rounds each strategy
// replays once untimed. That fills the table's memory, and yields the metadata and the
// counts, which are the same in every round.
//
// Metadata is the memory that the Go heap frees when the allocator is dropped at the end
// of that replay. So it counts a peer's trees and the slabs and bitmaps of the lab's
// strategies in the same way.
package rounds

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Bout is a load and the strategies that replay it.
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
	Times    []float64 // nanoseconds per operation, by round

	table *replay.Live
}

// Served is the percentage of the requests that were granted.
func (e *Entry) Served() float64 {
	return 100 * float64(e.Counts.Granted()) / float64(e.Counts.Requests)
}

// MetadataPerGrant is the metadata in bytes divided by the number of live grants.
func (e *Entry) MetadataPerGrant() float64 {
	return float64(e.Metadata) / float64(max(e.Live, 1))
}

// Ratios are the times divided by the times of base, round by round.
func (e *Entry) Ratios(base *Entry) []float64 {
	r := make([]float64, len(e.Times))
	for i, t := range e.Times {
		r[i] = t / base.Times[i]
	}
	return r
}

// Quantile is the q-quantile of values, interpolated between neighbours; 0.5 is the
// median. There is at least one value. It does not change values.
func Quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// New makes a bout on n operations of w (0 = the default length of w) and replays them
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

// prepare makes the table of e and replays once, untimed.
func (b *Bout) prepare(e *Entry) error {
	room, err := b.room(e.Strategy)
	if err != nil {
		return err
	}
	e.table = replay.NewLive(b.ops)
	e.table.Fit(room)
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

// room returns the length of the longest list of blocks that s grants to each slot.
func (b *Bout) room(s strategies.Strategy) ([]uint32, error) {
	a, err := s.New(b.Load.Region)
	if err != nil {
		return nil, err
	}
	var room []uint32
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
				room[op.Slot] = max(room[op.Slot], uint32(len(*held)))
			}
		case len(*held) > 0:
			a.Free(*held)
			*held = (*held)[:0]
		}
	}
	return room, nil
}
