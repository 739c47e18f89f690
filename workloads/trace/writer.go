package trace

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// Writer writes a trace line by line. A [Reader] reads back exactly what a Writer
// wrote without an error. The first error sticks: later calls write nothing, and
// Flush returns it.
type Writer struct {
	w      *bufio.Writer
	region strategies.Region
	line   []byte // the line being written
	last   Kind   // of the last line, 0 after the header
	op     Kind   // of the last operation, 0 before the first
	state  uint64 // end of the live extents so far
	now    uint64 // the last time
	live   idTable
	err    error
}

// NewWriter begins a trace of region on w, with the comments in its header, one
// line each or several if a comment has newlines. The caller calls Flush at the
// end. The Writer neither compresses nor closes w.
func NewWriter(w io.Writer, region strategies.Region, comments ...string) *Writer {
	t := &Writer{w: bufio.NewWriterSize(w, firstBuffer), region: region}
	if err := region.Validate(); err != nil {
		t.fail("%w", err)
		return t
	}
	t.line = append(t.line, version...)
	t.emit(0)
	for _, c := range comments {
		t.comment(c)
	}
	t.line = append(t.line, "region"...)
	t.number(' ', region.Size)
	t.line = append(t.line, " page"...)
	t.number(' ', region.Page)
	t.emit(0)
	return t
}

// Comment writes a comment on the line before, which a [Reader] passes over.
func (t *Writer) Comment(text string) {
	last := t.last
	t.comment(text)
	t.last = last
}

func (t *Writer) comment(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		t.line = append(append(t.line, "# "...), strings.TrimRight(line, "\r")...)
		t.emit(0)
	}
}

// Alloc writes the allocation of req as id, which must not be live.
func (t *Writer) Alloc(id uint64, req strategies.Request) {
	if t.err != nil {
		return
	}
	if _, ok := t.live.add(id); !ok {
		t.fail("allocation of id %d, which is live", id)
		return
	}
	t.line = append(t.line, 'a')
	t.number(' ', id)
	t.number(' ', req.Size)
	if req.Align != 0 {
		t.line = append(t.line, " align"...)
		t.number('=', req.Align)
	}
	if req.Flags&strategies.Range != 0 {
		t.line = append(t.line, " lo"...)
		t.number('=', req.Lo)
		t.line = append(t.line, " hi"...)
		t.number('=', req.Hi)
	}
	if req.Flags&strategies.TopDown != 0 {
		t.line = append(t.line, " topdown"...)
	}
	if req.Flags&strategies.Contiguous != 0 {
		t.line = append(t.line, " contiguous"...)
	}
	if req.Flags&strategies.Clear != 0 {
		t.line = append(t.line, " clear"...)
	}
	t.emit(Alloc)
}

// Free writes the free of id, which must be live; its allocation may have been
// refused. cleared says that the memory is known to be zero.
func (t *Writer) Free(id uint64, cleared bool) {
	if t.err != nil {
		return
	}
	if _, ok := t.live.remove(id); !ok {
		t.fail("free of id %d, which is not live", id)
		return
	}
	t.line = append(t.line, 'f')
	t.number(' ', id)
	if cleared {
		t.line = append(t.line, " cleared"...)
	}
	t.emit(Free)
}

// Granted writes the blocks granted for the allocation just written, or left by the
// trim.
func (t *Writer) Granted(blocks []strategies.Block) {
	if !t.follows(Granted, "a or t", t.last == Alloc || t.last == Trim) {
		return
	}
	for _, b := range blocks {
		t.extent(b.Start, b.Size, t.region.Size)
	}
	t.emitExtents(Granted, len(blocks))
}

// Refused writes the refusal of the allocation or trim just written. err is one of the
// refusals of package strategies.
func (t *Writer) Refused(err error) {
	if !t.follows(Refused, "a or t", t.last == Alloc || t.last == Trim) {
		return
	}
	errno := strategies.Errno(err)
	if errno == "" {
		t.fail("no name for the refusal %q", err)
		return
	}
	t.line = append(append(t.line, "! "...), errno...)
	t.emit(Refused)
}

// Table writes the scatter-gather table of the allocation whose grant was just written.
func (t *Writer) Table(segs []sgtable.Segment) {
	if !t.follows(Table, "= of a line a", t.last == Granted && t.op == Alloc) {
		return
	}
	for _, s := range segs {
		t.extent(s.Addr, uint64(s.Len), 1<<64-1)
	}
	t.emitExtents(Table, len(segs))
}

// Err is the first error of any call so far.
func (t *Writer) Err() error { return t.err }

// Flush writes buffered lines to the underlying writer and returns the first error
// of any call.
func (t *Writer) Flush() error {
	if t.err == nil {
		t.err = t.w.Flush()
	}
	return t.err
}

// follows begins a line of kind k and reports whether it may be written: there is
// no error yet and the last line is the right one, which want describes.
func (t *Writer) follows(k Kind, want string, right bool) bool {
	if t.err != nil {
		return false
	}
	if !right {
		t.fail("a line %v comes only right after a line %s", k, want)
		return false
	}
	if k != Refused {
		t.line = append(t.line, byte(k))
	}
	return true
}

func (t *Writer) number(sep byte, v uint64) {
	t.line = strconv.AppendUint(append(t.line, sep), v, 10)
}

func (t *Writer) extent(start, size, limit uint64) {
	if size == 0 || start > limit || size > limit-start {
		t.fail("extent %d+%d is empty or ends past %d", start, size, limit)
	}
	t.number(' ', start)
	t.number('+', size)
}

func (t *Writer) emitExtents(k Kind, n int) {
	if n == 0 {
		t.fail("a line %v without an extent", k)
	}
	if t.err == nil {
		t.emit(k)
	}
}

// emit ends the current line, of kind k, and writes it.
func (t *Writer) emit(k Kind) {
	t.line = append(t.line, '\n')
	if t.err == nil {
		_, t.err = t.w.Write(t.line)
	}
	t.line = t.line[:0]
	t.last = k
	switch k {
	case Alloc, Free, Trim, Reset, Time, Live:
		t.op = k
	}
}

// fail keeps the first error.
func (t *Writer) fail(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf("writing a trace: "+format, args...)
	}
}
