// Package result writes the files of a run in the Go benchmark format: a head with
// the units and the facts of the run, then the results line by line.
package result

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
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

// Add writes lines at once. If that fails it removes a partly written line again, if
// the file allows that, so that the file stays readable.
func (r *File) Add(lines ...Line) error {
	r.buf = r.buf[:0]
	for _, l := range lines {
		if len(l.Values) > 0 {
			r.buf = l.Append(r.buf)
		}
	}
	return r.write(r.buf)
}

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
