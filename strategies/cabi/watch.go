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
//
// The library can write there too, by mistake. So the reader takes no word for granted,
// and behind the times of a batch, which are the library's to write, lies a guard.

const (
	// watchPart is a whole number of pages, whatever their size.
	watchPart = 64 << 10
	// WatchSize is the bytes of memory that [Watch] takes: notes, then times that end
	// where the guard begins, then the guard.
	WatchSize = 3 * watchPart
)

var _ [watchPart - unsafe.Sizeof(notes{})]byte // the notes fit

// watchedLibraries is the number of libraries with a slot; those that are loaded
// after them share the last one.
const watchedLibraries = 16

// notes is what a watch has written down.
type notes struct {
	slots [watchedLibraries]slot
	// The part of a batch that is watched step by step; only one is at a time.
	batch uint64 // its operations, 0: none runs
	kinds [replay.BatchOps]byte
}

// slot is the record of one library.
type slot struct {
	calls    uint64     // begun; a number that does not move is a call that does not return
	function uint64     // the one that runs, none between calls
	requests uint64     // made of the heap in use, with the one that runs
	forked   uint64     // calls that returned twice: the library forked
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
	fnTrim
	fnResetClear
	fnUnknown // a library wrote over its slot
)

// functionNames are those of the header, and what else a library may die in.
var functionNames = [...]string{
	"", "a constructor", "the descriptor", "create", "destroy", "alloc", "free", "free_blocks", "counters", "footprint",
	"table_open", "table_run", "table_drain", "table_counts", "table_close", "clock_ps",
	"trim", "reset_clear",
	"an unknown function",
}

// watched is what this process writes; notes is nil if nobody watches.
var watched struct {
	*notes
	times []uint32 // those that end at the guard
	used  int      // slots
	// Strict: after each call these descriptors must still be what they were, and a
	// batch is watched step by step. Neither is for what is timed.
	strict      bool
	descriptors []descriptor
	handlers    [6]uintptr // of signals, when the watch began
}

// descriptor is an open one, and the file that it leads to.
type descriptor struct {
	fd   int
	file file
}

// TookSignals reports whether a signal that the Go runtime needs has another handler
// than when [Watch] was called, where that can be known.
func TookSignals() bool { return handlers() != watched.handlers }

// Watch has every call into a library from now on noted in mem, which has WatchSize
// bytes, is zero, and is shared with a process that reads it with [Watched]. It is
// called once, before a library is opened.
func Watch(mem []byte) {
	watched.notes, watched.times = parts(mem)
	protect(mem[2*watchPart : WatchSize])
	watched.handlers = handlers()
	armFork()
}

// Strict adds what takes time, until [Relaxed] ends it: batches are watched step by
// step, and a call that closes or replaces one of the descriptors is a [Fault].
func Strict(descriptors ...int) {
	watched.strict = true
	for _, fd := range descriptors {
		if f, ok := fileOf(fd); ok {
			watched.descriptors = append(watched.descriptors, descriptor{fd, f})
		}
	}
}

// Relaxed ends [Strict]: what is timed must not be watched that closely.
func Relaxed() { watched.strict, watched.descriptors = false, nil }

// parts are the notes and the times in mem, which is aligned as pages are.
func parts(mem []byte) (*notes, []uint32) {
	if len(mem) < WatchSize {
		panic(fmt.Sprintf("cabi: a watch takes %d bytes, not %d", WatchSize, len(mem)))
	}
	end := (*[2 * watchPart / 4]uint32)(unsafe.Pointer(unsafe.SliceData(mem)))
	return (*notes)(unsafe.Pointer(end)), end[len(end)-replay.BatchOps:]
}

// newSlot is the slot of a library that is about to be loaded.
func newSlot(path string) *slot {
	if watched.notes == nil {
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
	if watched.notes != nil && watched.used <= watchedLibraries {
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

// begin readies the watch for a part of a batch, and returns where the library shall
// write what each operation took: right in front of the guard.
func begin(part []cOp) (ns uintptr) {
	clear(watched.times)
	for i := range part {
		watched.kinds[i] = byte(part[i].kind)
	}
	watched.batch = uint64(len(part))
	return uintptr(unsafe.Pointer(&watched.times[len(watched.times)-len(part)]))
}

// end hands over what the operations of the part took.
func end(ns []uint32) {
	copy(ns, watched.times[len(watched.times)-len(ns):])
	watched.batch = 0
}

// changed is a descriptor that a call closed or replaced, and which; -1 if none is.
func changed() (fd int, how string) {
	for i, d := range watched.descriptors {
		now, ok := fileOf(d.fd)
		if ok && now == d.file {
			continue
		}
		watched.descriptors = slices.Delete(slices.Clone(watched.descriptors), i, i+1)
		if ok {
			return d.fd, "replaced"
		}
		return d.fd, "closed"
	}
	return -1, ""
}

// State is what a watch says of a library. The library can have written over all of
// it: the names may be any bytes, the numbers any numbers.
type State struct {
	Library  string // its path, as it was given
	Strategy string // the one in use, "" before there is one
	// Function is the one that runs: a name of vramlab.h, "a constructor" while the
	// library is loaded, "the descriptor", or "" between calls. In a batch that is
	// watched step by step it is alloc or free, until all are done.
	Function string
	Calls    uint64 // begun so far
	Requests uint64 // made of the heap in use, with the one that runs
	Batch    bool   // in a batch; Requests is then exact only if it was watched step by step
	Forked   bool   // a call has returned in a process more
}

// Watched reads the memory of a watch: a State for each library that was loaded, in
// that order.
func Watched(mem []byte) (list []State) {
	n, times := parts(mem)
	for i := range n.slots {
		s := &n.slots[i]
		if atomic.LoadUint64(&s.calls) == 0 {
			break
		}
		f := min(function(atomic.LoadUint64(&s.function)), fnUnknown)
		state := State{
			Library: cString(s.path[:]), Strategy: cString(s.strategy[:]), Function: functionNames[f],
			Calls: atomic.LoadUint64(&s.calls), Requests: s.requests, Forked: s.forked != 0, Batch: f == fnTableRun,
		}
		if ops := int(min(n.batch, replay.BatchOps)); f == fnTableRun && ops != 0 {
			name, requests := step(n.kinds[:ops], times[len(times)-ops:])
			state.Function = functionNames[name]
			state.Requests += requests
		}
		list = append(list, state)
	}
	return list
}

func cString(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}

// step is the function that a batch is in, and the number of its requests so far: the
// operation is the first behind all that took time.
func step(kinds []byte, ns []uint32) (f function, requests uint64) {
	at := len(ns)
	for at > 0 && ns[at-1] == 0 {
		at--
	}
	// An operation with nothing to do takes no time either, and is a fallback.
	for at < len(ns) && kinds[at] == byte(workloads.Fallback) {
		at++
	}
	for _, k := range kinds[:min(at+1, len(kinds))] {
		if workloads.Kind(k) == workloads.Alloc {
			requests++
		}
	}
	switch {
	case at == len(ns):
		return fnTableRun, requests
	case workloads.Kind(kinds[at]) == workloads.Free || workloads.Kind(kinds[at]) == workloads.FreeCleared:
		return fnFree, requests
	}
	return fnAlloc, requests
}
