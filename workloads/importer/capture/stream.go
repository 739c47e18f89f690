package capture

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Imported is what was made of a capture.
type Imported struct {
	Format  Format
	Streams []*Stream // one for each heap that has operations, in the order of the file
	Scale   uint64    // by which sizes were multiplied
	Dropped []Count   // what the traces lack though the file had it, most first
	Left    []Count   // what the user's selection left out
	Noted   []Count   // what else there is to know, in the order of the file
}

// Stream is what happened on one heap: the operations of one trace.
type Stream struct {
	Heap   string // its name in the capture; "" if there is only one
	Region strategies.Region
	Sized  string // where the size of the region comes from, in words

	Allocs, Frees int    // a refused allocation is one, and what frees it is none
	Refused       int    // allocations that failed when they were recorded
	Given         int    // live extents in the state in which the stream begins
	Left          int    // objects that are live at the end
	Peak          uint64 // the most bytes that were live at once, rounded to pages
	Rounded       int    // allocations of no whole number of pages
	Asked, Taken  uint64 // bytes of all allocations, before and after rounding

	imported *Imported
	ops      []op
}

// finish makes the streams of a capture.
func (c *Capture) finish(in *Input, f Format) (*Imported, error) {
	if c.unit != 0 {
		f.Granule = c.unit
	}
	im := &Imported{Format: f, Scale: c.opt.scale(f.Granule)}
	for _, h := range c.heaps {
		h.open()
	}
	im.Dropped, im.Left, im.Noted = c.dropped.Sorted(), c.left.Sorted(), c.noted
	for _, h := range c.heaps {
		if len(h.ops) == 0 {
			continue
		}
		s := &Stream{Heap: h.name, imported: im, ops: h.ops}
		if err := s.shape(c.opt, h.size); err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
		if s.Allocs+s.Given > 0 {
			im.Streams = append(im.Streams, s)
		}
	}
	late := c.opt.From > 0 || c.opt.To > 0
	switch length := time.Duration(c.now - c.first); {
	case late && c.first == Never:
		return nil, fmt.Errorf("%s: a time window needs times, and the file has none", in.name)
	case late && length < c.opt.From:
		return nil, fmt.Errorf("%s: the window begins after %v, and the last event is at %v", in.name, c.opt.From, length)
	case len(im.Streams) == 0 && c.opt.Device != "" && (c.names[c.opt.Device] == nil || c.opt.Process+c.opt.Stream == ""):
		return nil, fmt.Errorf("%s: nothing happens on the device %q (have: %s)", in.name, c.opt.Device, c.heapNames())
	case len(im.Streams) == 0 && c.opt.Process != "":
		return nil, fmt.Errorf("%s: the process %q allocates nothing (%v)", in.name, c.opt.Process, &c.others)
	case len(im.Streams) == 0 && c.opt.Stream != "":
		return nil, fmt.Errorf("%s: nothing is allocated on the stream %q (%v)", in.name, c.opt.Stream, &c.others)
	case len(im.Streams) == 0:
		return nil, fmt.Errorf("%s: nothing to replay in a file of format %s%s", in.name, f.Name, told(im))
	case c.opt.Strict && len(im.Dropped) > 0:
		return nil, fmt.Errorf("%s: -strict refuses it: %s", in.name, list(im.Dropped))
	}
	return im, nil
}

// told is why nothing is left.
func told(im *Imported) string {
	if all := append(im.Dropped, im.Left...); len(all) > 0 {
		return ": " + list(all)
	}
	return ""
}

func list(counts []Count) string {
	var words []string
	for _, c := range counts {
		words = append(words, c.String())
	}
	return strings.Join(words, "; ")
}

func (c *Capture) heapNames() string {
	var names []string
	for _, h := range c.heaps {
		names = append(names, fmt.Sprintf("%q", h.name))
	}
	return strings.Join(names, ", ")
}

