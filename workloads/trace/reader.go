package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/unpack"
)

// version is the first line of every trace.
const version = "vramlab trace 1"

const carriageReturn = "the line ends in a carriage return: lines of a trace end in a newline alone"

// Reader reads a trace record by record:
//
//	r, err := trace.Open(path)
//	...
//	defer r.Close()
//	for r.Scan() {
//		rec := r.Record()
//		...
//	}
//	if err := r.Err(); err != nil { ... }
type Reader struct {
	name   string
	in     lines
	packed *unpack.Reader
	file   *os.File // Close closes it; nil unless Open opened it
	offset int64    // bytes read of the source, packed or not
	region strategies.Region

	comments  []string
	commented int // bytes of comments seen

	line   int    // number of the last line read
	ahead  []byte // first line after the header, not parsed yet
	failed error  // what Err returns
	done   bool   // no more records

	live    idTable
	rec     Record
	trimmed bool     // rec is Granted, and what a trim left
	state   uint64   // end of the live extents so far
	now     uint64   // the time of the last line with one
	buf     []Extent // storage of rec.Extents
}

// Open opens the trace file at path and reads its header. The caller calls Close.
// Errors name the file, and the line if there is one.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s: is a directory, not a trace", path)
	}
	r, err := NewReader(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.file = f
	return r, nil
}

// NewReader reads the header of the trace in src, which may be compressed with
// gzip or zstd. Errors call the trace by name.
func NewReader(src io.Reader, name string) (*Reader, error) {
	return newReader(src, &Reader{name: name})
}

// NewBoundedReader is NewReader for a trace from a source that is not trusted: one that
// expands to more than the given number of bytes is an error.
func NewBoundedReader(src io.Reader, name string, most int64) (*Reader, error) {
	return newReader(src, &Reader{name: name, in: lines{most: most}})
}

func newReader(src io.Reader, r *Reader) (*Reader, error) {
	if err := r.unpack(bufio.NewReaderSize(&counted{src, &r.offset}, firstBuffer)); err != nil {
		r.line = 1
		return nil, r.readError(err)
	}
	if !r.header() {
		r.Close()
		return nil, r.failed
	}
	return r, nil
}

// unpack puts a decompressor between src and r if src is compressed.
func (r *Reader) unpack(src *bufio.Reader) (err error) {
	r.packed, err = unpack.New(src)
	r.in.src = r.packed
	return err
}

// Close closes the file that [Open] opened, and ends the decompression. It leaves the
// source given to [NewReader] open.
func (r *Reader) Close() error {
	r.packed.Close()
	if r.file != nil {
		return r.file.Close()
	}
	return nil
}

// Region is the region of the trace. Its Visible is 0, since a trace does not
// record it.
func (r *Reader) Region() strategies.Region { return r.region }

// maxComments bounds the comments that are kept, in bytes.
const maxComments = 1 << 20

// Comments are the comment lines above the first operation, without "# ": the first
// mebibyte of them.
func (r *Reader) Comments() []string { return r.comments }

// Record is the record that the last Scan read. The next Scan overwrites it.
func (r *Reader) Record() *Record { return &r.rec }

// Offset is the number of bytes read of the source, which may be compressed: for the
// progress of a reading. It is ahead of the record.
func (r *Reader) Offset() int64 { return r.offset }

// counted counts what is read of a source.
type counted struct {
	io.Reader
	n *int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	*c.n += int64(n)
	return n, err
}

// Where is FILE:LINE of the record, for messages.
func (r *Reader) Where() string { return fmt.Sprintf("%s:%d", r.name, r.rec.Line) }

// Err is the error that ended the scan, nil at the end of the trace. It is a
// [*SyntaxError], or an error of reading the source.
func (r *Reader) Err() error { return r.failed }

// Scan reads the next record and reports whether there is one. It is false at the
// end of the trace and at the first error; see [Reader.Err].
func (r *Reader) Scan() bool {
	for !r.done {
		if r.quick() {
			return true
		}
		b, ok := r.next()
		if !ok {
			break
		}
		if b[0] == '#' {
			continue
		}
		if !r.parse(b) {
			break
		}
		return true
	}
	r.done = true
	return false
}

