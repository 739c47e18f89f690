// Package result writes the files of a run in the Go benchmark format: a head with the
// facts of the run, then the results line by line, each unit declared before its first.
package result

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
)

// A File is a file of results that grows line by line. It does not buffer: what was
// added without an error is in the file, whatever happens next.
//
// A process that is killed in the middle of a write leaves what the kernel had copied,
// page by page. So no write goes over the edge of a page, except that of a line which
// lies on it: lines are torn only there, within the few nanoseconds between two pages.
type File struct {
	path string
	f    io.WriteCloser
	buf  []byte
	size int // bytes written

	declared []*schema.Unit // by a Unit line
}

// page is that of the kernel's page cache.
const page = 4096

// Begin begins a file with its head. w is the empty file, and is closed if the head
// cannot be written; path names it in errors.
func Begin(path string, w io.WriteCloser, head []byte) (*File, error) {
	r := &File{path: path, f: w}
	if err := r.write(head); err != nil {
		w.Close()
		return nil, err
	}
	return r, nil
}

// Continue is a file of results that has size bytes and the lines of some units already,
// and is positioned behind them.
func Continue(path string, w io.WriteCloser, size int, declared []*schema.Unit) *File {
	return &File{path: path, f: w, size: size, declared: declared}
}

// Declared are the units that have a Unit line in text.
func Declared(text []byte) (units []*schema.Unit) {
	for line := range bytes.Lines(text) {
		if words := bytes.Fields(line); len(words) > 1 && string(words[0]) == "Unit" {
			if u := schema.FindUnit(string(words[1])); u != nil {
				units = append(units, u)
			}
		}
	}
	return units
}

// Size is the number of bytes in the file.
func (r *File) Size() int { return r.size }

// Add writes lines at once, and before the first that has a unit the Unit line of it. If
// that fails it removes a partly written line again, if the file allows that, so that the
// file stays readable.
func (r *File) Add(lines ...Line) error {
	r.buf = r.buf[:0]
	declared := r.declared
	for _, l := range lines {
		for _, v := range l.Values {
			r.buf, declared = declare(r.buf, declared, v.Unit)
		}
		if len(l.Values) > 0 {
			r.buf = l.Append(r.buf)
		}
	}
	return r.addDeclared(declared)
}

// declare appends the Unit line of a unit that is not among those declared, and the unit to
// those.
func declare(b []byte, declared []*schema.Unit, u *schema.Unit) ([]byte, []*schema.Unit) {
	if u == schema.NsPerOp || slices.Contains(declared, u) { // ns/op is Go's own
		return b, declared
	}
	if l := u.Line(); l != "" {
		b = append(append(b, l...), '\n')
	}
	return b, append(declared, u)
}

// addDeclared writes what was collected, with which these units are declared.
func (r *File) addDeclared(units []*schema.Unit) error {
	if err := r.write(r.buf); err != nil {
		return err
	}
	r.declared = units
	return nil
}

// Append writes lines of another format as they are.
func (r *File) Append(lines []byte) error { return r.write(lines) }

// Note writes a fact as a comment line.
func (r *File) Note(f Fact) error { return r.write(f.append(nil)) }

// Close closes the file.
func (r *File) Close() error { return Naming(r.path, r.f.Close()) }

func (r *File) write(b []byte) error {
	for written := 0; written < len(b); {
		n, err := r.f.Write(piece(b[written:], page-r.size%page))
		written += n
		r.size += n
		if err != nil {
			return r.takeBack(written, err)
		}
	}
	return nil
}

// piece is the lines at the beginning of b that fit into room, or one that does not.
func piece(b []byte, room int) []byte {
	if len(b) <= room {
		return b
	}
	if end := bytes.LastIndexByte(b[:room], '\n'); end >= 0 {
		return b[:end+1]
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return b[:min(len(line)+1, len(b))]
}

// takeBack removes the last n bytes, which are lines that were not written as a whole,
// if the file allows that, and returns err with the name of the file.
func (r *File) takeBack(n int, err error) error {
	if f, ok := r.f.(*os.File); ok {
		if end, err := f.Seek(0, io.SeekCurrent); err == nil {
			f.Truncate(end - int64(n))
		}
	}
	return Naming(r.path, err)
}

// Naming is err with the name of the file, which only errors of package os have of
// themselves.
func Naming(path string, err error) error {
	var named *os.PathError
	if err == nil || errors.As(err, &named) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