// shape turns the bytes of the capture into pages, counts, and finds the region.
func (s *Stream) shape(o *Options, known uint64) error {
	g := grid{o.page(), s.imported.Scale, o.Whole}
	live := make(map[uint64]uint64) // bytes by id
	var now, needed, named uint64
	for i := range s.ops {
		op := &s.ops[i]
		asked := op.req.Size * g.scale
		if err := g.scaleOp(op); err != nil {
			return err
		}
		switch op.kind {
		case trace.Alloc:
			s.Allocs++
			s.Asked, s.Taken = add(s.Asked, asked), add(s.Taken, op.req.Size)
			if op.req.Size != asked {
				s.Rounded++
			}
			needed = max(needed, op.req.Hi)
			if i+1 < len(s.ops) && s.ops[i+1].kind == trace.Refused {
				s.Refused++
				break
			}
			live[op.id] = op.req.Size
			now = add(now, op.req.Size)
		case trace.Live:
			s.Given++
			live[op.id] = op.keep.Size
			now = add(now, op.keep.Size)
			needed = max(needed, add(op.keep.Start, op.keep.Size))
		case trace.Trim:
			if had, ok := live[op.id]; ok && op.keep.Size <= had {
				now -= had - op.keep.Size
				live[op.id] = op.keep.Size
			}
		case trace.Free:
			if had, ok := live[op.id]; ok {
				s.Frees++
				now -= had
				delete(live, op.id)
			}
		case trace.Granted:
			named = max(named, add(op.keep.Start, op.keep.Size))
		}
		s.Peak = max(s.Peak, now)
	}
	s.Left = len(live)
	s.size(o, known, needed, max(needed, named))
	return s.Region.Validate()
}

// size sets the region. Where the capture names addresses, it is as large as the highest,
// if all that is live fits; windows and the state at the beginning need it to be.
func (s *Stream) size(o *Options, known, needed, highest uint64) {
	const most = 1 << 63
	page := o.page()
	s.Region = strategies.Region{Page: page}
	switch {
	case o.Region != 0:
		s.Region.Size, s.Sized = o.Region, "as asked for"
		return
	case o.Fill == 0 && known != 0 && known <= math.MaxUint64/s.imported.Scale:
		s.Region.Size, s.Sized = known*s.imported.Scale, "as in the capture"
		return
	}
	size := math.Ceil(float64(s.Peak) / o.fill() * 100)
	s.Region.Size, s.Sized = max(page, uint64(min(size, 1<<62))), fmt.Sprintf("of which the peak fills %v %%", o.fill())
	if o.Fill == 0 && highest != 0 && s.Peak <= highest {
		needed = highest
	} else {
		needed = max(needed, s.Region.Size)
	}
	if needed != s.Region.Size && needed <= most {
		s.Region.Size, s.Sized = needed, "up to the highest address that the capture names"
	}
	s.Region.Size = (s.Region.Size + page - 1) &^ (page - 1)
}

// add is a + b, at most the largest number.
func add(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return sum
}

// Write writes the stream to w, with its times, and ends with a Flush. What the capture
// says of placements and refusals stands in result lines, where the region holds them.
func (s *Stream) Write(w *trace.Writer) error {
	start, last := int64(Never), int64(Never)
	i := s.writeState(w)
	for ; i < len(s.ops); i++ {
		op := &s.ops[i]
		result := op.kind == trace.Granted || op.kind == trace.Refused
		if op.at != Never && op.at != last && !result {
			if start == Never {
				start = op.at
			}
			w.Time(uint64(op.at - start))
			last = op.at
		}
		switch op.kind {
		case trace.Alloc:
			w.Alloc(op.id, op.req)
		case trace.Free:
			w.Free(op.id, op.clear)
		case trace.Trim:
			w.Trim(op.id, op.keep)
		case trace.Granted:
			if e := op.keep; e.Start <= s.Region.Size && e.Size <= s.Region.Size-e.Start {
				w.Granted([]strategies.Block{{Start: e.Start, Size: e.Size}})
			}
		case trace.Refused:
			w.Refused(op.err)
		}
	}
	return w.Flush()
}

// extentsPerLine keeps a state in few lines, none of them too long for other tools.
const extentsPerLine = 1 << 14

// writeState writes the live extents at the beginning, and returns how many there are.
func (s *Stream) writeState(w *trace.Writer) int {
	var line []trace.Extent
	for i := range s.ops {
		line = append(line, s.ops[i].keep)
		if s.ops[i].kind != trace.Live {
			return i
		}
		if last := i+1 == len(s.ops) || s.ops[i+1].kind != trace.Live; last || len(line) == extentsPerLine {
			w.Live(s.ops[i].id+1-uint64(len(line)), line)
			line = line[:0]
		}
	}
	return len(s.ops)
}
