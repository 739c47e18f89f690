package importer

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"strconv"

	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
	"github.com/vramlab/vramlab/workloads/importer/internal/layout"
	"github.com/vramlab/vramlab/workloads/trace"
)

// orders is what the managers of device memory print into debugfs (amdgpu_vram_mm, vram0_mm
// and so on): a state, and nothing that happens after it. That of a buddy has the free blocks
// of each order, and no addresses, so their layout is ours: see package layout.
//
//	chunk_size: 4KiB, total: 8192MiB, free: 7000MiB, clear_free: 0MiB
//	order-10 free:        4 MiB, blocks: 1
//
// That of a range manager (drm_mm) has all addresses:
//
//	0x0000000000000000-0x0000000000000040: 64: used
//	0x0000000000000040-0x0000000000000100: 192: free
//	total: 256, used 64 free 192
//
// It counts in pages of 4 KiB under TTM, and in bytes elsewhere. The head that TTM prints
// says so, or else a bound that is no whole page. A file may hold several lists.
var orders = capture.Format{
	Name:   "orders",
	Doc:    "debugfs lists of a buddy's free blocks by order (amdgpu, xe, i915; the layout is then ours) or of drm_mm's ranges; a state",
	Detect: detectOrders,
	Read:   readOrders,
}

func detectOrders(head []byte) bool {
	for line := range bytes.Lines(head) {
		line = bytes.TrimSpace(line)
		if _, _, listed, ok := parseRange(line); ok && listed || bytes.HasPrefix(line, []byte("chunk_size: ")) && bytes.Contains(line, []byte(", total: ")) {
			return true
		}
	}
	return false
}

// orderList is one list of a file.
type orderList struct {
	line int // where it begins

	// Of a buddy.
	chunk       uint64 // bytes; 0: it is a drm_mm
	total, size uint64 // bytes of the region: rounded down to MiB, and exact if not 0
	layout      layout.Layout
	seen        uint64 // a bit for each order that was listed

	// Of a drm_mm, in its own units.
	ttm              bool
	odd              uint64 // all bounds, ORed
	used             []trace.Extent
	start, end       uint64
	inUse, available uint64
	closed           bool // its total was read
}

// ordersReader is where a file is.
type ordersReader struct {
	in    *capture.Input
	c     *capture.Capture
	lists []*orderList
	ttm   bool   // the head of TTM has been seen, for the next list
	size  uint64 // that it names
	used  int    // ranges in all lists
}

func readOrders(in *capture.Input, c *capture.Capture) error {
	r := &ordersReader{in: in, c: c}
	for line := range in.Lines() {
		if err := r.read(bytes.TrimSpace(line)); err != nil && !in.DropCutOff(c) {
			return err
		}
	}
	for i, l := range r.lists {
		if c.Full() {
			break
		}
		name := ""
		if len(r.lists) > 1 {
			name = fmt.Sprintf("list %d", i+1)
		}
		if err := l.give(c, c.Heap(name)); err != nil {
			return in.ErrorAt(l.line, "%v", err)
		}
	}
	return nil
}

// last is the list that is being read.
func (r *ordersReader) last() *orderList {
	if len(r.lists) == 0 {
		return nil
	}
	return r.lists[len(r.lists)-1]
}

// begin begins a list.
func (r *ordersReader) begin(l orderList) error {
	if len(r.lists) == capture.MaxHeaps {
		return r.in.Errorf("the file has more than %d regions", capture.MaxHeaps)
	}
	l.line, l.ttm, l.size = r.in.Line(), r.ttm, r.size
	r.ttm, r.size = false, 0
	r.lists = append(r.lists, &l)
	return nil
}

