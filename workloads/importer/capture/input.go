package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/vramlab/vramlab/workloads/trace"
	"github.com/vramlab/vramlab/workloads/unpack"
)

const (
	maxLine  = 4 << 20  // bytes of the longest line
	maxBytes = 16 << 30 // bytes of a file, unpacked
)

// Input is a capture that is read, line by line or as bytes.
type Input struct {
	name   string
	packed *unpack.Reader
	buf    *bufio.Reader // of what is unpacked
	left   int64         // bytes that may still come
	failed error         // of reading
	line   int           // number of the line last read
	ended  bool          // the line last read is the last one, and has no newline
	long   []byte        // a line longer than buf
	enough func() bool   // reports whether more lines would not count; may be nil
}

// Open begins to read a capture, which may be packed with gzip or zstd. Errors call it by
// name. The caller closes it.
func Open(src io.Reader, name string) (*Input, error) {
	in := &Input{name: name, left: maxBytes, line: 1}
	var err error
	if in.packed, err = unpack.New(bufio.NewReaderSize(src, HeadSize)); err != nil {
		return nil, in.readError(err)
	}
	in.buf = bufio.NewReaderSize(source{in}, HeadSize)
	return in, nil
}

// Close ends the unpacking. It leaves the source open.
func (in *Input) Close() { in.packed.Close() }

// source is the unpacked file, bounded.
type source struct{ in *Input }

func (s source) Read(p []byte) (int, error) {
	n, err := s.in.packed.Read(p)
	if s.in.left -= int64(n); s.in.left < 0 {
		err = fmt.Errorf("the file has more than %d bytes", int64(maxBytes))
	}
	return n, err
}

// Errorf is an error in the line last read: FILE:LINE: rule.
func (in *Input) Errorf(format string, args ...any) error {
	return in.ErrorAt(in.line, format, args...)
}

// ErrorAt is [Input.Errorf] in another line.
func (in *Input) ErrorAt(line int, format string, args ...any) error {
	return &trace.SyntaxError{File: in.name, Line: max(line, 1), Msg: shortened(fmt.Sprintf(format, args...))}
}

// shortened is text without its middle if it is long: it may quote a line of megabytes.
func shortened(text string) string {
	const most = 1000 // bytes
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most/2], "") + " ... " + strings.ToValidUTF8(text[len(text)-most/2:], "")
}

// Line is the number of the line last read, from 1 on; 1 before the first.
func (in *Input) Line() int { return in.line }

// Head is how the file begins, up to [HeadSize] bytes. A file in UTF-16 is refused, a byte-order mark of UTF-8
// passed over.
func (in *Input) Head() ([]byte, error) {
	head, err := in.buf.Peek(HeadSize)
	if err != nil && err != io.EOF {
		return nil, in.readError(err)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, in.Errorf("the file is in UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)")
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		in.buf.Discard(3)
		head = head[3:]
	}
	return head, nil
}

// Lines are the lines of the file from here on, without newline or carriage return. A
// line is valid until the next one. They end early at an error of reading, which
// [Read] returns, and when the capture is full.
func (in *Input) Lines() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		in.line = 0
		for {
			line, err := in.readLine()
			if err != nil {
				return
			}
			if !yield(line) || in.enough != nil && in.enough() {
				return
			}
		}
	}
}

// readLine returns the next line, and io.EOF behind the last one.
func (in *Input) readLine() ([]byte, error) {
	if in.failed != nil {
		return nil, in.failed
	}
	in.line++
	line, err := in.buf.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		in.long = in.long[:0]
		for err == bufio.ErrBufferFull && len(in.long) <= maxLine {
			in.long = append(in.long, line...)
			line, err = in.buf.ReadSlice('\n')
		}
		if in.long = append(in.long, line...); len(in.long) > maxLine {
			return nil, in.fail(in.Errorf("the line is longer than %d bytes", maxLine))
		}
		line = in.long
	}
	switch {
	case err == io.EOF && len(line) > 0:
		in.ended = true
	case err == io.EOF:
		in.line--
		in.ended = false
		return nil, in.fail(io.EOF)
	case err != nil:
		return nil, in.fail(in.readError(err))
	default:
		line = line[:len(line)-1]
	}
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if bytes.IndexByte(line, 0) >= 0 {
		return nil, in.fail(in.Errorf("the line holds a NUL byte: the file is damaged, or no text"))
	}
	return line, nil
}

// Bytes is the file from here on, for a format that is not made of lines. Its errors are
// told by [Read].
func (in *Input) Bytes() io.Reader { return plain{in} }

type plain struct{ in *Input }

func (p plain) Read(b []byte) (int, error) {
	n, err := p.in.buf.Read(b)
	if err != nil && err != io.EOF {
		err = p.in.fail(p.in.readError(err))
	}
	return n, err
}

func (in *Input) fail(err error) error {
	in.failed = err
	return err
}

// Err is the error of reading at which the lines or bytes ended; nil at the end of the file.
func (in *Input) Err() error {
	if in.failed == io.EOF {
		return nil
	}
	return in.failed
}

// DropCutOff reports whether the line last read is the last one and has no newline, as a
// program leaves it that is killed, and counts it as dropped. An error in it is none.
func (in *Input) DropCutOff(c *Capture) bool {
	if in.ended {
		c.Drop("a last line that is cut off")
	}
	return in.ended
}

// readError is an error of the source with file and line.
func (in *Input) readError(err error) error {
	packing := ""
	if in.packed != nil {
		packing = in.packed.Packing
	}
	switch {
	case packing == "":
		return fmt.Errorf("%s:%d: %w", in.name, max(in.line, 1), err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return in.Errorf("the %s data is cut short", packing)
	}
	return in.Errorf("the %s data is damaged: %v", packing, err)
}