// next returns the next line, which is not empty and has no carriage return. It is
// false at the end of the trace, and after an error, which is in r.failed.
func (r *Reader) next() ([]byte, bool) {
	b := r.ahead
	if b != nil {
		r.ahead = nil
		return b, true
	}
	if r.failed != nil {
		return nil, false
	}
	b, err := r.in.next()
	if err == io.EOF {
		return nil, false
	}
	r.line++
	switch {
	case err != nil:
		r.failed = r.readError(err)
		return nil, false
	case len(b) == 0:
		return nil, r.fail("empty line: each line is an operation, a result or a # comment")
	case b[len(b)-1] == '\r':
		return nil, r.fail(carriageReturn)
	}
	return b, true
}

// header reads all lines up to the first that is neither header nor comment, so
// that the comments are known before the first Scan.
func (r *Reader) header() bool {
	if !r.versionLine() {
		return false
	}
	for {
		b, ok := r.next()
		switch {
		case !ok && r.failed == nil:
			r.line++
			return r.fail("the trace ends without a line \"region SIZE page PAGE\"")
		case !ok:
			return false
		case b[0] == '#':
			r.comment(b)
			continue
		}
		if !r.regionLine(b) {
			return false
		}
		break
	}
	for {
		b, ok := r.next()
		if !ok {
			return true // the next Scan reports an error
		}
		if b[0] != '#' {
			r.ahead = b
			return true
		}
		r.comment(b)
	}
}

func (r *Reader) comment(b []byte) {
	if r.commented += len(b); r.commented > maxComments {
		return
	}
	r.comments = append(r.comments, string(bytes.TrimPrefix(b[1:], []byte{' '})))
}

// versionLine reads the first line. It peeks first, since a file that is not a
// trace may have no lines.
func (r *Reader) versionLine() bool {
	r.line = 1
	head := r.in.peek(len(version) + 1)
	switch {
	case string(head) == version+"\n":
		r.in.next()
		return true
	case r.in.err != nil && r.in.err != io.EOF:
		r.failed = r.readError(r.in.err)
		return false
	case len(head) == 0:
		return r.fail("empty file: a trace begins with the line %q", version)
	case string(head) == version:
		return r.fail("%v", errNoNewline)
	case string(head) == version+"\r":
		return r.fail(carriageReturn)
	case bytes.HasPrefix(head, []byte("vramlab trace ")):
		return r.fail("unknown version of the trace format: this program reads %q", version)
	}
	start, _, _ := bytes.Cut(r.in.peek(64), []byte{'\n'})
	if !isText(start) {
		return r.fail("binary data, not a trace: a trace is text that begins with the line %q, plain or in gzip or zstd", version)
	}
	return r.fail("not a trace: it begins with %s, not with %q", quote(start), version)
}

// isText reports whether b is plain text; its last character may be cut off.
func isText(b []byte) bool {
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c == utf8.RuneError && n == 1 {
			return len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		if c < ' ' && c != '\t' && c != '\r' {
			return false
		}
		b = b[n:]
	}
	return true
}

// regionLine reads "region SIZE page PAGE".
func (r *Reader) regionLine(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("region"))
	if !ok {
		return r.fail("%s where the line \"region SIZE page PAGE\" is expected", quote(b))
	}
	if r.region.Size, rest, ok = r.number(rest, "region size"); !ok {
		return false
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(" page")); !ok {
		return r.fail("%s is not of the form \"region SIZE page PAGE\"", quote(b))
	}
	if r.region.Page, rest, ok = r.number(rest, "page"); !ok || !r.end(rest) {
		return false
	}
	if err := r.region.Validate(); err != nil {
		return r.fail("%v", err)
	}
	return true
}

// fail ends the reading with a broken rule in the current line.
func (r *Reader) fail(format string, args ...any) bool {
	r.failed = &SyntaxError{r.name, r.line, fmt.Sprintf(format, args...)}
	return false
}

// readError turns an error of reading the source into one that names file and
// line.
func (r *Reader) readError(err error) error {
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return err // names the file itself
	case errors.Is(err, errLineTooLong), errors.Is(err, errNoNewline), errors.As(err, new(tooLong)):
		return &SyntaxError{r.name, r.line, err.Error()}
	case r.packed.Packing == "":
		return fmt.Errorf("%s:%d: %w", r.name, r.line, err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &SyntaxError{r.name, r.line, "the " + r.packed.Packing + " data is cut short"}
	}
	return &SyntaxError{r.name, r.line, fmt.Sprintf("the %s data is damaged: %v", r.packed.Packing, err)}
}

// quote quotes b for a message, shortened if it is long.
func quote(b []byte) string {
	const most = 40
	if len(b) > most {
		return fmt.Sprintf("%q...", b[:most])
	}
	return fmt.Sprintf("%q", b)
}