// read reads a line.
func (r *ordersReader) read(line []byte) error {
	switch l := r.last(); {
	case bytes.HasPrefix(line, []byte("chunk_size:")):
		return r.head(line)
	case bytes.HasPrefix(line, []byte("order-")):
		if l == nil || l.chunk == 0 {
			return r.in.Errorf("an order without a line \"chunk_size: ..., total: ...\" above it")
		}
		return l.order(r.in, line)
	case bytes.HasPrefix(line, []byte("0x")):
		return r.extent(line)
	case bytes.HasPrefix(line, []byte("total: ")):
		return r.total(line)
	case bytes.HasPrefix(line, []byte("use_type:")), bytes.HasPrefix(line, []byte("use_tt:")):
		r.ttm = true
	case bytes.HasPrefix(line, []byte("size:")) && r.ttm:
		r.size, _ = amount(line, "size:")
	case len(line) == 0 || bytes.ContainsAny(line, ":#"): // other properties of a manager
	default:
		r.c.Drop("lines that are no part of a list")
	}
	return nil
}

// head begins the list of a buddy.
func (r *ordersReader) head(line []byte) error {
	chunk, ok := amount(line, "chunk_size:")
	total, ok2 := amount(line, "total:")
	if !ok || !ok2 {
		return r.in.Errorf("%q is not chunk_size: NKiB, total: NMiB, free: NMiB", line)
	}
	if chunk < pageSize || bits.OnesCount64(chunk) != 1 {
		return r.in.Errorf("chunk_size is %d bytes: it is a power of two of at least %d", chunk, pageSize)
	}
	return r.begin(orderList{chunk: chunk, total: total})
}

// order reads how many blocks of an order are free. Kernels before 6.2 print their chunks
// instead, as pages.
func (l *orderList) order(in *capture.Input, line []byte) error {
	word := bytes.TrimLeft(line[len("order-"):], " ")
	digits, _ := field.Digits(word)
	k, err := strconv.Atoi(string(digits))
	blocks, ok := amount(line, "blocks:")
	if !ok {
		var pages uint64
		if pages, ok = amount(line, "pages:"); ok && err == nil && k < 64 {
			ok = pages&(1<<k-1) == 0
			blocks = pages >> k
		}
	}
	switch {
	case err != nil || !ok:
		return in.Errorf("%q is not order-N free: N KiB, blocks: N", line)
	case k >= bits.LeadingZeros64(l.chunk)+1:
		return in.Errorf("blocks of order %d of %d bytes are over 64 bits", k, l.chunk)
	case l.seen>>k&1 != 0:
		return in.Errorf("order %d is listed twice", k)
	}
	l.seen |= 1 << k
	l.layout.Free[k] = blocks
	hi, free := bits.Mul64(blocks, l.chunk<<k)
	printed, ok := amount(line, "free:")
	if unit := uint64(1<<10 - 1); hi != 0 || ok && printed != free&^unit && printed != free&^(unit<<10|unit) {
		return in.Errorf("%d blocks of %d bytes are not the %d bytes that are free", blocks, l.chunk<<k, printed)
	}
	return nil
}

// parseRange reads a line of a drm_mm.
func parseRange(line []byte) (e trace.Extent, used, listed, ok bool) {
	from, rest, _ := bytes.Cut(line, []byte{'-'})
	to, rest, _ := bytes.Cut(rest, []byte(": "))
	size, state, listed := bytes.Cut(rest, []byte(": "))
	if !bytes.HasPrefix(from, []byte("0x")) || !bytes.HasPrefix(to, []byte("0x")) {
		return e, false, listed, false
	}
	start, ok1 := field.Number(from)
	end, ok2 := field.Number(to)
	n, ok3 := field.Number(bytes.TrimSpace(size))
	ok = ok1 && ok2 && ok3 && n == end-start && start < end && (!listed || string(state) == "used" || string(state) == "free")
	return trace.Extent{Start: start, Size: n}, string(state) == "used", listed, ok
}

// extent reads a range: one of a drm_mm, or one that a buddy has reserved.
func (r *ordersReader) extent(line []byte) error {
	e, used, listed, ok := parseRange(line)
	if !ok {
		return r.in.Errorf("%q is not 0xSTART-0xEND: SIZE: used or free", line)
	}
	if !listed {
		r.c.Drop("addresses of reserved ranges (they are in use, somewhere)")
		return nil
	}
	if l := r.last(); l == nil || l.chunk != 0 || l.closed {
		if err := r.begin(orderList{start: e.Start, end: e.Start}); err != nil {
			return err
		}
	}
	l := r.last()
	if e.Start != l.end {
		return r.in.Errorf("the range begins at %#x, and the one before it ends at %#x", e.Start, l.end)
	}
	l.end += e.Size
	l.odd |= e.Start | l.end
	if !used {
		l.available += e.Size
		return nil
	}
	l.inUse += e.Size
	if r.used++; r.used > capture.MaxEvents {
		return r.in.Errorf("the file has more than %d ranges in use", capture.MaxEvents)
	}
	l.used = append(l.used, e)
	return nil
}

