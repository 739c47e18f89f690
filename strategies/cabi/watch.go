package cabi

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A watch is a record of what happens at the boundary, in memory that another
// process shares: whatever a library does to the process it is loaded in, the other
// one can say in which function of which library it happened, and at which request.
// A note is a few plain stores before a call and one after it.

// WatchSize is the bytes of memory that [Watch] takes.
const WatchSize = int(unsafe.Sizeof([watchedLibraries]slot{}))

// watchedLibraries is the number of libraries with a slot; those that are loaded
// after them share the last one.
const watchedLibraries = 16

// slot is the record of one library.
type slot struct {
	calls    uint64 // begun; a number that does not move is a call that does not return
	function uint64 // the one that runs, none between calls
	requests uint64 // made of the heap in use, with the one that runs
	forked   uint64 // calls that returned twice: the library forked
	// A batch that is watched step by step: its operations, and what each took so far.
	batch    uint64 // operations, 0: none runs
	kinds    [replay.BatchOps]byte
	ns       [replay.BatchOps]uint32
	path     [1024]byte // as it was given, cut
	strategy [128]byte
}

// function is one of a library's, as a slot has it.
type function uint64

const (
	fnNone function = iota
	fnLoad
	fnDescriptor
	fnCreate
	fnDestroy
	fnAlloc
	fnFree
	fnFreeBlocks
	fnCounters
	fnFootprint
	fnTableOpen
	fnTableRun
	fnTableDrain
	fnTableCounts
	fnTableClose
	fnClock
)

// functionNames are those of the header, and what else a library may die in.
var functionNames = [...]string{
	"", "a constructor", "the descriptor", "create", "destroy", "alloc", "free", "free_blocks", "counters", "footprint",
	"table_open", "table_run", "table_drain", "table_counts", "table_close", "clock_ps",
}

// watched are the slots, nil if nobody watches.
var watched struct {
	slots []slot
	used  int
	// Strict: after each call these descriptors must still be open, and a batch is
	// watched step by step. Neither is for what is timed.
	strict      bool
	descriptors []int
	handlers    [6]uintptr // of signals, when the watch began
}

// TookSignals reports whether a signal that the Go runtime needs has another handler
// than when [Watch] was called, where that can be known.
func TookSignals() bool { return handlers() != watched.handlers }

// Watch has every call into a library from now on noted in mem, which has WatchSize
// bytes, is zero, and is shared with a process that reads it with [Watched]. It is
// called once, before a library is opened.
func Watch(mem []byte) {
	watched.slots = slots(mem)
	watched.handlers = handlers()
	armFork()
}

// Strict adds what takes time, until [Relaxed] ends it: batches are watched step by
// step, and a call that closes one of the descriptors is a [Fault].
func Strict(descriptors ...int) {
	watched.strict = true
	watched.descriptors = descriptors
}

// Relaxed ends [Strict]: what is timed must not be watched that closely.
func Relaxed() { watched.strict, watched.descriptors = false, nil }

// slots is mem as slots; it is aligned as pages are.
func slots(mem []byte) []slot {
	if len(mem) < WatchSize {
		panic(fmt.Sprintf("cabi: a watch takes %d bytes, not %d", WatchSize, len(mem)))
	}
	return (*[watchedLibraries]slot)(unsafe.Pointer(unsafe.SliceData(mem)))[:]
}

// newSlot is the slot of a library that is about to be loaded.
func newSlot(path string) *slot {
	if watched.slots == nil {
		return new(slot)
	}
	s := &watched.slots[min(watched.used, watchedLibraries-1)]
	watched.used++
	put(s.path[:], path)
	put(s.strategy[:], "")
	return s
}

// giveBack empties a slot that was the last to be taken: its library has one already.
func (s *slot) giveBack() {
	if watched.slots != nil && watched.used <= watchedLibraries {
		watched.used--
		*s = slot{}
	}
}

// put writes a string that ends with a zero.
func put(dst []byte, text string) { dst[copy(dst[:len(dst)-1], text)] = 0 }

// enter notes that a function is about to run, and leave that it has returned.
func (s *slot) enter(f function) {
	s.calls++
	s.function = uint64(f)
}

func (s *slot) leave() {
	s.function = uint64(fnNone)
	leaveFork(s)
}

// begin readies the slot for a part of a batch, and returns where the library shall
// write what each operation took.
func (s *slot) begin(part []cOp) (ns uintptr) {
	clear(s.ns[:])
	for i := range part {
		s.kinds[i] = byte(part[i].kind)
	}
	s.batch = uint64(len(part))
	return uintptr(unsafe.Pointer(&s.ns))
}

// end hands over what the operations of the part took.
func (s *slot) end(ns []uint32) {
	copy(ns, s.ns[:s.batch])
	s.batch = 0
}

// closed is a descriptor that a call closed, -1 if none is.
func closed() int {
	for i, fd := range watched.descriptors {
		if !isOpen(fd) {
			watched.descriptors = slices.Delete(slices.Clone(watched.descriptors), i, i+1)
			return fd
		}
	}
	return -1
}

// State is what a watch says of a library.
type State struct {
	Library  string // its path, as it was given
	Strategy string // the one in use, "" before there is one
	// Function is the one that runs: a name of vramlab.h, "a constructor" while the
	// library is loaded, "the descriptor", or "" between calls. In a batch that is
	// watched step by step it is alloc or free.
	Function string
	Calls    uint64 // begun so far
	Requests uint64 // made of the heap in use, with the one that runs
	Batch    bool   // in a batch; Requests is then exact only if it was watched step by step
	Forked   bool   // a call has returned in a process more
}

// String is the library and its strategy.
func (s State) String() string {
	if s.Strategy == "" {
		return s.Library
	}
	return s.Library + ": " + s.Strategy
}

// Watched reads the memory of a watch: a State for each library that was loaded, in
// that order.
func Watched(mem []byte) (list []State) {
	all := slots(mem)
	for i := range all {
		s := &all[i]
		if s.path[0] == 0 {
			break
		}
		f := function(atomic.LoadUint64(&s.function))
		state := State{
			Library: cString(s.path[:]), Strategy: cString(s.strategy[:]), Function: functionNames[min(int(f), len(functionNames)-1)],
			Calls: atomic.LoadUint64(&s.calls), Requests: s.requests, Forked: s.forked != 0, Batch: f == fnTableRun,
		}
		if f == fnTableRun && s.batch != 0 {
			state.Function, state.Requests = s.step()
		}
		list = append(list, state)
	}
	return list
}

func cString(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}

// step is the function that a batch is in, and the number of its request: that of the
// first operation behind all that took time.
func (s *slot) step() (name string, requests uint64) {
	n := min(int(s.batch), len(s.kinds))
	at := n
	for at > 0 && s.ns[at-1] == 0 {
		at--
	}
	// An operation with nothing to do takes no time either, and is a fallback.
	for at < n-1 && s.kinds[at] == byte(workloads.Fallback) {
		at++
	}
	at = min(at, n-1)
	requests = s.requests
	for _, k := range s.kinds[:at+1] {
		if workloads.Kind(k) == workloads.Alloc {
			requests++
		}
	}
	if k := workloads.Kind(s.kinds[at]); k == workloads.Free || k == workloads.FreeCleared {
		return functionNames[fnFree], requests
	}
	return functionNames[fnAlloc], requests
}
