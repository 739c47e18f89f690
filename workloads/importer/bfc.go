package importer

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
	"github.com/vramlab/vramlab/workloads/trace"
)

// bfc is what the allocator of TensorFlow and XLA (JAX) logs when memory runs out, behind
// the prefix of any log:
//
//	Allocator (GPU_0_bfc) ran out of memory trying to allocate 1.00GiB (rounded to 1073741824)requested by op X
//	BFCAllocator dump for GPU_0_bfc
//	Next region of size 8053063680
//	InUse at 7f3a5c000000 of size 1280 next 1
//	Free  at 7f3a5c000500 of size 256 next 18446744073709551615
//
// The trace begins with the chunks in use, where they are, the regions laid one behind the
// other, and then has the request that failed. The region is what the allocator had, not
// its limit: it failed to get more. A file with several dumps has as many regions.
var bfc = capture.Format{
	Name:    "bfc",
	Doc:     "the dump of TensorFlow's and XLA's BFC allocator when memory runs out; a state of chunks, and the request that failed",
	Granule: bfcGranule,
	Detect: func(head []byte) bool {
		return bytes.Contains(head, []byte("bfc_allocator.cc")) || bytes.Contains(head, []byte("BFCAllocator dump")) ||
			bytes.HasPrefix(head, []byte("InUse at ")) || bytes.HasPrefix(head, []byte("Next region of size "))
	},
	Read: func(in *capture.Input, c *capture.Capture) error {
		d := bfcDump{in: in, c: c, seen: make(map[string]int)}
		for line := range in.Lines() {
			if err := d.line(line); err != nil {
				return err
			}
		}
		d.done()
		return nil
	},
}

// bfcDump is one dump.
type bfcDump struct {
	in     *capture.Input
	c      *capture.Capture
	seen   map[string]int // dumps by name of the allocator
	name   string         // "" if no line says it
	failed uint64         // bytes of the request that failed; 0: none

	chunks []trace.Extent // in use; their addresses are those in the trace
	any    bool           // a region or a chunk came
	base   uint64         // where the trace has the region
	start  uint64         // address of its first chunk
	next   uint64         // address behind the last one; 0 before the first
	end    uint64         // where the region ends in the trace, as far as known
	sized  bool           // a line says so
}

func (d *bfcDump) line(line []byte) error {
	if _, rest, ok := bytes.Cut(line, []byte(" ran out of memory trying to allocate ")); ok {
		return d.request(line, rest)
	}
	if _, name, ok := bytes.Cut(line, []byte("BFCAllocator dump for ")); ok {
		if d.any {
			d.done()
		}
		d.name = bfcName(name)
		return nil
	}
	if _, rest, ok := bytes.Cut(line, []byte("Next region of size ")); ok {
		size, ok := field.Number(bytes.TrimSpace(rest))
		if !ok || size > bfcMost || d.end > bfcMost {
			return d.in.Errorf("%q is no size of a region", rest)
		}
		d.any, d.sized = true, true
		d.base, d.next, d.end = d.end, 0, d.end+size
		return nil
	}
	for _, mark := range []string{"InUse at ", "Chunk at ", "Free  at ", "Free at "} {
		if _, rest, ok := bytes.Cut(line, []byte(mark)); ok {
			return d.chunk(rest, mark[0] != 'F')
		}
	}
	return nil
}

// bfcName is the name of an allocator, or its beginning if it is long.
func bfcName(b []byte) string {
	b = bytes.TrimSpace(b)
	return string(b[:min(len(b), maxName)])
}

// maxName is the longest name of a region, in bytes: a file may have many.
const maxName = 256

const (
	bfcGranule = 256
	bfcMost    = 1 << 60 // more bytes than a region has
)

