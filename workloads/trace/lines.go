package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	firstBuffer = 64 << 10 // bytes: large enough for few system calls, small enough for the L2 cache
	maxLine     = 64 << 20 // bytes of the longest line: 2 million extents of a grant
)

// Errors of splitting into lines. A last line without newline is refused since a
// file cut off inside a number would read as a smaller number.
var (
	errLineTooLong = errors.New("the line is longer than 64 MiB")
	errNoNewline   = errors.New("the file is cut short: its last line does not end in a newline")
)

// lines splits src into lines, without copying them.
type lines struct {
	src  io.Reader
	buf  []byte // buf[r:w] is read and not returned yet
	r, w int
	err  error // first error of src, io.EOF included; reported once buf is used up

	most, got int64 // bytes that src may give, 0 for any number, and that it gave
}

// tooLong is the error of a source that gave more bytes than it may.
type tooLong int64

func (n tooLong) Error() string { return fmt.Sprintf("the trace has more than %d bytes", int64(n)) }

// next returns the next line without its newline, valid until the next call, and
// io.EOF after the last line. A line that an error of src cuts off is not
// returned.
func (l *lines) next() ([]byte, error) {
	seen := l.r // buf[r:seen] holds no newline
	for {
		if i := bytes.IndexByte(l.buf[seen:l.w], '\n'); i >= 0 {
			line := l.buf[l.r : seen+i]
			l.r = seen + i + 1
			return line, nil
		}
		n := l.w - l.r
		switch {
		case l.err == io.EOF && n > 0:
			return nil, errNoNewline
		case l.err != nil:
			return nil, l.err
		case n >= maxLine:
			return nil, errLineTooLong
		}
		l.fill()
		seen = l.r + n
	}
}

// peek returns the next n bytes without consuming them, fewer only at the end of
// src.
func (l *lines) peek(n int) []byte {
	for l.w-l.r < n && l.err == nil {
		l.fill()
	}
	return l.buf[l.r:min(l.w, l.r+n)]
}

// fill appends one read of src to the buffer. It first moves the unread bytes to
// the front, and doubles the buffer if one line fills it.
func (l *lines) fill() {
	l.w = copy(l.buf, l.buf[l.r:l.w])
	l.r = 0
	if l.w == len(l.buf) {
		grown := make([]byte, max(firstBuffer, 2*len(l.buf)))
		copy(grown, l.buf)
		l.buf = grown
	}
	for range 100 {
		n, err := l.src.Read(l.buf[l.w:])
		l.w += n
		l.err = err
		if l.got += int64(n); l.most > 0 && l.got > l.most {
			l.err = tooLong(l.most)
		}
		if n > 0 || l.err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}