// total ends the list of a drm_mm.
func (r *ordersReader) total(line []byte) error {
	l := r.last()
	if l == nil || l.chunk != 0 || l.closed {
		return nil // of something else
	}
	l.closed = true
	used, ok := amount(line, "used")
	free, ok2 := amount(line, "free")
	if !ok || !ok2 || used != l.inUse || free != l.available {
		return r.in.Errorf("%q, but the ranges above have used %d free %d", line, l.inUse, l.available)
	}
	return nil
}

// give makes the list the state of a heap.
func (l *orderList) give(c *capture.Capture, h *capture.Heap) error {
	if l.chunk == 0 {
		return l.giveRanges(c, h)
	}
	l.layout.Chunks = l.region() / l.chunk
	switch err := l.layout.Check(); {
	case errors.Is(err, layout.ErrTooMuchFree):
		return fmt.Errorf("the free blocks are more than the total of %d bytes can have", l.layout.Chunks*l.chunk)
	case err != nil:
		return err
	}
	if l.layout.Merged > 0 {
		c.DropMany("pairs of free blocks that a buddy keeps apart, clear beside dirty (they are one block each)", int(l.layout.Merged))
	}
	h.Region(l.layout.Chunks * l.chunk)
	live := l.layout.Live()
	for _, e := range live {
		h.Live(capture.Key{e.Start}, trace.Extent{Start: e.Start * l.chunk, Size: e.Size * l.chunk})
	}
	if len(live) == 0 {
		c.Drop("lists of which nothing is in use")
	}
	return nil
}

// region is the size of a buddy's region in bytes: what TTM says of it, in bytes or in
// pages, if that rounds to the total; or the total, or all that is free if that is larger by
// what was rounded off.
func (l *orderList) region() uint64 {
	const mib = 1 << 20
	for _, size := range []uint64{l.size, l.size * pageSize} {
		if size&^(mib-1) == l.total && size != 0 {
			return size
		}
	}
	var free, over uint64
	for k, n := range l.layout.Free {
		var carry uint64
		free, carry = bits.Add64(free, n*l.chunk<<k, 0)
		over |= carry
	}
	if over == 0 && free > l.total && free-l.total < mib {
		return free
	}
	return l.total
}

// giveRanges makes the ranges of a drm_mm the state. What is before the first is none of
// it, and so in use.
func (l *orderList) giveRanges(c *capture.Capture, h *capture.Heap) error {
	unit := uint64(1)
	if l.ttm || l.odd%pageSize != 0 {
		unit = pageSize
	}
	if l.end > 1<<63/unit {
		return fmt.Errorf("the end %#x, in pages, is over 63 bits", l.end)
	}
	if !l.closed {
		c.Drop("the total of a list that is cut off")
	}
	h.Region(l.end * unit)
	if l.start > 0 {
		h.Live(capture.Key{0}, trace.Extent{Size: l.start * unit})
	}
	for _, e := range l.used {
		h.Live(capture.Key{e.Start}, trace.Extent{Start: e.Start * unit, Size: e.Size * unit})
	}
	if len(l.used) == 0 {
		c.Drop("lists of which nothing is in use")
	}
	return nil
}

// amount is the number behind a word, in bytes if it has a unit.
func amount(line []byte, word string) (uint64, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(word))
	if !ok {
		if _, rest, ok = bytes.Cut(line, []byte(" "+word)); !ok {
			return 0, false
		}
	}
	digits, rest := field.Digits(bytes.TrimLeft(rest, " "))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	rest = bytes.TrimLeft(rest, " ")
	shift := 0
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if bytes.HasPrefix(rest, []byte(unit)) {
			shift = 10 * (i + 1)
		}
	}
	return n << shift, err == nil && bits.Len64(n)+shift <= 64
}