// request reads a request that failed, of which rest is from the size on. The dump
// comes after it.
func (d *bfcDump) request(line, rest []byte) error {
	if bytes.Contains(line, []byte("not a failure")) {
		d.c.Drop("requests that failed without harm, of which there is no dump")
		return nil
	}
	d.done()
	if _, name, ok := bytes.Cut(line, []byte("Allocator (")); ok {
		name, _, _ = bytes.Cut(name, []byte{')'})
		d.name = bfcName(name)
	}
	ok := false
	if _, exact, rounded := bytes.Cut(rest, []byte("(rounded to ")); rounded {
		exact, _, _ = bytes.Cut(exact, []byte{')'})
		d.failed, ok = field.Number(exact)
	} else {
		about, _, _ := bytes.Cut(rest, []byte{' '})
		d.failed, ok = bfcSize(bytes.TrimRight(about, ".,"))
		d.c.Note("requests that failed, of which the log has three digits of the size")
	}
	if !ok || d.failed > bfcMost {
		return d.in.Errorf("%q is no size of a request", rest)
	}
	return nil
}

// bfcSize reads a size as 1.50GiB, and rounds it up to what the allocator would take.
func bfcSize(b []byte) (uint64, bool) {
	digits := bytes.TrimRight(b, "BiKMGTPE")
	unit := bytes.TrimSuffix(bytes.TrimSuffix(b[len(digits):], []byte("B")), []byte("i"))
	scale := uint64(1)
	if len(unit) > 0 {
		scale <<= 10 * (bytes.Index([]byte("KMGTPE"), unit) + 1)
	}
	whole, fraction, _ := bytes.Cut(digits, []byte{'.'})
	n, err := strconv.ParseUint(string(whole), 10, 20)
	part, err2 := strconv.ParseUint("0"+string(fraction), 10, 20)
	tenths := uint64(1)
	for range fraction {
		tenths *= 10
	}
	if err != nil || err2 != nil || len(unit) > 1 || scale > 1<<40 {
		return 0, false
	}
	return (n*scale + part*scale/tenths + bfcGranule - 1) &^ (bfcGranule - 1), true
}

// chunk reads ADDRESS of size N.
func (d *bfcDump) chunk(rest []byte, used bool) error {
	f := bytes.Fields(rest)
	if len(f) < 4 || string(f[1]) != "of" || string(f[2]) != "size" {
		return nil
	}
	addr, ok := field.Hex(f[0])
	size, ok2 := field.Number(f[3])
	if !ok || !ok2 || size > bfcMost {
		return d.in.Errorf("%q is no chunk: one is ADDRESS of size N", rest)
	}
	if d.next == 0 {
		d.start, d.next = addr, addr
	}
	if addr < d.next || addr > addr+size || addr-d.start > bfcMost {
		return d.in.Errorf("the chunk at %x is not behind the one before it, which ends at %x", addr, d.next)
	}
	at := d.base + addr - d.start
	if !d.sized {
		d.end = max(d.end, at+size)
	}
	if at+size > d.end {
		return d.in.Errorf("the chunk at %x does not lie in its region of %d bytes", addr, d.end-d.base)
	}
	d.any, d.next = true, addr+size
	if used && size > 0 {
		if d.chunks = append(d.chunks, trace.Extent{Start: at, Size: size}); len(d.chunks) > capture.MaxEvents {
			return d.in.Errorf("the dump has more than %d chunks", capture.MaxEvents)
		}
	}
	return nil
}

// done gives the capture what came since the last dump.
func (d *bfcDump) done() {
	if d.any {
		d.seen[d.name]++
		name := d.name
		if n := d.seen[d.name]; n > 1 {
			name = strings.TrimSpace(name + " dump " + strconv.Itoa(n))
		}
		h := d.c.Heap(name)
		h.Region(d.end)
		for _, e := range d.chunks {
			h.Live(capture.Key{e.Start}, e)
		}
		if d.failed > 0 {
			d.c.Note("requests that failed, out of memory")
			h.Fail(strategies.Request{Size: d.failed}, strategies.ErrNoSpace)
		}
	} else if d.failed > 0 {
		d.c.Drop("requests that failed, of which there is no dump")
	}
	*d = bfcDump{in: d.in, c: d.c, seen: d.seen, chunks: d.chunks[:0]}
}
