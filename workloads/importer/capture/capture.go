// Package capture collects what a file tells about memory, and makes traces of it.
//
// # Idea
//
// A program records memory in words of its own: this heap, this object, this many bytes. A
// [Format] reads such a file, an [Input], line by line, and tells a [Capture] what it finds
// as it finds it. What all formats have in common is here, once: which object is which id,
// addresses that are used again, frees of what nobody saw, selection by process, device,
// stream and time ([Options]), sizes that are no pages, the size of the region. [Read] puts
// them together, and returns a [Stream] for each heap: the operations of one trace.
//
// # What a trace is made of
//
// Bytes become pages in three steps. A size is multiplied by the scale, which is exact.
// By default it is the page over the granule of the format (256 where sizes come in units
// of 16 bytes), so that the smallest unit of the program becomes the smallest unit of the
// region; the shape of the load stays what it was. Then sizes are rounded up to whole
// pages, and how many bytes that adds is told. Last, the region: the one that the capture
// names, or else as large as makes the peak of live bytes the given share of it.
//
// # What is told
//
// Nothing is left out in silence. What a conversion drops it counts by reason
// (frees of objects that nobody saw, sizes of 0), so that a file of which half is missing
// is seen to be one. What the user left out by a selection is counted apart, and so is
// what the trace has though the file does not show it as such.
//
// # Limits
//
// A capture is held in memory: about 120 bytes an event and as many a live object, and up to
// three times that while it grows (16 million events took 5.4 GB). It has at most [MaxEvents]
// of each on at most [MaxHeaps] regions; a file expands to at most 16 GiB. A file that breaks
// the rules of its format ends with an error that names its line; only a last line that is
// cut off is dropped, and counted, since a program that is killed leaves one.
package capture

import (
	"strings"
	"time"
	"unicode"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// MaxEvents and MaxHeaps are the most that a capture holds.
const (
	MaxEvents = 1 << 24
	MaxHeaps  = 1 << 16
)

// Capture collects what a file holds, in the order of its lines. At and By say when, and
// for whom, what follows happened; they hold until they are called again.
type Capture struct {
	opt   *Options
	heaps []*Heap
	names map[string]*Heap

	now, first      int64 // nanoseconds on the clock of the capture; Never without one
	process, stream string
	unit            uint64 // see Unit

	dropped, left, noted Tally
	others               names // processes, or else streams, that the user did not pick
	events               int
	objects              int  // that are live
	full                 bool // of events, or of heaps: what follows does not count
}

// Never is the time of what has no clock.
const Never = field.Never

func newCapture(o *Options) *Capture {
	return &Capture{opt: o, names: make(map[string]*Heap), now: Never, first: Never}
}

// At says when what follows happened: nanoseconds on any clock, or [Never]. Times that go
// back a little, as those of several processors do, are taken as the one before.
func (c *Capture) At(ns int64) {
	if c.first == Never {
		c.first = ns
	}
	c.now = max(c.now, ns)
}

// By says which process and stream do what follows; "" is one that is not known.
func (c *Capture) By(process, stream string) { c.process, c.stream = process, stream }

// ByAny is By for a process of several names, of which the user may pick any, and no stream.
func (c *Capture) ByAny(names ...[]byte) {
	c.process, c.stream = "", ""
	if c.opt.Process == "" {
		return
	}
	for _, name := range names {
		if string(name) == c.opt.Process {
			c.process = c.opt.Process
			return
		}
	}
	c.process = string(names[0])
}

// Unit says that sizes and addresses come in multiples of bytes, a power of two that only
// the file shows. It stands for the granule of the format.
func (c *Capture) Unit(bytes uint64) { c.unit = bytes }

// Drop counts something that the trace lacks though the file had it. why stands before a
// number: "allocations of 0 bytes".
func (c *Capture) Drop(why string) { c.DropMany(why, 1) }

// DropMany is n times Drop.
func (c *Capture) DropMany(why string, n int) { c.dropped.Add(why, n) }

// DropFree counts the free of an object that nobody saw, where no heap is known for it; of
// one that has a heap [Heap.Free] does.
func (c *Capture) DropFree() { c.Drop("frees of objects that nobody saw") }

// Note counts something that the trace has and the file does not show as such, or that a
// user should know of. Nothing is lost by it. why stands before a number, as for Drop.
func (c *Capture) Note(why string) { c.NoteMany(why, 1) }

// NoteMany is n times Note.
func (c *Capture) NoteMany(why string, n int) { c.noted.Add(why, n) }

// Full reports whether there are more events, live objects or heaps than a capture holds.
// [Input.Lines] ends then, and what follows does not count, so that a format may stop; the
// error is that of [Read].
func (c *Capture) Full() bool { return c.full }

// Heap returns the heap of a name, which is made when it is first named. A file that has
// only one may call it "". One too many is in no list.
func (c *Capture) Heap(name string) *Heap {
	h := c.names[name]
	if h == nil {
		h = &Heap{c: c, name: printable(name), live: make(map[Key]object)}
		if len(c.heaps) == MaxHeaps {
			c.full = true
			return h
		}
		c.names[name] = h
		c.heaps = append(c.heaps, h)
	}
	return h
}

// printable is a name without what would not print, or would end a line.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// spend counts an event, and reports whether there is room for it.
func (c *Capture) spend() bool {
	c.events++
	c.full = c.full || c.events > MaxEvents
	return !c.full
}

// before and after report whether now is outside of the window of the user.
func (c *Capture) before() bool {
	return c.now != Never && time.Duration(c.now-c.first) < c.opt.From
}

func (c *Capture) after() bool {
	return c.opt.To > 0 && c.now != Never && time.Duration(c.now-c.first) >= c.opt.To
}

// wanted reports whether an allocation is to be in the trace, and counts it if not.
func (c *Capture) wanted(h *Heap, req strategies.Request) bool {
	switch {
	case !c.picked(h):
	case c.after():
		c.left.Add("allocations after the time window", 1)
	case req.Size == 0:
		c.Drop("allocations of 0 bytes")
	default:
		return true
	}
	return false
}

// picked reports whether the user wants what is of a heap, and of the process and stream
// that By named, and counts it if not.
func (c *Capture) picked(h *Heap) bool {
	switch {
	case c.opt.Process != "" && c.process != c.opt.Process:
		c.left.Add("allocations of other processes", 1)
		c.others.add(c.process)
	case c.opt.Stream != "" && c.stream != c.opt.Stream:
		c.left.Add("allocations of other streams", 1)
		c.others.add(c.stream)
	case !c.here(h):
		c.left.Add("allocations on other devices", 1)
	default:
		return true
	}
	return false
}

// here reports whether the user wants a heap.
func (c *Capture) here(h *Heap) bool { return c.opt.Device == "" || h.name == c.opt.Device }
